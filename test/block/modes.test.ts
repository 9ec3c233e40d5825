/** The mode switch: what it does to bans that stand, and that no way leads round the guards. */
import fc from "fast-check";

import { applyPlan } from "../../functions/block/apply.ts";
import { overlapping } from "../../functions/block/carve.ts";
import { readExclusions } from "../../functions/block/exclusions.ts";
import { noteKnock } from "../../functions/block/ledger.ts";
import { addBan, releaseBan, setMode, undoRun } from "../../functions/block/operator.ts";
import { isProjected } from "../../functions/block/projection.ts";
import { reconcile } from "../../functions/block/reconcile.ts";
import { releaseDue } from "../../functions/block/sweep.ts";
import { type Mode, modeSchema } from "../../functions/domain/ban.ts";
import { contains, formatCidr, mergeCidrs, parseCidr } from "../../functions/domain/cidr.ts";
import { RefusedError } from "../../functions/domain/errors.ts";
import { DAY, HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import type { Plan } from "../../functions/domain/plan.ts";
import { aPlan, aPlannedBan, aRun, calm, NOON, sets } from "./builders.ts";
import { aScene } from "./scene.ts";

const desk = { sets, egress: ["198.51.100.32/30"], policy: calm, initialMode: "enforce" as const, by: "ada" };
const SOURCE = "198.51.100.7/32";

/** A deployment of which everything is read anew each time, as the functions and the command line do. */
function aDeployment() {
  const scene = aScene();
  const { ports } = scene;
  const mode = async () => (await ports.control.mode()) ?? "enforce";
  const excluded = () => readExclusions(ports, sets, desk.egress);
  const sweep = async () => {
    const swept = await releaseDue(ports, scene.now(), { mode: await mode(), policy: calm });
    await reconcile(ports, { sets, exclusions: await excluded(), fresh: swept.bans, adoptMinutes: 240 });
    return swept;
  };
  const run = async (runId: string, sources: readonly string[], origin: Plan["origin"] = "auto") => {
    const apply = sources.map((source) => aPlannedBan({ source }));
    const at = toIso(scene.now());
    const plan = aPlan({ run: aRun({ runId }), at, apply, origin, simulated: (await mode()) === "observe" });
    const stage = { mode: await mode(), policy: calm, exclusions: await excluded(), now: scene.now() };
    const applied = await applyPlan(ports, plan, stage);
    await reconcile(ports, { sets, exclusions: stage.exclusions, fresh: applied.bans, adoptMinutes: 240 });
  };
  const lines = () => [...scene.waf.all("edge"), ...scene.waf.all("pool")];
  return { scene, ports, sweep, run, lines, excluded, ban: () => scene.ledger.stored.bans.get(SOURCE) };
}

test("bans made in observe stay simulated when the mode becomes enforce; the next round bans for real", async () => {
  const { scene, ports, sweep, run, lines, ban } = aDeployment();
  await setMode(ports, desk, "observe");
  await run("run-1", [SOURCE]);
  await setMode(ports, desk, "enforce");
  await sweep();
  expect(lines()).toEqual([]);
  expect(ban()).toMatchObject({ status: "active", simulated: true, strikes: 0 });
  scene.pass(2 * MINUTE);
  await run("run-1", [SOURCE]);
  expect(lines()).toEqual([SOURCE, SOURCE]);
  // A first ban like any other: what was only simulated is no strike and makes nothing longer.
  expect(ban()).toMatchObject({ simulated: false, strikes: 1, expiresAt: toIso(NOON + HOUR + 2 * MINUTE) });
});

test("a simulated ban that nobody makes real ends at its time, and has blocked nobody", async () => {
  const { scene, ports, sweep, run, ban } = aDeployment();
  await setMode(ports, desk, "observe");
  await run("run-1", [SOURCE]);
  await setMode(ports, desk, "enforce");
  scene.pass(HOUR);
  expect(await sweep()).toMatchObject({ released: 1, extended: 0 });
  expect(ban()).toMatchObject({ status: "released", strikes: 0 });
  expect(scene.waf.writes()).toBe(0);
});

test.each<Mode>(["observe", "approve", "paused"])(
  "bans that stand stay when the mode becomes %s, and end in time",
  async (mode) => {
    const { scene, ports, sweep, run, lines, ban } = aDeployment();
    await run("run-1", [SOURCE]);
    await setMode(ports, desk, mode);
    scene.pass(30 * MINUTE);
    await run("run-2", [SOURCE, "198.51.100.9/32"]);
    await sweep();
    expect(lines()).toEqual([SOURCE, SOURCE]);
    expect(ban()).toMatchObject({ simulated: false, expiresAt: toIso(NOON + HOUR) });
    scene.pass(30 * MINUTE);
    expect((await sweep()).released).toBe(1);
    expect(lines()).toEqual([]);
  },
);

const source = fc.oneof(
  fc.nat(63).map((n) => `198.51.100.${n}/32`),
  fc.nat(7).map((n) => `2001:db8:0:${n}::/64`),
  fc.constantFrom("198.51.100.0/24", "198.51.100.0/28", "10.0.0.7/32"),
);
const sources = fc.uniqueArray(source, { maxLength: 5 });
const runId = fc.nat(3).map((n) => `run-${n}`);
const step = fc.oneof(
  fc.record({
    do: fc.constant("run" as const),
    runId,
    sources,
    origin: fc.constantFrom<Plan["origin"]>("auto", "approved"),
  }),
  fc.record({ do: fc.constant("undo" as const), runId }),
  fc.record({ do: fc.constant("release" as const), source }),
  fc.record({ do: fc.constant("add" as const), source }),
  fc.record({ do: fc.constant("knock" as const), source }),
  fc.record({ do: fc.constant("mode" as const), mode: fc.constantFrom(...modeSchema.options) }),
  fc.record({ do: fc.constant("allow" as const), list: fc.uniqueArray(source, { maxLength: 3 }) }),
  fc.record({ do: fc.constant("stranger" as const), sources }),
  fc.record({ do: fc.constant("pass" as const), minutes: fc.nat(90) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(one: Step, { scene, ports, run }: ReturnType<typeof aDeployment>): Promise<void> {
  const v4 = (text: string) => !text.includes(":");
  if (one.do === "run") return run(one.runId, one.sources, one.origin);
  if (one.do === "undo") return void (await undoRun(ports, desk, one.runId));
  if (one.do === "release") return void (await releaseBan(ports, desk, one.source));
  if (one.do === "mode") return setMode(ports, desk, one.mode);
  if (one.do === "pass") return scene.pass(one.minutes * MINUTE);
  if (one.do === "stranger")
    return scene.waf.edit("edge", "auto-v4-1", (lines) => [...new Set([...lines, ...one.sources.filter(v4)])]);
  if (one.do === "allow") {
    scene.waf.edit("edge", "allow-v4", () => one.list.filter(v4));
    return scene.waf.edit("edge", "allow-v6", () => one.list.filter((text) => !v4(text)));
  }
  if (one.do === "knock") {
    const held = scene.ledger.stored.bans.get(one.source) ?? null;
    const noted = noteKnock(held, { at: toIso(scene.now()), calls: 999 });
    if (noted !== "unchanged") scene.ledger.put(noted);
    return;
  }
  const request = { source: one.source, minutes: 60, reason: "seen", targets: ["edge", "pool"] as const };
  await addBan(ports, desk, request).catch((error) => {
    if (!(error instanceof RefusedError)) throw error;
  });
}

test("no sequence of operations and modes puts an allow-listed or never-block address, or a simulated ban, into a set", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
      const deployment = aDeployment();
      const { scene, sweep, lines, excluded } = deployment;
      for (const one of steps) {
        await take(one, deployment);
        await sweep();
        const { all } = await excluded();
        const banned = [...scene.ledger.stored.bans.values()].filter((ban) => isProjected(ban, "edge", scene.now()));
        const real = mergeCidrs(banned.flatMap((ban) => parseCidr(ban.source) ?? [])).map(formatCidr);
        for (const line of lines()) {
          const cidr = parseCidr(line);
          if (!cidr) throw new Error(`${line} is in a set`);
          expect({ line, excluded: overlapping(all, cidr) }).toEqual({ line, excluded: [] });
        }
        for (const line of scene.waf.all("edge")) expect(real.some((ban) => holds(ban, line))).toBe(true);
      }
    }),
    { numRuns: 250 },
  );
});

function holds(outer: string, inner: string): boolean {
  const [a, b] = [parseCidr(outer), parseCidr(inner)];
  return a !== null && b !== null && contains(a, b);
}

test.each<Mode>(["observe", "approve", "paused"])(
  "in mode %s no run adds a line to any set by itself",
  async (mode) => {
    const auto = fc.record({ runId, sources, minutes: fc.nat(90) });
    await fc.assert(
      fc.asyncProperty(sources, fc.array(auto, { maxLength: 8 }), async (before, steps) => {
        const { scene, ports, sweep, run, lines } = aDeployment();
        await run("run-0", before);
        await setMode(ports, desk, mode);
        for (const { runId: id, sources: more, minutes } of steps) {
          const had = lines();
          scene.pass(minutes * MINUTE);
          await run(id, more);
          await sweep();
          for (const line of lines()) expect(had.some((known) => holds(known, line))).toBe(true);
        }
        scene.pass(DAY);
        await sweep();
        expect(lines()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  },
);
