/** What queries/profiles.sql counts, by way of DuckDB. */
import { queryText } from "../../cli/analysis.ts";
import { type ProfileReading, readProfiles } from "../../functions/detect/profiles.ts";
import { openDuckDb, queryRows } from "../../local/duckdb.ts";

interface Row {
  readonly source?: string | null;
  readonly ja4?: string;
  readonly user?: string | null;
  readonly operation?: string;
  readonly outcome?: string;
  readonly kind?: string | null;
  readonly second?: number;
}

const quoted = (value: string | null) => (value === null ? "null::varchar" : `'${value}'`);
const rangeOf = (source: string) =>
  source.includes(":") ? `${source.split(":").slice(0, 3).join(":")}::/48` : source.replace(/\.\d+$/, ".0/24");

async function profilesOf(rows: readonly Row[], limit?: number): Promise<ProfileReading> {
  const values = rows.map((row) => {
    const {
      source = "203.0.113.7",
      ja4 = "ja4-a",
      user = "user-1",
      operation = "InitiateAuth",
      outcome = "failure",
    } = row;
    const kind = row.kind === undefined ? "wrong_credential" : row.kind;
    return `(timestamp '2026-11-22 10:00:00' + interval ${row.second ?? 0} second, ${quoted(source)},
      ${quoted(source && rangeOf(source))}, 'proxied', '${operation}', '${outcome}', ${quoted(kind)}, ${quoted(user)}, '${ja4}')`;
  });
  const calls = `select *, null::varchar as sub, false as rate_blocked, false as allow_listed, false as ip_mismatch
    from (values ${values.join(", ")}) t(ts, source_ip, source_range, path, operation, outcome, error_kind, user_tag, ja4)`;
  const whole = queryText("cells", "profiles");
  const text = limit === undefined ? whole : whole.replace(/LIMIT \d+/, `LIMIT ${limit}`);
  const db = await openDuckDb({ threads: 1 });
  try {
    return readProfiles(await queryRows(db.connection, `with auth_calls as (${calls}) ${text}`));
  } finally {
    db.close();
  }
}

const sources = (count: number, row: Row = {}) =>
  Array.from(
    { length: count },
    (_, index): Row => ({ ...row, source: `203.0.113.${index + 1}`, user: `user-${index}` }),
  );

test("tells guesses, unknown names, existing names and wrong codes apart", async () => {
  const { profiles } = await profilesOf([
    { kind: "wrong_credential" },
    { kind: "locked_out" },
    { kind: "unknown_user", user: "nobody" },
    { kind: "unknown_user", user: "nobody" },
    { kind: "user_exists", operation: "SignUp", user: "taken" },
    { kind: "code_mismatch", operation: "ConfirmSignUp" },
    { kind: "code_expired", operation: "ConfirmForgotPassword" },
    { kind: "unknown_client", outcome: "unknown" },
  ]);
  const [profile] = profiles;
  expect(profile).toMatchObject({ unknownUsers: 2, existingUsers: 1, codeMismatches: 1, unknownClients: 1 });
  const byName = Object.fromEntries((profile?.operations ?? []).map((tally) => [tally.operation, tally]));
  expect(byName["InitiateAuth"]).toMatchObject({ topUserGuesses: 2, probedUsers: 1, failingUsers: 2 });
  expect(byName["SignUp"]).toMatchObject({ probedUsers: 1, topUserGuesses: 0 });
  expect(byName["ConfirmSignUp"]).toMatchObject({ topUserGuesses: 1, codeMismatches: 1 });
  expect(byName["ConfirmForgotPassword"]).toMatchObject({ topUserGuesses: 1, codeMismatches: 0 });
});

test("guesses at a user who then gets in count for nothing", async () => {
  const { profiles } = await profilesOf([{}, {}, { outcome: "success", kind: null }]);
  expect(profiles[0]?.operations[0]).toMatchObject({ topUserGuesses: 0, failingUsers: 0 });
});

test("a user who failed three times over all operations is not untroubled", async () => {
  const failed = [{}, {}, { operation: "RespondToAuthChallenge" }];
  const gotIn = { outcome: "success", kind: null, operation: "RespondToAuthChallenge" };
  expect((await profilesOf([...failed, gotIn])).profiles[0]?.untroubledUsers).toBe(0);
  expect((await profilesOf([...failed.slice(1), gotIn])).profiles[0]?.untroubledUsers).toBe(1);
});

test("minutes and peaks are counted by source and by operation", async () => {
  const { profiles } = await profilesOf([
    { second: 0 },
    { second: 1, operation: "SignUp" },
    { second: 61, operation: "SignUp" },
    { second: 62, operation: "SignUp" },
  ]);
  expect(profiles[0]).toMatchObject({ activeMinutes: 2, peakPerMinute: 2 });
  expect(
    profiles[0]?.operations.map(({ operation, activeMinutes, peakPerMinute }) => [
      operation,
      activeMinutes,
      peakPerMinute,
    ]),
  ).toEqual([
    ["InitiateAuth", 1, 1],
    ["SignUp", 2, 2],
  ]);
});

describe("crowds", () => {
  test("more than five sources make a range and a fingerprint, five do not", async () => {
    expect((await profilesOf(sources(5))).groups).toEqual([]);
    const { groups } = await profilesOf(sources(6));
    expect(groups.map(({ scope, source }) => [scope, source])).toEqual(
      expect.arrayContaining([
        ["range", "203.0.113.0/24"],
        ["fingerprint", "ja4-a"],
      ]),
    );
  });

  test("an IPv6 range is a /48", async () => {
    const rows = Array.from({ length: 6 }, (_, index) => ({ source: `2001:db8:7:${index + 1}::/64` }));
    const { groups } = await profilesOf(rows);
    expect(groups.filter(({ scope }) => scope === "range").map(({ source }) => source)).toEqual(["2001:db8:7::/48"]);
  });

  test("a source counts once in each, however many users, minutes and fingerprints it has", async () => {
    const again = sources(6, { second: 61, operation: "SignUp", ja4: "ja4-b" });
    const { groups } = await profilesOf([...sources(6), ...sources(6, { second: 130 }), ...again]);
    expect(groups.map(({ source, crowd }) => [source, crowd.sources]).sort()).toEqual([
      ["203.0.113.0/24", 6],
      ["ja4-a", 6],
      ["ja4-b", 6],
    ]);
  });

  test.each([
    { case: "nine failures", extra: 8, quiet: 6 },
    { case: "ten failures", extra: 9, quiet: 5 },
  ])("a source with $case", async ({ extra, quiet }) => {
    const loud = Array.from({ length: extra }, (): Row => ({ source: "203.0.113.1" }));
    const range = (await profilesOf([...sources(6), ...loud])).groups.find(({ scope }) => scope === "range");
    expect(range?.crowd).toMatchObject({ sources: 6, quietSources: quiet, goodSources: 0 });
  });

  test("one success makes a source a good one and no quiet one", async () => {
    const { groups } = await profilesOf([...sources(6), { source: "203.0.113.1", outcome: "success", kind: null }]);
    expect(groups.find(({ scope }) => scope === "range")?.crowd).toMatchObject({
      quietSources: 5,
      goodSources: 1,
      quietCalls: 5,
    });
  });
});

describe("what the limit cuts off", () => {
  test("is the weak end, and is stated with its calls", async () => {
    const strong = Array.from({ length: 9 }, (): Row => ({ source: "203.0.113.1" }));
    const rows = [...sources(4), ...strong];
    expect((await profilesOf(rows)).remainder).toEqual({ sources: 0, calls: 0 });
    // The row for all, that of the one minute, and two rows of the strongest source.
    const { profiles, remainder, whole } = await profilesOf(rows, 4);
    expect(profiles.map(({ source, calls }) => [source, calls])).toEqual([["203.0.113.1/32", 10]]);
    expect(remainder).toEqual({ sources: 3, calls: 3 });
    expect(whole).toMatchObject({ sources: 4, calls: 13 });
  });
});

describe("calls over time", () => {
  const shownBy = async (rows: readonly Row[]) => {
    const { profiles, timeline } = await profilesOf(rows);
    return { timeline, of: new Map(profiles.map(({ source, timeline }) => [source, timeline])) };
  };
  const at = (minute: number) => Date.UTC(2026, 10, 22, 10) / 60_000 + minute;
  const step = (minute: number, calls: number, failures = calls) => ({
    ...{ minute: at(minute), calls, failures, successes: 0, refused: 0 },
  });

  test("are counted by minute and outcome, of each source and of all", async () => {
    const success = { outcome: "success", kind: null, user: "user-2", operation: "RespondToAuthChallenge" };
    const { timeline, of } = await shownBy([
      ...[{}, {}, { second: 59, ja4: "ja4-b" }, { second: 61, ...success }, { second: 62, outcome: "blocked" }],
      ...[{ second: 63, outcome: "throttled" }, { second: 64, outcome: "accepted" }, { second: 190 }],
      ...[
        { source: "198.51.100.9", second: 65 },
        { source: null, second: 66 },
      ],
    ]);
    const second = { minute: at(1), calls: 4, failures: 0, successes: 1, refused: 2 };
    expect(of.get("203.0.113.7/32")).toEqual([step(0, 3), second, step(3, 1)]);
    expect(of.get("198.51.100.9/32")).toEqual([step(1, 1)]);
    expect(timeline).toEqual([step(0, 3), { ...second, calls: 6, failures: 2 }, step(3, 1)]);
  });

  test("of many users in many minutes are each minute once, and of a source at most 24 of them", async () => {
    const rows = Array.from({ length: 300 }, (_, index): Row => ({ second: 20 * index, user: `user-${index % 7}` }));
    const { timeline, of } = await shownBy(rows);
    expect(of.get("203.0.113.7/32")).toEqual(Array.from({ length: 24 }, (_, minute) => step(minute, 3)));
    expect(timeline).toHaveLength(100);
  });

  test("add nothing to what the window holds", async () => {
    const { whole, unattributed, profiles } = await profilesOf([{}, { second: 61 }, { source: null }]);
    expect([whole?.calls, unattributed.noAddress, profiles[0]?.calls]).toEqual([3, 1, 2]);
  });
});
