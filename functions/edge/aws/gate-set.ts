import {
  GetRegexPatternSetCommand,
  ListRegexPatternSetsCommand,
  UpdateRegexPatternSetCommand,
  WAFNonexistentItemException,
  WAFOptimisticLockException,
  WAFV2Client,
  type WAFV2ClientConfig,
} from "@aws-sdk/client-wafv2";

import { patience } from "../../block/aws/patience.ts";
import { retryable } from "../../block/aws/retryable.ts";
import { ConflictError } from "../../domain/errors.ts";
import { type GateRule, type GateSet, isSamePatterns } from "../tend-gates.ts";

const scope = { Scope: "REGIONAL" } as const;

/** The set of regular expressions that the rule on the pool's web ACL refers to, by name: its id is not known here. */
export function gateSet(name: string, region: string, config: WAFV2ClientConfig = {}): GateRule {
  const client = new WAFV2Client({ ...patience, ...config, region });
  const asked = retryable(`The regex pattern set ${name}`);
  const readById = async (id: string): Promise<GateSet | null> => {
    const command = new GetRegexPatternSetCommand({ ...scope, Name: name, Id: id });
    const answer = await asked(() => client.send(command)).catch(absent);
    if (!answer?.RegexPatternSet || answer.LockToken === undefined) return null;
    const { RegularExpressionList = [], Description: description = "" } = answer.RegexPatternSet;
    const patterns = RegularExpressionList.flatMap(({ RegexString }) => RegexString ?? []);
    return { id, patterns, lockToken: answer.LockToken, description };
  };
  return {
    async read() {
      const id = await asked(() => idOf(client, name));
      return id === undefined ? null : readById(id);
    },
    async write({ id, patterns, lockToken, description }) {
      const command = new UpdateRegexPatternSetCommand({
        ...{ ...scope, Name: name, Id: id, LockToken: lockToken },
        RegularExpressionList: patterns.map((RegexString) => ({ RegexString })),
        // What an update is not given, it takes away.
        ...(description && { Description: description }),
      });
      try {
        await asked(() => client.send(command));
      } catch (error) {
        if (!(error instanceof WAFOptimisticLockException)) throw error;
        // The SDK's second try of a write whose first answer was lost is overtaken by the first.
        if (isSamePatterns((await readById(id))?.patterns ?? [], patterns)) return;
        const overtaken = `The regex pattern set ${name} was written by somebody else meanwhile`;
        throw new ConflictError(overtaken, { cause: error });
      }
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
