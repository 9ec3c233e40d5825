import {
  GetRegexPatternSetCommand,
  ListRegexPatternSetsCommand,
  UpdateRegexPatternSetCommand,
  WAFNonexistentItemException,
  WAFOptimisticLockException,
  WAFV2Client,
  type WAFV2ClientConfig,
} from "@aws-sdk/client-wafv2";

import { retryable } from "../../block/aws/retryable.ts";
import { ConflictError } from "../../domain/errors.ts";
import type { GateRule } from "../tend-gates.ts";

const scope = { Scope: "REGIONAL" } as const;

/** The set of regular expressions that the rule on the pool's web ACL refers to, by name: its id is not known here. */
export function gateSet(name: string, region: string, config: WAFV2ClientConfig = {}): GateRule {
  const client = new WAFV2Client({ ...config, region });
  const asked = retryable(`The regex pattern set ${name}`);
  return {
    async read() {
      const id = await asked(() => idOf(client, name));
      if (id === undefined) return null;
      const command = new GetRegexPatternSetCommand({ ...scope, Name: name, Id: id });
      const answer = await asked(() => client.send(command)).catch(absent);
      if (!answer?.RegexPatternSet || answer.LockToken === undefined) return null;
      const { RegularExpressionList = [], Description: description = "" } = answer.RegexPatternSet;
      const patterns = RegularExpressionList.flatMap(({ RegexString }) => RegexString ?? []);
      return { id, patterns, lockToken: answer.LockToken, description };
    },
    async write({ id, patterns, lockToken, description }) {
      const command = new UpdateRegexPatternSetCommand({
        ...{ ...scope, Name: name, Id: id, LockToken: lockToken },
        RegularExpressionList: patterns.map((RegexString) => ({ RegexString })),
        // What an update is not given, it takes away.
        ...(description && { Description: description }),
      });
      await asked(() => client.send(command)).catch((error) => overtaken(name, error));
    },
  };
}

async function idOf(client: WAFV2Client, name: string): Promise<string | undefined> {
  let marker: string | undefined;
  do {
    const page = await client.send(
      new ListRegexPatternSetsCommand({ ...scope, ...(marker !== undefined && { NextMarker: marker }) }),
    );
    const found = page.RegexPatternSets?.find(({ Name }) => Name === name);
    if (found) return found.Id;
    marker = page.NextMarker;
  } while (marker !== undefined);
  return undefined;
}

function absent(error: unknown): null {
  if (error instanceof WAFNonexistentItemException) return null;
  throw error;
}

function overtaken(name: string, error: unknown): never {
  if (error instanceof WAFOptimisticLockException)
    throw new ConflictError(`The regex pattern set ${name} was written by somebody else meanwhile`, { cause: error });
  throw error;
}
