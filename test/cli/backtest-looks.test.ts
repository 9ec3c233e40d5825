import { gatherCalls, queryText } from "../../cli/analysis.ts";
import { looksAt } from "../../cli/backtest-looks.ts";
import { readProfiles } from "../../functions/detect/profiles.ts";
import { DAY, HOUR, MINUTE } from "../../functions/domain/instant.ts";
import { queryRows } from "../../local/duckdb.ts";
import { logFolder, writeLogs } from "../detect/log-folder.ts";
import { errors, homes, office, series, T0 } from "../detect/traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

// A range of ten quiet sources with one fingerprint, a /64, and people.
const crowd = Array.from({ length: 10 }, (_, host) =>
  series(4, 3 * MINUTE, (nth) => ({
    ip: `203.0.113.${host + 10}`,
    user: `victim-${host}-${nth}`,
    error: errors.wrongPassword,
    ja4: "t13d301200_000000000000_000000000000",
  })),
).flat();
const sixth = series(8, 2 * MINUTE, (nth) => ({ ip: `2001:db8:0:7::${nth + 1}`, user: "home-1" }));

async function evidence() {
  const { waf, cloudtrail } = writeLogs(folder, [...homes(), ...office(30), ...crowd, ...sixth], ["edge", "trail"]);
  const files = [
    ...(waf ?? []).map((path) => ({ kind: "waf" as const, path })),
    ...(cloudtrail ?? []).map((path) => ({ kind: "cloudtrail" as const, path })),
  ];
  return gatherCalls({ files, from: null, to: null, scope: null });
}

const bySource = (a: { source: string }, b: { source: string }) => (a.source < b.source ? -1 : 1);

test.each([
  { size: "short", length: 10 * MINUTE, ends: [5, 10, 15, 20, 40].map((minute) => T0 + minute * MINUTE) },
  { size: "slow", length: DAY, ends: [T0 + 10 * MINUTE, T0 + HOUR] },
] as const)("many $size windows in one query show what the deployed query shows of each", async (case_) => {
  const { connection, close } = await evidence();
  const looks = await looksAt(connection, case_.size, case_.ends);
  expect(looks.some(({ groups }) => groups?.length)).toBe(true);
  for (const [index, end] of case_.ends.entries()) {
    const from = end - case_.length;
    const calls = `select * from calls where epoch_ms(ts) >= ${from} and epoch_ms(ts) < ${end}`;
    const rows = await queryRows(connection, `with auth_calls as (${calls}) ${queryText("cells", "profiles")}`);
    const { profiles, groups } = readProfiles(rows);
    const look = looks[index];
    expect(look?.window).toEqual({ from, to: end });
    expect([...(look?.profiles ?? [])].sort(bySource)).toEqual([...profiles].sort(bySource));
    expect([...(look?.groups ?? [])].sort(bySource)).toEqual([...groups].sort(bySource));
  }
  close();
});

test("a cut takes the source's calls of its span out, from their ranges as well, and nothing else", async () => {
  const { connection, close } = await evidence();
  const source = "203.0.113.10/32";
  const span = { from: T0 + 3 * MINUTE, to: T0 + 9 * MINUTE };
  const [before] = await looksAt(connection, "slow", [T0 + HOUR]);
  const [after] = await looksAt(connection, "slow", [T0 + HOUR], [{ source, span }]);
  close();
  const callsOf = (look: typeof before, wanted: string) =>
    [...(look?.profiles ?? []), ...(look?.groups ?? [])].find((profile) => profile.source === wanted)?.calls;
  expect([callsOf(before, source), callsOf(after, source)]).toEqual([4, 2]);
  expect([callsOf(before, "203.0.113.0/24"), callsOf(after, "203.0.113.0/24")]).toEqual([40, 38]);
  expect(callsOf(after, "203.0.113.11/32")).toBe(4);
});
