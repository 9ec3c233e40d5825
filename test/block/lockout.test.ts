/** At most a share of the established users is locked out by the bans of an hour. */
import fc from "fast-check";

import { applyPlan } from "../../functions/block/apply.ts";
import { lockoutNotes } from "../../functions/block/limit-notes.ts";
import { lockoutRoom, splitByLockout, usersBehind } from "../../functions/block/lockout.ts";
import { usersInHour } from "../../functions/block/lockout-count.ts";
import type { Mode } from "../../functions/domain/ban.ts";
import { HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import type { Plan } from "../../functions/domain/plan.ts";
import { aFiledBan, aPlan, aPlannedBan, aReason, calm, exclusions, loneSource, NOON } from "./builders.ts";
import { aScene, type Scene } from "./scene.ts";

const reasons = (users: number) => [aReason({ observed: users > 0 ? { establishedUsers: users } : {} })];
const office = (n: number, users: number, score = 90) =>
  aPlannedBan({ source: loneSource(n), score, reasons: reasons(users), handsOff: users === 0 });

function approve(scene: Scene, over: Partial<Plan>, mode: Mode = "enforce") {
  const at = toIso(scene.now());
  const plan = aPlan({ origin: "approved", by: "ada", proposalId: "p-1", at, establishedUsers: 10_000, ...over });
  return applyPlan(scene.ports, plan, { mode, policy: calm, exclusions: exclusions(), now: scene.now() });
}

const banned = (scene: Scene) => [...scene.ledger.stored.bans.keys()];

test("an attack ten times over it: all without users behind are banned, then the cheapest up to one percent", async () => {
  const scene = aScene();
  const strangers = Array.from({ length: 900 }, (_, n) => office(n, 0));
  // 1,000 users are behind these hundred, and room is for 100; the strongest have most users behind.
  const offices = Array.from({ length: 100 }, (_, n) => office(1_000 + n, n < 50 ? 5 : 15, n < 50 ? 75 : 99));
  const end = await approve(scene, { apply: [...offices, ...strangers] });
  expect(end).toMatchObject({ banned: 920, refused: { length: 80 }, unchanged: 80 });
  expect(strangers.every(({ source }) => scene.ledger.stored.bans.has(source))).toBe(true);
  expect(banned(scene).filter((source) => offices.some((one) => one.source === source))).toHaveLength(20);
  const refused = scene.told.filter(({ event }) => event === "guard.refused");
  expect(refused).toHaveLength(80);
  expect(refused[0]).toMatchObject({
    by: "ada",
    why: expect.stringMatching(/^over-limit \d+ established users behind/),
  });
  expect([...scene.ledger.stored.records.values()].filter(({ event }) => event === "guard.refused")).toHaveLength(80);
});

test("approvals of one hour share the room, whatever their category; an hour later there is room again", async () => {
  const scene = aScene();
  expect(await approve(scene, { apply: [office(1, 70)] })).toMatchObject({ banned: 1 });
  scene.pass(20 * MINUTE);
  expect(await approve(scene, { apply: [office(2, 31)], proposalId: "p-2" })).toMatchObject({
    banned: 0,
    refused: { length: 1 },
  });
  expect(await approve(scene, { apply: [office(3, 30)], proposalId: "p-3" })).toMatchObject({ banned: 1, refused: [] });
  scene.at(NOON + HOUR + MINUTE);
  expect(await approve(scene, { apply: [office(4, 70)], proposalId: "p-4" })).toMatchObject({ banned: 1 });
});

test("the same decision applied again counts once and decides alike", async () => {
  const scene = aScene();
  const apply = [office(1, 60), office(2, 60)];
  expect(await approve(scene, { apply, at: toIso(NOON) })).toMatchObject({ banned: 1, refused: { length: 1 } });
  scene.pass(MINUTE);
  expect(await approve(scene, { apply, at: toIso(NOON) })).toMatchObject({
    banned: 1,
    unchanged: 1,
    refused: { length: 1 },
  });
  expect(await approve(scene, { apply: [office(3, 40)], proposalId: "p-2" })).toMatchObject({ banned: 1 });
  expect(banned(scene)).toHaveLength(2);
});

test("a crash between the count and the claims lets nobody exceed it", async () => {
  const scene = aScene({
    fault: (call, phase) => {
      if (call === "putLockoutCount" && phase === "after") throw new Error("crash");
    },
  });
  await expect(approve(scene, { apply: [office(1, 60)] })).rejects.toThrow("crash");
  expect(usersInHour(await scene.ports.control.lockoutCount(), NOON, "another")).toBe(60);
});

test("whatever decisions are applied at the same instant, in whatever order their calls meet, they share one room", async () => {
  const decisions = fc.array(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 5,
  });
  let refusals = 0;
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), decisions, async (scheduler, asked) => {
      const scene = aScene({ fault: (call, phase) => scheduler.schedule(Promise.resolve(), `${call} ${phase}`) });
      const ends = asked.map((users, n) => {
        const apply = users.map((count, m) => office(10 * n + m, count));
        return approve(scene, { apply, proposalId: `p-${n}` });
      });
      await scheduler.waitFor(Promise.all(ends));
      const behind = new Map(
        asked.flatMap((users, n) => users.map((count, m) => [loneSource(10 * n + m), count] as const)),
      );
      const lockedOut = banned(scene).reduce((sum, source) => sum + (behind.get(source) ?? 0), 0);
      expect(lockedOut).toBeLessThanOrEqual(100);
      const refused = (await Promise.all(ends)).flatMap((end) => end.refused);
      refusals += refused.length;
      // Whoever was refused would have been too many: no room is lost to the race either.
      for (const { source } of refused) expect(lockedOut + (behind.get(source) ?? 0)).toBeGreaterThan(100);
    }),
    { numRuns: 300 },
  );
  expect(refusals).toBeGreaterThan(100);
});

test("one more claim on a source that is banned already locks nobody out", async () => {
  const scene = aScene();
  await approve(scene, { apply: [office(1, 90)], run: { ...aPlan().run, runId: "run-0" } });
  expect(await approve(scene, { apply: [office(1, 90)], proposalId: "p-2" })).toMatchObject({
    extended: 1,
    refused: [],
  });
});

test("bans that block nobody use up no room", async () => {
  const scene = aScene();
  expect(await approve(scene, { apply: [office(1, 90)] }, "observe")).toMatchObject({ banned: 1 });
  expect(await approve(scene, { apply: [office(2, 90)], proposalId: "p-2" })).toMatchObject({ banned: 1 });
});

test.each([
  { total: null, room: Number.POSITIVE_INFINITY },
  { total: undefined, room: Number.POSITIVE_INFINITY },
  { total: 0, room: 10 },
  { total: 1_000, room: 10 },
  { total: 1_999, room: 19 },
  { total: 2_000_000, room: 20_000 },
])("of $total established users $room may be locked out", ({ total, room }) => {
  expect(lockoutRoom(total, calm)).toBe(room);
});

test("whatever is asked for, no more than the room is given, nobody free is cut, and nothing cheaper is left out", () => {
  const asked = fc.array(fc.record({ users: fc.nat(40), score: fc.nat(100) }), { maxLength: 60 });
  fc.assert(
    fc.property(asked, fc.integer({ min: -50, max: 300 }), (list, room) => {
      const bans = list.map(({ users, score }, n) => office(n, users, score));
      const { within, beyond, users } = splitByLockout(bans, room, usersBehind);
      expect(users).toBe(within.reduce((sum, ban) => sum + usersBehind(ban), 0));
      expect(users).toBeLessThanOrEqual(Math.max(0, room));
      expect([...within, ...beyond]).toHaveLength(bans.length);
      const cheapestOut = Math.min(...beyond.map(usersBehind));
      expect(cheapestOut).toBeGreaterThan(0);
      expect(Math.max(0, ...within.map(usersBehind))).toBeLessThanOrEqual(cheapestOut);
    }),
  );
});

test("who is asked is told beforehand how much of it could be banned now", () => {
  const file = [3, 30, 90].map((users, n) => aFiledBan({ source: loneSource(n), reasons: reasons(users) }));
  expect(lockoutNotes(file, calm, { total: 10_000, inHour: 60 })).toEqual([
    "123 established users of 10000 would be locked out if all of this were banned. At most 100 may be locked out " +
      "within an hour, so of 3 sources only 2 would be banned now, those with the fewest first.",
  ]);
  expect(lockoutNotes(file, calm, { total: 20_000, inHour: 60 })).toEqual([]);
  expect(lockoutNotes(file, calm, { total: null, inHour: 0 })).toEqual([]);
});
