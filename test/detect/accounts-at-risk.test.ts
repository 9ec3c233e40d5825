/** What queries/accounts-at-risk.sql finds, by way of DuckDB. */
import * as fc from "fast-check";

import { queryText } from "../../cli/analysis.ts";
import { openDuckDb, queryRows } from "../../local/duckdb.ts";

const DAY_SECONDS = 86_400;

interface Try {
  readonly second: number;
  readonly source: string;
  readonly user: string;
  readonly success: boolean;
}

const aTry = (second: number, user: string, success = false, source = "203.0.113.7"): Try => ({
  second,
  source,
  user,
  success,
});

let db: Awaited<ReturnType<typeof openDuckDb>>;
beforeAll(async () => {
  db = await openDuckDb({ threads: 1 });
});
afterAll(() => db.close());

async function accountsOf(tries: readonly Try[]): Promise<[account: string, failedBefore: number][]> {
  const values = tries.map(
    ({ second, source, user, success }) =>
      `(timestamp '2026-11-22 10:00:00' + interval (${second}) second, '${source}', '${user}', ${success ? 1 : 0})`,
  );
  const cells = `select ts as first_ts, ts as last_ts, source_ip, sub, null::varchar as user_tag, 'InitiateAuth' as operation,
      success as successes, 1 - success as failures
    from (values ${values.join(", ")}) t(ts, source_ip, sub, success)`;
  const rows = await queryRows(db.connection, `with cells as (${cells}) ${queryText("accounts-at-risk")}`);
  return rows.map((row) => [`${row["source_ip"]} ${row["sub"]}`, Number(row["failed_users_before"])]);
}

/** The same, by asking for each success about everybody else. */
function counted(tries: readonly Try[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { source, user, second } of tries.filter(({ success }) => success)) {
    const before = tries.filter(
      (other) =>
        !other.success &&
        other.source === source &&
        other.user !== user &&
        other.second < second &&
        other.second > second - DAY_SECONDS,
    );
    const users = new Set(before.map((other) => other.user)).size;
    const key = `${source} ${user}`;
    if (users >= 3) found.set(key, Math.max(found.get(key) ?? 0, users));
  }
  return found;
}

test("an account that opened after three others had been tried is at risk", async () => {
  const three = [0, 10, 20].map((second) => aTry(second, `victim-${second}`));
  expect(await accountsOf([...three, aTry(30, "found", true)])).toEqual([["203.0.113.7 found", 3]]);
  expect(await accountsOf([...three.slice(1), aTry(30, "found", true)])).toEqual([]);
});

test("a user's own typing errors are nobody else's", async () => {
  const own = [0, 10, 20, 30].map((second) => aTry(second, "sam"));
  expect(await accountsOf([...own, aTry(1, "kim"), aTry(2, "lee"), aTry(40, "sam", true)])).toEqual([]);
});

test("what failed elsewhere, later, or more than a day before does not count", async () => {
  const elsewhere = [0, 10, 20].map((second) => aTry(second, `victim-${second}`, false, "203.0.113.8"));
  const later = [40, 50, 60].map((second) => aTry(second, `victim-${second}`));
  const old = [0, 10, 20].map((second) => aTry(second - DAY_SECONDS, `old-${second}`));
  expect(await accountsOf([...elsewhere, ...later, ...old, aTry(30, "found", true)])).toEqual([]);
});

test("counts as one would by hand, whatever the order", async () => {
  const tries = fc.array(
    fc.record({
      // Half days and odd seconds, so that days and ties both happen.
      second: fc.integer({ min: 0, max: 12 }).map((step) => step * 21_601),
      source: fc.constantFrom("203.0.113.7", "203.0.113.8"),
      user: fc.constantFrom("a", "b", "c", "d", "e", "f"),
      success: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(tries, async (list) => {
      expect(new Map(await accountsOf(list))).toEqual(counted(list));
    }),
    { numRuns: 150 },
  );
}, 60_000);

test("an attack with ten thousand accounts and as many bought successes is counted in one pass", async () => {
  const failed = Array.from({ length: 10_000 }, (_, index) => aTry(index, `victim-${index}`));
  const bought = Array.from({ length: 10_000 }, (_, index) => aTry(index, `bought-${index}`, true));
  expect((await accountsOf([...failed, ...bought]))[0]).toEqual(["203.0.113.7 bought-9999", 9999]);
}, 30_000);
