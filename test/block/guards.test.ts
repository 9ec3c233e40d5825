/** The guards and the limits of design §6 at their rims: who may be banned at all, whom a ban hits, what is damage. */
import { coverageOf } from "../../functions/block/carve.ts";
import { findDrift, type SetView } from "../../functions/block/drift.ts";
import { exclusionsOf, guardSource, readCidrs } from "../../functions/block/guards.ts";
import { lockoutRoom, splitByLockout, usersBehind } from "../../functions/block/lockout.ts";
import { countLockouts, type LockoutCount, usersInHour } from "../../functions/block/lockout-count.ts";
import { countNewBans, isHeld, reliefOf } from "../../functions/block/plan.ts";
import { projectLedger } from "../../functions/block/projection.ts";
import { HOUR, MINUTE } from "../../functions/domain/instant.ts";
import type { Plan, PlannedBan } from "../../functions/domain/plan.ts";
import { aBan, aReason, calm, cidrs, loneSource, NOON } from "./builders.ts";

describe("a guard refuses", () => {
  const lists = exclusionsOf({ allow: cidrs("203.0.113.64/26", "2001:db8:1::/64"), never: cidrs("198.51.100.0/25") });

  test.each([
    { case: "what is no address", source: "example.org", why: "not-an-address", matched: "" },
    { case: "more than a /24", source: "192.0.2.0/23", why: "too-wide", matched: "/24" },
    { case: "more than a /48", source: "2001:db8::/47", why: "too-wide", matched: "/48" },
    {
      case: "an address within a never-block range",
      source: "198.51.100.127/32",
      why: "never-block",
      matched: "198.51.100.0/25",
    },
    { case: "a range around one", source: "198.51.100.0/24", why: "never-block", matched: "198.51.100.0/25" },
    {
      case: "an address within an allowed range",
      source: "203.0.113.64/32",
      why: "allow-listed",
      matched: "203.0.113.64/26",
    },
    {
      case: "a range that holds allowed addresses",
      source: "203.0.113.0/24",
      why: "allow-listed",
      matched: "203.0.113.64/26",
    },
    { case: "an allowed household", source: "2001:db8:1::/64", why: "allow-listed", matched: "2001:db8:1::/64" },
  ])("$case: $why", ({ source, why, matched }) => {
    expect(guardSource(source, lists)).toEqual({ why, matched });
  });

  test.each([
    "198.51.100.128/32",
    "203.0.113.63/32",
    "203.0.113.128/25",
    "192.0.2.0/24",
    "2001:db8:2::/48",
    "2001:db8:1:1::/64",
  ])("nothing of %s", (source) => {
    expect(guardSource(source, lists)).toBeNull();
  });

  test("first what nobody may ever ban, then what somebody allowed", () => {
    const both = exclusionsOf({ allow: cidrs("192.0.2.1/32"), never: cidrs("192.0.2.0/24") });
    expect(guardSource("192.0.2.1/32", both)).toEqual({ why: "never-block", matched: "192.0.2.0/24" });
  });

  test("by lists as people write them: what is no range is left out", () => {
    expect(readCidrs(["192.0.2.0/24", "the office", "192.0.2.300"])).toEqual(cidrs("192.0.2.0/24"));
  });
});

describe("users whom bans lock out", () => {
  const ban = (source: string, users: number | undefined, score = 90) =>
    ({
      source,
      score,
      reasons: [aReason({ observed: users === undefined ? {} : { establishedUsers: users } })],
    }) as unknown as PlannedBan;

  test("of a source are the most that any of its findings tells", () => {
    const reasons = [
      aReason({ observed: { establishedUsers: 2 } }),
      aReason({ observed: { establishedUsers: 5 } }),
      aReason(),
    ];
    expect(usersBehind({ reasons })).toBe(5);
    expect(usersBehind({ reasons: [] })).toBe(0);
  });

  test.each([
    { total: null, room: Number.POSITIVE_INFINITY },
    { total: undefined, room: Number.POSITIVE_INFINITY },
    { total: 0, room: calm.guards.lockout.leastUsers },
    { total: 100_000, room: Math.floor(100_000 * calm.guards.lockout.share) },
    { total: 100_199, room: Math.floor(100_199 * calm.guards.lockout.share) },
  ])("of $total there is room for $room", ({ total, room }) => {
    expect(lockoutRoom(total, calm)).toBe(room);
  });

  const sourcesOf = (bans: readonly PlannedBan[]) => bans.map(({ source }) => source);

  test("fit exactly, or not by one; nobody behind always fits; of equal prices the higher score goes in", () => {
    const bans = [ban("a", 3), ban("b", 2, 70), ban("c", 2, 95), ban("d", 0)];
    const split = (room: number) => splitByLockout(bans, room, usersBehind);
    expect(split(7)).toMatchObject({ users: 7, beyond: [] });
    expect(sourcesOf(split(6).beyond)).toEqual(["a"]);
    expect(split(6).users).toBe(4);
    expect(sourcesOf(split(3).within)).toEqual(["d", "c"]);
    expect(sourcesOf(split(0).within)).toEqual(["d"]);
  });

  test("count for an hour, those of the same decision not twice", () => {
    const decisions = {
      old: { at: NOON - HOUR, users: 5 },
      young: { at: NOON - HOUR + 1, users: 3 },
      mine: { at: NOON, users: 2 },
    };
    expect(usersInHour({ decisions }, NOON)).toBe(5);
    expect(usersInHour({ decisions }, NOON, "mine")).toBe(3);
  });

  test("are counted on what was read, asked again when another was faster, and given up after twenty-five times", async () => {
    const store = (refused: number) => {
      const written: LockoutCount[] = [];
      const decisions = { old: { at: NOON - HOUR, users: 5 }, young: { at: NOON - 1, users: 3 } };
      let tries = 0;
      return {
        written,
        lockoutCount: async () => ({ decisions, version: 4 }),
        putLockoutCount: async (count: LockoutCount) => {
          tries += 1;
          if (tries <= refused) return false;
          written.push(count);
          return true;
        },
      };
    };
    const split = (inHour: number) => ({ users: 10 - inHour });
    const kept = store(24);
    expect(await countLockouts(kept, "mine", NOON, split)).toEqual({ users: 7 });
    expect(kept.written).toEqual([
      { version: 5, decisions: { young: { at: NOON - 1, users: 3 }, mine: { at: NOON, users: 7 } } },
    ]);
    await expect(countLockouts(store(25), "mine", NOON, split)).rejects.toThrow(
      /counted 25 times by others.*try again/,
    );
  });
});

describe("a source is held", () => {
  const held = (over: Parameters<typeof aBan>[0], mode: "enforce" | "observe" = "enforce", at = NOON) =>
    isHeld(aBan(over), ["edge", "pool"], { mode, at });

  test.each([
    { case: "by a ban at both doors", is: true, end: held({}) },
    { case: "no longer at its end", is: false, end: held({}, "enforce", NOON + HOUR) },
    { case: "not by one at a single door", is: false, end: held({ targets: ["edge"] }) },
    { case: "not by a simulated one", is: false, end: held({ simulated: true }) },
    { case: "by a simulated one where nothing is in earnest", is: true, end: held({ simulated: true }, "observe") },
    { case: "by a real one there, too", is: true, end: held({}, "observe") },
    { case: "not by none", is: false, end: isHeld(undefined, ["edge"], { mode: "enforce", at: NOON }) },
  ])("$case", ({ is, end }) => {
    expect(end).toBe(is);
  });

  test("and takes no place of the hour's new bans", () => {
    const [a, b] = [loneSource(1), loneSource(2)];
    const plan = {
      mode: "enforce",
      apply: [
        { source: a, targets: ["edge"] },
        { source: b, targets: ["edge"] },
      ],
    } as unknown as Plan;
    expect(countNewBans(plan, new Map([[a, aBan({ source: a })]]), NOON)).toBe(1);
  });
});

test("what bans were to relieve is never more than all, with the quota's part where somebody counted it", () => {
  const bans = [{ calls: 30, quotaCalls: 10 }, { calls: 50 }] as unknown as PlannedBan[];
  expect(reliefOf(bans, { totalCalls: 100 })).toEqual({ sources: 2, calls: 80, totalCalls: 100 });
  expect(reliefOf(bans, { totalCalls: 60, quotaCalls: 40 })).toEqual({
    ...{ sources: 2, calls: 80, totalCalls: 80, quota: { calls: 10, of: 40 } },
  });
  expect(reliefOf(bans, { totalCalls: 60, quotaCalls: 4 })).toMatchObject({ quota: { calls: 10, of: 10 } });
});

describe("lines that are missing", () => {
  const sources = Array.from({ length: 400 }, (_, n) => loneSource(n));
  const driftOf = (owned: number, missing: number) => {
    const ours = sources.slice(0, owned);
    const wanted = projectLedger(
      ours.map((source) => aBan({ source })),
      "edge",
      NOON,
      coverageOf([]),
    );
    const written = new Map(wanted.map(({ text, members }) => [text, members] as const));
    const view: SetView = {
      ...{ name: "one", id: "id-1", present: new Set(wanted.slice(missing).map(({ text }) => text)) },
      state: { setId: "id-1", written, intent: new Map(), pendingSince: null, version: 1 },
    };
    const { releasedByHand, damaged, foreign } = findDrift([view], wanted);
    return { released: releasedByHand.length, damaged, foreign };
  };

  test.each([
    { case: "one of one was let go", owned: 1, missing: 1, released: 1, damaged: 0 },
    { case: "two of forty were let go", owned: 40, missing: 2, released: 2, damaged: 0 },
    { case: "two of thirty-nine are damage", owned: 39, missing: 2, released: 0, damaged: 2 },
    { case: "ten of four hundred were let go", owned: 400, missing: 10, released: 10, damaged: 0 },
    { case: "eleven are damage however many there are", owned: 400, missing: 11, released: 0, damaged: 11 },
    { case: "none", owned: 5, missing: 0, released: 0, damaged: 0 },
  ])("$case", ({ owned, missing, released, damaged }) => {
    expect(driftOf(owned, missing)).toEqual({ released, damaged, foreign: [] });
  });
});

test("a projection holds a ban to its last instant, at its own doors only", () => {
  const at = (target: "edge" | "pool", now: number) =>
    projectLedger([aBan({ targets: ["edge"] })], target, now, coverageOf([])).map(({ text }) => text);
  expect(at("edge", NOON + HOUR - 1)).toEqual(["198.51.100.7/32"]);
  expect(at("edge", NOON + HOUR)).toEqual([]);
  expect(at("pool", NOON + MINUTE)).toEqual([]);
});
