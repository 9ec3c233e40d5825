/** What the sweep does with a ban whose time is over: it ends, or the source still knocks. */
import fc from "fast-check";

import { applyPlan } from "../../functions/block/apply.ts";
import { applyClaim, extendKnocking, isInForce, noteKnock, releaseByPerson } from "../../functions/block/ledger.ts";
import { releaseBan, undoRun } from "../../functions/block/operator.ts";
import { type Ban, modeSchema } from "../../functions/domain/ban.ts";
import { HOUR, MINUTE, SECOND, toIso } from "../../functions/domain/instant.ts";
import { aBan, aClaim, anOrder, aPlan, aPlannedBan, calm, exclusions, loneSource, NOON, sets } from "./builders.ts";
import { aScene } from "./scene.ts";

const SOURCE = "198.51.100.7/32";
const at = (minutes: number) => NOON + minutes * MINUTE;
const knock = (minutes: number, calls = 900) => ({ at: toIso(at(minutes)), calls });
const operator = { sets, egress: [], policy: calm, initialMode: "enforce" as const, by: "ada" };

async function aBannedFlooder(over: Partial<Ban> = {}) {
  const scene = aScene();
  await applyPlan(scene.ports, aPlan({ apply: [aPlannedBan()] }), {
    ...{ mode: "enforce", policy: calm, exclusions: exclusions(), now: NOON },
  });
  const made = scene.ledger.stored.bans.get(SOURCE);
  if (!made) throw new Error("no ban");
  scene.ledger.put({ ...made, ...over });
  const ban = () => scene.ledger.stored.bans.get(SOURCE) as Ban;
  const records = (event: string) => [...scene.ledger.stored.records.values()].filter((told) => told.event === event);
  return { scene, ban, records };
}

test("a flooder that knocked shortly before its ban ends is banned for the base time more, without a strike", async () => {
  const { scene, ban, records } = await aBannedFlooder({ knock: knock(40) });
  const before = ban();
  scene.at(at(60));
  expect(await scene.sweep()).toMatchObject({ released: 0, extended: 1, backlogSeconds: 0 });
  expect(ban()).toMatchObject({ status: "active", expiresAt: toIso(at(120)), strikes: before.strikes, extensions: 1 });
  expect(scene.waf.all("edge")).toEqual([SOURCE]);
  expect(records("ban.extended")).toEqual([
    expect.objectContaining({ at: toIso(at(60)), source: SOURCE, runId: "run-1", by: "portcullis" }),
  ]);
});

test.each([
  { case: "never knocked", over: {} },
  { case: "last knocked too long before", over: { knock: knock(14) } },
  { case: "made in observe, where nothing is kept out", over: { knock: knock(50), simulated: true } },
  { case: "extended three times already", over: { knock: knock(50), extensions: 3 } },
  { case: "approved by a person for this long", over: { knock: knock(50), claims: approved() } },
])("a ban that is over ends: $case", async ({ over }) => {
  const { scene, ban, records } = await aBannedFlooder(over);
  scene.at(at(60));
  expect(await scene.sweep()).toMatchObject({ released: 1, extended: 0 });
  expect(ban().status).toBe("released");
  expect(records("ban.extended")).toEqual([]);
});

function approved() {
  return { "run-1": aClaim({ until: toIso(at(60)), origin: "approved" }) };
}

test.each(modeSchema.options)("mode %s decides whether a ban is made longer without a person", async (mode) => {
  const { scene } = await aBannedFlooder({ knock: knock(50) });
  scene.at(at(60));
  expect((await scene.sweep(mode)).extended).toBe(mode === "enforce" ? 1 : 0);
});

test("a flooder that never stops is extended three times, then let go", async () => {
  const { scene, ban, records } = await aBannedFlooder();
  for (let minute = 0; minute <= 300; minute += 1) {
    scene.at(at(minute));
    const noted = noteKnock(ban(), knock(minute));
    if (noted !== "unchanged") scene.ledger.put(noted);
    await scene.sweep();
  }
  expect(records("ban.extended").map((told) => told.at)).toEqual([60, 120, 180].map((minute) => toIso(at(minute))));
  expect(ban()).toMatchObject({ status: "released", releasedAt: toIso(at(240)), strikes: 1 });
});

test("the next ban may be extended three times again, and escalates by one strike only", async () => {
  const ended = aBan({ status: "released", releasedAt: toIso(at(240)), extensions: 3, knock: knock(230) });
  const again = applyClaim(
    { ...ended, expiresAt: toIso(at(240)), lastStrikeAt: toIso(NOON) },
    anOrder({ key: "run-2", at: at(300) }),
    at(300),
    calm,
  );
  expect(again).toMatchObject({ strikes: 2, expiresAt: toIso(at(420)) });
  expect(again).not.toHaveProperty("extensions");
  expect(again).not.toHaveProperty("knock");
});

test("a claim that joins an extended ban takes nothing of it away", () => {
  const held = aBan({ extensions: 2, knock: knock(50), expiresAt: toIso(at(180)) });
  const joined = applyClaim(held, anOrder({ key: "run-2", at: at(130) }), at(130), calm);
  expect(joined).toMatchObject({ extensions: 2, knock: knock(50), expiresAt: toIso(at(190)) });
  // The plan of the first run, tried again, does not make its claim shorter.
  expect(applyClaim(held, anOrder(), at(130), calm)).toBe("unchanged");
});

test("undoing the run that made the ban takes its extensions along", async () => {
  const { scene, ban } = await aBannedFlooder({ knock: knock(50) });
  scene.at(at(60));
  await scene.sweep();
  scene.at(at(70));
  await undoRun(scene.ports, operator, "run-1");
  expect(ban()).toMatchObject({ status: "released", strikes: 0 });
  expect(scene.waf.all("edge")).toEqual([]);
  scene.at(at(120));
  expect(await scene.sweep()).toMatchObject({ released: 0, extended: 0 });
});

test("a person's release stands, whether it comes before the sweep or after", async () => {
  for (const order of ["release first", "sweep first"]) {
    const { scene, ban } = await aBannedFlooder({ knock: knock(55) });
    scene.at(order === "release first" ? at(59) : at(60));
    if (order === "sweep first") await scene.sweep();
    await releaseBan(scene.ports, operator, SOURCE);
    scene.at(at(61));
    expect(await scene.sweep()).toMatchObject({ released: 0, extended: 0 });
    expect(ban().status).toBe("released");
  }
});

test("a person's release that comes between the sweep's read and its write wins", async () => {
  const { scene, ban } = await aBannedFlooder({ knock: knock(55) });
  scene.at(at(60));
  const { getBans } = scene.ports.bans;
  let raced = false;
  scene.ports.bans.getBans = async (sources) => {
    const read = await getBans(sources);
    if (!raced) scene.ledger.put(releaseByPerson(ban(), at(60), at(60) + 24 * HOUR) as Ban);
    raced = true;
    return read;
  };
  expect(await scene.sweep()).toMatchObject({ released: 0, extended: 0 });
  expect(ban()).toMatchObject({ status: "released", claims: {} });
});

test("ten sweeps at once extend once", async () => {
  const { scene, ban, records } = await aBannedFlooder({ knock: knock(55) });
  scene.at(at(60));
  const ends = await Promise.all(Array.from({ length: 10 }, () => scene.sweep()));
  expect(ends.reduce((sum, { extended }) => sum + extended, 0)).toBe(1);
  expect(ban()).toMatchObject({ extensions: 1, expiresAt: toIso(at(120)) });
  expect(records("ban.extended")).toHaveLength(1);
});

test("knocks from before the ban, older ones and those of a simulated ban are not noted", () => {
  expect(noteKnock(null, knock(5))).toBe("unchanged");
  expect(noteKnock(aBan(), knock(0))).toBe("unchanged");
  expect(noteKnock(aBan({ simulated: true }), knock(5))).toBe("unchanged");
  expect(noteKnock(aBan({ status: "released" }), knock(5))).toBe("unchanged");
  expect(noteKnock(aBan({ knock: knock(10) }), knock(8))).toBe("unchanged");
  expect(noteKnock(aBan({ knock: knock(10) }), knock(16))).toMatchObject({ knock: knock(16), version: 2 });
});

test("an outage of hours is caught up with in one sweep: 2,000 bans that are over are gone", async () => {
  const scene = aScene();
  scene.ledger.put(
    ...Array.from({ length: 2_000 }, (_, n) =>
      aBan({ source: loneSource(n), expiresAt: toIso(at(n % 240)), knock: knock(n % 240) }),
    ),
  );
  await scene.reconcile();
  scene.at(at(9 * 60));
  // A knock from before the outage extends nothing hours later.
  expect(await scene.sweep()).toMatchObject({ released: 2_000, extended: 0, backlogSeconds: 9 * 3_600 });
  expect(scene.waf.all("edge")).toEqual([]);
  expect(await scene.sweep()).toMatchObject({ released: 0, extended: 0 });
});

test("a crowd that one sweep cannot write down is out of the sets with it, flooders are extended first, the next go on", async () => {
  let slow = false;
  const scene = aScene({
    fault: (call, phase) => {
      if (slow && call === "putBan" && phase === "before") scene.pass(SECOND);
    },
  });
  scene.ledger.put(
    ...Array.from({ length: 200 }, (_, n) =>
      aBan({ source: loneSource(n), expiresAt: toIso(at(60)), ...(n >= 197 && { knock: knock(50) }) }),
    ),
  );
  await scene.reconcile();
  slow = true;
  scene.at(at(62));
  const first = await scene.sweep();
  expect(first).toMatchObject({ extended: 3, backlogSeconds: 120 });
  expect(first.released + first.left).toBe(197);
  expect(first.left).toBeGreaterThan(100);
  expect(scene.waf.all("edge").sort()).toEqual([197, 198, 199].map(loneSource).sort());
  let { released } = first;
  for (let sweeps = 1; sweeps < 6; sweeps += 1) released += (await scene.sweep()).released;
  expect(released).toBe(197);
  expect(await scene.sweep()).toMatchObject({ released: 0, left: 0, backlogSeconds: 0 });
});

test("whatever is noted and whenever swept, a ban never outlasts its claim by more than three base times", () => {
  const step = fc.record({ wait: fc.integer({ min: 1, max: 90 }), knocks: fc.boolean(), sweeps: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let ban = aBan();
      let minute = 0;
      for (const { wait, knocks, sweeps } of steps) {
        minute += wait;
        const noted = knocks ? noteKnock(ban, knock(minute)) : "unchanged";
        if (noted !== "unchanged") ban = noted;
        const longer = sweeps ? extendKnocking(ban, at(minute), calm) : "unchanged";
        if (longer === "unchanged") continue;
        expect(isInForce(longer, at(minute))).toBe(true);
        ban = longer;
      }
      expect(Date.parse(ban.expiresAt)).toBe(at(60 + 60 * (ban.extensions ?? 0)));
      expect(ban.extensions ?? 0).toBeLessThanOrEqual(3);
      expect(ban.strikes).toBe(1);
    }),
  );
});
