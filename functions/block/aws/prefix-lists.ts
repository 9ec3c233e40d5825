/** CloudFront's ranges as AWS publishes them: managed prefix lists, looked up by name. */
import {
  DescribeManagedPrefixListsCommand,
  EC2Client,
  type EC2ClientConfig,
  GetManagedPrefixListEntriesCommand,
} from "@aws-sdk/client-ec2";

import { NotFoundError } from "../../domain/errors.ts";
import { HOUR } from "../../domain/instant.ts";
import type { PrefixLists } from "../ports.ts";
import { patience } from "./patience.ts";
import { retryable } from "./retryable.ts";

const NAMES = ["com.amazonaws.global.cloudfront.origin-facing", "com.amazonaws.global.ipv6.cloudfront.origin-facing"];
const KEPT_MS = HOUR;

/**
 * Kept for an hour; where AWS can't be asked, what was read last still counts, however old. Each list by itself: one
 * that is missing or empty in an answer takes nothing away.
 */
export function cloudFrontPrefixLists(config: EC2ClientConfig = {}, now: () => number = Date.now): PrefixLists {
  const client = new EC2Client({ ...patience, ...config });
  const known = new Map<string, readonly string[]>();
  let freshUntil = 0;
  return {
    async cloudFront() {
      if (freshUntil <= now()) {
        try {
          await retryable("The managed prefix lists")(() => readInto(known, client));
          freshUntil = now() + KEPT_MS;
        } catch (error) {
          if (known.size === 0) throw error;
        }
      }
      return [...known.values()].flat();
    },
  };
}

async function readInto(known: Map<string, readonly string[]>, client: EC2Client): Promise<void> {
  const filter = { Name: "prefix-list-name", Values: NAMES };
  const { PrefixLists = [] } = await client.send(new DescribeManagedPrefixListsCommand({ Filters: [filter] }));
  const reads = await Promise.allSettled(
    PrefixLists.map(async ({ PrefixListId = "", PrefixListName = "" }) => {
      const ranges = await readEntries(client, PrefixListId);
      if (ranges.length > 0) known.set(PrefixListName, ranges);
    }),
  );
  for (const read of reads) if (read.status === "rejected") throw read.reason;
  const missing = NAMES.filter((name) => !known.has(name));
  if (missing.length > 0) throw new NotFoundError(`No managed prefix list is named ${missing.join(" or ")}`);
}

async function readEntries(client: EC2Client, id: string): Promise<string[]> {
  const ranges: string[] = [];
  let token: string | undefined;
  do {
    const input = { PrefixListId: id, MaxResults: 100, ...(token !== undefined && { NextToken: token }) };
    const page = await client.send(new GetManagedPrefixListEntriesCommand(input));
    ranges.push(...(page.Entries ?? []).flatMap(({ Cidr }) => Cidr ?? []));
    token = page.NextToken;
  } while (token);
  return ranges;
}
