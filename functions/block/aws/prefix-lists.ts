/** CloudFront's ranges as AWS publishes them: managed prefix lists, looked up by name. */
import {
  DescribeManagedPrefixListsCommand,
  EC2Client,
  type EC2ClientConfig,
  GetManagedPrefixListEntriesCommand,
} from "@aws-sdk/client-ec2";

import { NotFoundError } from "../../domain/errors.ts";
import type { PrefixLists } from "../ports.ts";
import { retryable } from "./retryable.ts";

const NAMES = ["com.amazonaws.global.cloudfront.origin-facing", "com.amazonaws.global.ipv6.cloudfront.origin-facing"];
const KEPT_MS = 60 * 60_000;

/** Kept for an hour; when AWS can't be asked, what was read last still counts, however old. */
export function cloudFrontPrefixLists(config: EC2ClientConfig = {}, now: () => number = Date.now): PrefixLists {
  const client = new EC2Client(config);
  let kept: { ranges: string[]; until: number } | null = null;
  return {
    async cloudFront() {
      if (kept && kept.until > now()) return kept.ranges;
      try {
        const ranges = await retryable("The managed prefix lists")(() => readRanges(client));
        kept = { ranges, until: now() + KEPT_MS };
        return ranges;
      } catch (error) {
        if (kept) return kept.ranges;
        throw error;
      }
    },
  };
}

async function readRanges(client: EC2Client): Promise<string[]> {
  const filter = { Name: "prefix-list-name", Values: NAMES };
  const { PrefixLists = [] } = await client.send(new DescribeManagedPrefixListsCommand({ Filters: [filter] }));
  const ids = PrefixLists.flatMap(({ PrefixListId }) => PrefixListId ?? []);
  if (ids.length === 0) throw new NotFoundError(`No managed prefix list is named ${NAMES.join(" or ")}`);
  return (await Promise.all(ids.map((id) => readEntries(client, id)))).flat();
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
