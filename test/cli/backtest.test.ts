import { exitCodes } from "../../cli/exit.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { logFolder, writeLogs } from "../detect/log-folder.ts";
import { type Call, CLIENT, errors, series, srpSignIn, T0 } from "../detect/traffic.ts";
import { run } from "./run-command.ts";

const folder = logFolder();
afterAll(() => folder.remove());

let written = 0;

/** The options that name the log files of these calls. */
function logs(calls: readonly Call[]): string[] {
  written += 1;
  const { write } = folder;
  const named = { ...folder, write: (name: string, text: string | Buffer) => write(`${written}-${name}`, text) };
  const { waf = [], cloudtrail = [] } = writeLogs(named, calls, ["edge", "trail"]);
  return ["--waf", ...waf, "--cloudtrail", ...cloudtrail];
}

const minutes = (count: number) => T0 + count * MINUTE;

/** One user after the other fails. */
function spray(ip: string, count: number, every: number, start = T0): Call[] {
  return series(count, every, (index) => ({ ip, user: `${ip}-${index}`, error: errors.wrongPassword }), start);
}

async function replayed(...args: string[]) {
  process.exitCode = undefined;
  const { code, out, err } = await run("backtest", ...args, "--json");
  process.exitCode = 0;
  return { code, err, document: out === "" ? null : JSON.parse(out) };
}

const burst = logs(spray("203.0.113.7", 20, 5_000));

test("--json prints one document with the fields of the contract", async () => {
  const { code, document } = await replayed(...burst);
  expect(code).toBe(exitCodes.done);
  expect(document).toEqual({
    window: { from: "2026-11-22T10:00:00.000Z", to: "2026-11-22T10:01:35.001Z" },
    steps: 1,
    bans: [
      {
        source: "203.0.113.7/32",
        at: "2026-11-22T10:10:00.000Z",
        expiresAt: "2026-11-22T11:10:00.000Z",
        score: expect.any(Number),
        firstSeen: "2026-11-22T10:00:00.000Z",
        secondsToBan: 600,
        successfulUsersHit: 0,
      },
    ],
    totals: {
      ...{ calls: 20, sources: 1, bans: 1, bannedSources: 1, filed: 0, watched: 0 },
      ...{ callsStopped: 0, successfulUsersHit: 0 },
    },
  });
});

test("no look sees a row that had not arrived", async () => {
  const { document } = await replayed(...burst, "--delay", "20m");
  expect(document.bans[0]).toMatchObject({ at: "2026-11-22T10:25:00.000Z", secondsToBan: 1_500 });
});

test("what comes after the last row that had arrived changes no ban", async () => {
  const slow = spray("203.0.113.7", 40, 30_000);
  const whole = (await replayed(...logs(slow), "--every", "1m")).document.bans[0];
  const arrivedBy = (limit: number) => logs(slow.filter(({ at }) => at < limit));
  const at = Date.parse(whole.at);
  const known = (await replayed(...arrivedBy(at - 5 * MINUTE), "--every", "1m")).document.bans[0];
  expect({ ...known, expiresAt: "" }).toEqual({ ...whole, expiresAt: "" });
  const short = (await replayed(...arrivedBy(at - 6 * MINUTE), "--every", "1m")).document;
  expect(short.bans).toEqual([]);
});

test("looking less often bans later", async () => {
  const { document } = await replayed(...burst, "--every", "1h");
  // At eleven the burst is too old for the short window; the day still shows it.
  expect(document.bans[0]).toMatchObject({ at: "2026-11-22T11:00:00.000Z", secondsToBan: 3_600 });
});

test("who goes on after a ban is banned again, for twice as long, and not while the ban lasts", async () => {
  const { document } = await replayed(...logs(spray("203.0.113.7", 300, MINUTE)), "--every", "10m");
  const hours = document.bans.map((ban: { at: string; expiresAt: string }) => [
    Date.parse(ban.at),
    Date.parse(ban.expiresAt),
  ]);
  expect(hours.length).toBeGreaterThanOrEqual(2);
  const [[firstAt, firstEnd], [secondAt, secondEnd]] = hours;
  expect(firstEnd - firstAt).toBe(60 * MINUTE);
  expect(secondAt).toBeGreaterThan(firstEnd);
  expect(secondEnd - secondAt).toBe(120 * MINUTE);
  expect(document.bans[1].firstSeen).toBe(document.bans[0].expiresAt);
  expect(document.totals.callsStopped).toBeGreaterThan(100);
});

describe("a slow spray, of which no ten minutes stand out", () => {
  const first = spray("203.0.113.7", 12, 4 * MINUTE);

  test("is banned once for what it did, however long the day still shows it", async () => {
    // Somebody else's calls make the logs last.
    const later = spray("198.51.100.1", 30, 20 * MINUTE);
    const { document } = await replayed(...logs([...first, ...later]), "--every", "30m");
    const bans = document.bans.filter(({ source }: { source: string }) => source === "203.0.113.7/32");
    expect(bans).toEqual([expect.objectContaining({ at: "2026-11-22T11:30:00.000Z" })]);
  });

  test("is banned again for what it does after that, for longer", async () => {
    const again = spray("203.0.113.7", 12, 4 * MINUTE, minutes(240));
    const later = spray("198.51.100.1", 30, 20 * MINUTE);
    const { document } = await replayed(...logs([...first, ...again, ...later]), "--every", "30m");
    const bans = document.bans.filter(({ source }: { source: string }) => source === "203.0.113.7/32");
    expect(bans.map(({ at, expiresAt }: Record<string, string>) => [at, expiresAt])).toEqual([
      ["2026-11-22T11:30:00.000Z", "2026-11-22T12:30:00.000Z"],
      ["2026-11-22T15:30:00.000Z", "2026-11-22T17:30:00.000Z"],
    ]);
  });
});

test("the last look sees the whole day, whenever the day was looked at before", async () => {
  const { document } = await replayed(...logs(spray("203.0.113.7", 10, 17 * MINUTE)));
  expect(document.bans).toEqual([expect.objectContaining({ at: "2026-11-22T12:40:00.000Z" })]);
});

test("users who get in while the ban would last are counted, each once", async () => {
  const later = [30, 40, 50].flatMap((minute, user) => [
    ...srpSignIn(minutes(minute), "203.0.113.7", `home-${user}`),
    ...srpSignIn(minutes(minute + 1), "203.0.113.7", `home-${user}`),
  ]);
  const { document } = await replayed(...logs([...spray("203.0.113.7", 20, 5_000), ...later]));
  expect(document.bans).toHaveLength(1);
  expect(document.bans[0].successfulUsersHit).toBe(3);
  expect(document.totals).toMatchObject({ successfulUsersHit: 3, callsStopped: 12 });
});

test("a source with users who get in is filed for a person, never banned", async () => {
  const users = srpSignIn(minutes(1), "203.0.113.7", "home-1");
  const args = logs([...spray("203.0.113.7", 20, 5_000), ...users]);
  const { document } = await replayed(...args);
  expect(document.bans).toEqual([]);
  expect(document.totals).toMatchObject({ bans: 0, filed: 1 });
  const { out } = await run("backtest", ...args);
  expect(out).toMatch(/Filed for a person[\s\S]*203\.0\.113\.7\/32 .*no-baseline/);
});

test("own egress is not banned", async () => {
  const config = folder.write(
    "config.json",
    JSON.stringify({
      account: "111122223333",
      userPool: { id: "eu-west-1_Example11", clientIds: [CLIENT] },
      egress: ["203.0.113.0/24"],
    }),
  );
  expect((await replayed(...burst, "--config", config)).document.totals).toMatchObject({ bans: 0, watched: 1 });
});

test("no more bans an hour than the policy allows: the rest is filed", async () => {
  const policy = folder.write("few.json", JSON.stringify({ guards: { hourlyBans: 2 } }));
  const attack = [1, 2, 3, 4, 5].flatMap((host) => spray(`203.0.113.${host}`, 20, 5_000));
  const { document } = await replayed(...logs(attack), "--policy", policy);
  expect(document.totals).toMatchObject({ bannedSources: 2, filed: 3 });
});

describe("two policies", () => {
  const strict = folder.write("strict.json", JSON.stringify({ ban: { handsOffMinutes: 30 } }));
  const lax = folder.write("lax.json", JSON.stringify({ score: { ban: 100 } }));

  test("are compared: the document speaks of the first, and of the other beside it", async () => {
    const { document } = await replayed(...burst, "--policy", strict, "--policy", lax);
    expect(document.bans[0]).toMatchObject({ expiresAt: "2026-11-22T10:40:00.000Z" });
    expect(document.other).toMatchObject({ bans: [], totals: { bans: 0, watched: 1 } });
    expect(document.difference).toEqual([{ source: "203.0.113.7/32", first: document.bans, second: [] }]);
  });

  test("a person reads where they differ", async () => {
    const { out } = await run("backtest", ...burst, "--policy", strict, "--policy", lax);
    expect(out).toMatch(/Where they differ:[\s\S]*203\.0\.113\.7\/32 +\S+, 1 ban, 30 min, hits 0 +never/);
  });

  test("that ban alike are said to", async () => {
    const { out } = await run("backtest", ...burst, "--policy", strict, "--policy", strict);
    expect(out).toContain("Both policies ban the same sources at the same times.");
  });
});

test("a person reads how the logs were looked at, and when each ban would have come", async () => {
  const { code, out } = await run("backtest", ...burst);
  expect(code).toBe(exitCodes.done);
  expect(out).toContain("1 look, one every 5 min, each log row seen 5 min after it was written");
  expect(out).toMatch(/203\.0\.113\.7\/32 +2026-11-22T10:10:00\.000Z .* 10 min +0 +.*password-spray/);
});

test.each([
  { case: "no logs", args: [] },
  { case: "an unknown option", args: [...burst, "--often"] },
  { case: "a time without a unit", args: [...burst, "--every", "5"] },
  { case: "three policies", args: [...burst, ...["a", "b", "c"].flatMap((name) => ["--policy", name])] },
  { case: "a pattern without a file", args: ["--waf", "/nowhere/*.log"] },
])("$case is wrong usage", async ({ args }) => {
  const { code, document, err } = await replayed(...args);
  expect(code).toBe(exitCodes.usage);
  expect(document).toBeNull();
  expect(err).not.toBe("");
});

test("something rejected ends with 3, and the report is printed", async () => {
  const { code, document, err } = await replayed(...burst, "--waf", folder.write("broken.log", "{"));
  expect(code).toBe(exitCodes.incomplete);
  expect(document.bans).toHaveLength(1);
  expect(err).toContain("broken.log: 1 rejected (bad-json 1)");
});

test("logs without a call of ours have nothing to replay", async () => {
  const { code, document } = await replayed("--waf", folder.write("empty.log", ""));
  expect(code).toBe(exitCodes.done);
  expect(document).toMatchObject({ window: null, steps: 0, bans: [] });
});
