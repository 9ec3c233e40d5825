/** Accounts at risk (design §4), as `queries/accounts-at-risk.sql` finds them. */
import * as z from "zod";

import { type AccountAtRisk, accountKey } from "../domain/account.ts";
import { formatCidr, parseCidr } from "../domain/cidr.ts";
import { InvalidInputError } from "../domain/errors.ts";
import { toIso } from "../domain/instant.ts";
import type { WindowPart } from "../domain/run.ts";
import type { Source } from "../domain/source.ts";

/** The LIMIT of queries/accounts-at-risk.sql: with that many rows, some were cut off. */
const ACCOUNT_LIMIT = 1_000;

const count = z.coerce.number().int().min(0);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const rowSchema = z.object({
  source_ip: z.string(),
  sub: text,
  user_tag: text,
  operation: z.string(),
  first_success: count,
  failed_users_before: count,
});

/** One query's rows, or null and the name of the error that stayed. */
interface AccountRows {
  readonly window: "short" | "slow";
  readonly rows: readonly unknown[] | null;
  /** What was read of the window; the whole of it unless said. */
  readonly part?: WindowPart | undefined;
  readonly error: string;
}

export interface FoundAccounts {
  readonly accounts: readonly AccountAtRisk[];
  readonly gaps: readonly string[];
}

/** What the queries of a round found, of all sources. A query that failed is a stated gap. */
export function findAccounts(queries: readonly AccountRows[]): FoundAccounts {
  return {
    accounts: queries.flatMap(({ rows }) => (rows ? readAccounts(rows) : [])),
    gaps: queries.flatMap(({ window, rows, error, part = "whole" }) => {
      if (!rows) return [`Accounts at risk of the ${window} window are not known: their query failed with ${error}.`];
      if (part !== "whole")
        return [
          `Accounts at risk of the ${window} window were looked for in its newest part only, for it is too large.`,
        ];
      if (rows.length < ACCOUNT_LIMIT) return [];
      return [
        `The ${window} window holds more than ${ACCOUNT_LIMIT} accounts at risk; those were kept that most others failed before.`,
      ];
    }),
  };
}

/** Throws `InvalidInputError` for a row of another query. */
export function readAccounts(rows: readonly unknown[]): AccountAtRisk[] {
  const parsed = z.array(rowSchema).safeParse(rows);
  if (!parsed.success)
    throw new InvalidInputError("the rows of the accounts at risk cannot be read", ["a row has another shape"]);
  return parsed.data.flatMap(({ source_ip, sub, user_tag, operation, first_success, failed_users_before }) => {
    const cidr = parseCidr(source_ip);
    if (!cidr) return [];
    const at = toIso(first_success);
    return { sub, userTag: user_tag, source: formatCidr(cidr), operation, at, failedUsersBefore: failed_users_before };
  });
}

/**
 * One entry a user and source of several windows, the most tried source first. Only sources that stand out count:
 * behind an office's address some mistype each morning before others get in.
 */
export function joinAccounts(found: readonly AccountAtRisk[], standsOut: (source: Source) => boolean): AccountAtRisk[] {
  const byKey = new Map<string, AccountAtRisk>();
  for (const account of found.filter(({ source }) => standsOut(source))) {
    const known = byKey.get(accountKey(account));
    byKey.set(accountKey(account), known ? joined(known, account) : account);
  }
  return [...byKey.values()].sort(
    (a, b) => b.failedUsersBefore - a.failedUsersBefore || (accountKey(a) < accountKey(b) ? -1 : 1),
  );
}

function joined(one: AccountAtRisk, other: AccountAtRisk): AccountAtRisk {
  const first = one.at <= other.at ? one : other;
  return { ...first, failedUsersBefore: Math.max(one.failedUsersBefore, other.failedUsersBefore) };
}
