import { unlimitedQueryText } from "../../cli/analysis.ts";
import { countEstablished, readHistory } from "../../functions/detect/history.ts";
import { openDuckDb, queryRows } from "../../local/duckdb.ts";

/** `user_days` rows: address, kind, name, day, failures. */
type UserDay = readonly [string, "tag" | "sub", string, number, number?];

async function established(days: readonly UserDay[]) {
  const { connection, close } = await openDuckDb({ threads: 1 });
  const rows = days.map(
    ([source, kind, name, day, failures = 0]) =>
      `('${source}', '${kind}', '${name}', ${failures}, 1, '2026-11-0${day}')`,
  );
  await connection.run(
    `create table user_days as select * from (values ${rows.join()}) t(source_ip, user_kind, user_name, failures, generation, day)`,
  );
  const registered = [1, 2, 3].map((day) => `2026-11-0${day}=1`).join();
  try {
    return await queryRows(connection, unlimitedQueryText("established"), ["2026-11-01", "2026-11-07", registered]);
  } finally {
    close();
  }
}

const both = (source: string, name: string): UserDay[] => [1, 2].map((day) => [source, "tag", name, day] as const);

test("whoever is established at several addresses is one user of the whole, and one of each", async () => {
  const rows = await established([
    ...both("192.0.2.1", "anna"),
    ...both("192.0.2.2", "anna"),
    ...both("192.0.2.2", "ben"),
    ["192.0.2.3", "tag", "once", 1],
    ["192.0.2.3", "tag", "tried", 1],
    ["192.0.2.3", "tag", "tried", 2, 3],
    ...[1, 3].map((day): UserDay => ["192.0.2.2", "sub", "anna-sub", day]),
  ]);
  expect(rows.map(({ source_ip, days, tags, subs }) => [source_ip, ...[days, tags, subs].map(Number)])).toEqual([
    [null, 3, 2, 1],
    ["192.0.2.2", 2, 2, 1],
    ["192.0.2.1", 2, 1, 0],
  ]);
  expect(countEstablished(rows)).toBe(2);
  expect(readHistory(rows)("192.0.2.2/32")).toBe(2);
});

test("of one day, or of none, nobody knows how many are established", async () => {
  expect(countEstablished(await established([["192.0.2.1", "tag", "anna", 1]]))).toBeNull();
  expect(countEstablished([])).toBeNull();
});

test("days without anybody who came back are known to have nobody", async () => {
  expect(countEstablished(await established([1, 2].map((day) => ["192.0.2.1", "tag", `user-${day}`, day])))).toBe(0);
});
