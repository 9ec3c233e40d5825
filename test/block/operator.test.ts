import fc from "fast-check";
import { applyPlan } from "../../functions/block/apply.ts";
import { readExclusions } from "../../functions/block/exclusions.ts";
import { guardSource } from "../../functions/block/guards.ts";
import { addBan, currentMode, listBans, releaseBan, setMode, undoRun } from "../../functions/block/operator.ts";
import { paceOf } from "../../functions/block/pace.ts";
import { cloudFrontRanges } from "../../functions/domain/cloudfront-ranges.ts";
import { NotFoundError } from "../../functions/domain/errors.ts";
import { DAY, HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { aPlan, aPlannedBan, aRun, calm, exclusions, loneSource, NOON, sets } from "./builders.ts";
import { aScene, type Scene } from "./scene.ts";

const desk = { sets, egress: ["203.0.113.240/28"], policy: calm, initialMode: "enforce" as const, by: "ada" };
const request = {
  source: "198.51.100.7",
  minutes: 120,
  reason: "seen in another log",
  targets: ["edge", "pool"] as const,
};
const bansOf = (scene: Scene) => scene.ledger.stored.bans;

async function applyRun(scene: Scene, runId: string, ...sources: string[]) {
  const apply = sources.map((source) => aPlannedBan({ source }));
  const plan = aPlan({ run: aRun({ runId }), at: toIso(scene.now()), apply });
  const stage = { mode: "enforce" as const, policy: calm, exclusions: exclusions(), now: scene.now() };
  await scene.reconcile((await applyPlan(scene.ports, plan, stage)).bans);
}

test("a person's ban lasts as long as they said and is recorded with their reason", async () => {
  const scene = aScene();
  await addBan(scene.ports, desk, request);
  expect(bansOf(scene).get("198.51.100.7/32")).toMatchObject({
    expiresAt: toIso(NOON + 2 * HOUR),
    claims: { "manual:ada": { origin: "manual", by: "ada" } },
    strikes: 0,
  });
  expect(scene.waf.all("pool")).toEqual(["198.51.100.7/32"]);
  expect([...scene.ledger.stored.records.values()]).toMatchObject([
    { event: "ban.applied", by: "ada", why: request.reason },
  ]);
});

test("a person's ban answers what the source did before, and so does a line written into a set", async () => {
  const scene = aScene();
  await scene.reconcile();
  scene.waf.edit("edge", "auto-v4-1", (lines) => [...lines, "203.0.113.9/32"]);
  await addBan(scene.ports, desk, request);
  const answers = [...scene.written.values()] as { at: number; ends: number; sources: string[] }[];
  expect(answers.flatMap(({ sources }) => sources).sort()).toEqual(["198.51.100.7", "203.0.113.9"]);
  for (const { at, ends } of answers) expect([at >= NOON && at <= scene.now(), ends]).toEqual([true, 0]);
  expect([...scene.written.keys()].every((key) => key.startsWith("bans/dt=2026-"))).toBe(true);
  const before = scene.written.size;
  scene.pass(HOUR);
  await releaseBan(scene.ports, desk, request.source);
  expect(scene.written.size).toBe(before);
});

test("banning again replaces the person's own claim", async () => {
  const scene = aScene();
  await addBan(scene.ports, desk, request);
  await addBan(scene.ports, desk, { ...request, minutes: 30 });
  expect(bansOf(scene).get("198.51.100.7/32")?.expiresAt).toBe(toIso(NOON + 30 * MINUTE));
});

test.each([
  {
    case: "own egress",
    source: "203.0.113.241",
    says: "203.0.113.240/28 is never blocked: it is `egress` of the config",
  },
  { case: "a private address", source: "192.168.1.1", says: "192.168.0.0/16 is never blocked: nobody on the internet" },
  { case: "CloudFront", source: cloudFrontRanges.ranges[0] ?? "", says: "is never blocked: CloudFront calls from it" },
  { case: "a wide range", source: "198.51.0.0/16", says: "wider than a /24, the widest range that may be banned" },
  { case: "an allow-listed address", source: "192.0.2.10", says: "192.0.2.0/24 is on an allow list, which wins" },
  { case: "a host name", source: "example.org", says: "example.org is neither an address nor a CIDR" },
])("people cannot ban $case either, and are told what to do instead", async ({ source, says }) => {
  const scene = aScene();
  scene.waf.edit("edge", "allow-v4", () => ["192.0.2.0/24"]);
  await expect(addBan(scene.ports, desk, { ...request, source })).rejects.toThrow(says);
  expect(bansOf(scene).size).toBe(0);
});

test("in observe a person's ban is simulated", async () => {
  const scene = aScene();
  await setMode(scene.ports, desk, "observe");
  const { bans } = await addBan(scene.ports, desk, request);
  expect(bans).toMatchObject([{ simulated: true }]);
  expect([...scene.written.values()]).toMatchObject([{ at: NOON, ends: NOON + 2 * HOUR }]);
  expect(scene.waf.writes()).toBe(0);
});

test("release opens both doors at once and keeps machines away for a day", async () => {
  const scene = aScene();
  await applyRun(scene, "run-1", "198.51.100.7/32");
  await releaseBan(scene.ports, desk, "198.51.100.7");
  expect([...scene.waf.all("edge"), ...scene.waf.all("pool")]).toEqual([]);
  scene.pass(HOUR);
  await applyRun(scene, "run-2", "198.51.100.7/32");
  expect(scene.waf.all("edge")).toEqual([]);
  scene.pass(DAY);
  await applyRun(scene, "run-3", "198.51.100.7/32");
  expect(scene.waf.all("edge")).toEqual(["198.51.100.7/32"]);
});

test("undo takes back a run and nothing else", async () => {
  const scene = aScene();
  await applyRun(scene, "run-1", loneSource(1), loneSource(2));
  await applyRun(scene, "run-2", loneSource(2), loneSource(3));
  const { bans } = await undoRun(scene.ports, desk, "run-1");
  expect(bans).toHaveLength(2);
  expect(scene.waf.all("edge").sort()).toEqual([loneSource(2), loneSource(3)].sort());
  expect(bansOf(scene).get(loneSource(2))).toMatchObject({ status: "active", strikes: 1 });
});

test("an undone run stays undone: neither a late retry nor its next round bans again", async () => {
  const scene = aScene();
  await applyRun(scene, "run-1", loneSource(1));
  await undoRun(scene.ports, desk, "run-1");
  scene.pass(MINUTE);
  await applyRun(scene, "run-1", loneSource(1));
  expect(scene.waf.all("edge")).toEqual([]);
  await applyRun(scene, "run-2", loneSource(1));
  expect(scene.waf.all("edge")).toEqual([loneSource(1)]);
});

test("undoing a run that never was does nothing", async () => {
  expect((await undoRun(aScene().ports, desk, "run-9")).bans).toEqual([]);
});

test("undo leaves the ledger as if the run had never been, for any two runs", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(9)), fc.uniqueArray(fc.nat(9)), async (first, second) => {
      const [scene, other] = [aScene(), aScene()];
      await applyRun(scene, "run-1", ...first.map(loneSource));
      for (const one of [scene, other]) await applyRun(one, "run-2", ...second.map(loneSource));
      await undoRun(scene.ports, desk, "run-1");
      expect(scene.waf.all("edge").sort()).toEqual(other.waf.all("edge").sort());
      const claims = (one: Scene) => [...bansOf(one).values()].flatMap((ban) => Object.entries(ban.claims)).length;
      expect(claims(scene)).toBe(claims(other));
    }),
  );
});

test("the mode is the deployment's until a person sets it", async () => {
  const scene = aScene();
  expect(await currentMode(scene.ports.control, "observe")).toBe("observe");
  await setMode(scene.ports, desk, "paused");
  expect(await currentMode(scene.ports.control, "observe")).toBe("paused");
  expect(scene.told).toMatchObject([{ event: "mode.changed", by: "ada", why: "enforce → paused" }]);
});

test("only bans in force are listed", async () => {
  const scene = aScene();
  await addBan(scene.ports, desk, { ...request, minutes: 10 });
  await addBan(scene.ports, desk, { ...request, source: "198.51.100.9" });
  scene.pass(10 * MINUTE);
  expect((await listBans(scene.ports)).map(({ source }) => source)).toEqual(["198.51.100.9/32"]);
});

describe("reading what must never be banned", () => {
  test("people's allow lists, own egress and CloudFront's ranges of today are in it", async () => {
    const scene = aScene();
    scene.waf.edit("edge", "allow-v4", () => ["192.0.2.0/24"]);
    scene.ports.prefixLists.cloudFront = async () => ["198.51.100.128/25"];
    const read = await readExclusions(scene.ports, sets, desk.egress);
    const why = (source: string) => guardSource(source, read)?.why;
    expect(why("192.0.2.1/32")).toBe("allow-listed");
    expect(why("203.0.113.241/32")).toBe("never-block");
    expect(why("198.51.100.129/32")).toBe("never-block");
    expect(why("198.51.100.1/32")).toBeUndefined();
  });
  test("if AWS cannot be asked for CloudFront's ranges, the project's own table stands in", async () => {
    const scene = aScene();
    scene.ports.prefixLists.cloudFront = async () => {
      throw new Error("no answer");
    };
    const read = await readExclusions(scene.ports, sets, []);
    const [range = ""] = cloudFrontRanges.ranges;
    expect(guardSource(`${range.split("/")[0]}/32`, read)?.why).toBe("never-block");
  });
  test("an allow list that is not there stops everything: nothing is banned, nothing is taken away", async () => {
    const scene = aScene();
    await addBan(scene.ports, desk, request);
    scene.waf.remove("edge", "allow-v6");
    await expect(readExclusions(scene.ports, sets, [])).rejects.toThrow(NotFoundError);
    await expect(addBan(scene.ports, desk, { ...request, source: "198.51.100.99" })).rejects.toThrow(NotFoundError);
    expect(scene.waf.all("edge")).toEqual(["198.51.100.7/32"]);
  });
});

test("turns come one at a time per Region, and a burst at once", async () => {
  let now = NOON;
  const timing = {
    now: () => now,
    pause: async (ms: number) => {
      now += ms;
    },
  };
  const write = paceOf({ everyMs: 1_000, burst: 1 }, timing);
  await write("us-east-1");
  await write("eu-west-1");
  expect(now).toBe(NOON);
  await write("us-east-1");
  expect(now).toBe(NOON + 1_000);
  const read = paceOf({ everyMs: 200, burst: 5 }, timing);
  for (let turn = 0; turn < 5; turn += 1) await read("us-east-1");
  expect(now).toBe(NOON + 1_000);
  await read("us-east-1");
  expect(now).toBe(NOON + 1_200);
});
