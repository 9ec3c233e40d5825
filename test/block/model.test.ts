/**
 * Ledger, reconcile, sweep, approval and people against a small model: whatever they do in whatever order, often with a sweep
 * and a reconcile running at the same time, the ledger and both doors hold exactly whom the model holds.
 */
import fc from "fast-check";

import { applyPlan } from "../../functions/block/apply.ts";
import { addBan, type OperatorScene, releaseBan, setMode, undoRun } from "../../functions/block/operator.ts";
import type { Claim } from "../../functions/domain/ban.ts";
import { MINUTE, toIso } from "../../functions/domain/instant.ts";
import {
  clicksOnOldPage,
  decideAtOnce,
  decides,
  files,
  filesWhileDecided,
  tends,
  tendsWhileDecided,
  timesOut,
} from "./approval-steps.ts";
import { aPlan, aPlannedBan, aRun, exclusions, sets } from "./builders.ts";
import { aDesk } from "./desk.ts";
import { bothDoors, Command, Model, policy, type Step, sources, type World } from "./ledger-model.ts";
import { aScene } from "./scene.ts";

const desk: OperatorScene = { sets, egress: [], policy, initialMode: "enforce", by: "ada" };

function bans(chosen: readonly string[]): Step {
  return async (model, world) => {
    const { scene } = world;
    const now = scene.now();
    world.runs += 1;
    const runId = `run-${world.runs}`;
    const plan = aPlan({
      run: aRun({ runId }),
      at: toIso(now),
      apply: chosen.map((source) => aPlannedBan({ source })),
    });
    const mode = (await scene.ports.control.mode()) ?? "enforce";
    const applied = await applyPlan(scene.ports, plan, { mode, policy, exclusions: exclusions(), now });
    await scene.reconcile(applied.bans);
    if (model.paused) return;
    for (const source of chosen)
      if (model.of(source).noRebanBefore <= now)
        model.claim(source, runId, { until: now + 60 * MINUTE, targets: bothDoors, origin: "auto" });
  };
}

function undoes(back: number): Step {
  return async (model, world) => {
    if (world.runs === 0) return;
    const runId = `run-${Math.max(1, world.runs - back)}`;
    const now = world.scene.now();
    await undoRun(world.scene.ports, desk, runId);
    for (const source of sources) if (model.of(source).claims.has(runId)) model.drop(source, [runId], now);
  };
}

function adds(source: string, minutes: number): Step {
  return async (model, { scene }) => {
    const now = scene.now();
    await addBan(scene.ports, desk, { source, minutes, reason: "by hand", targets: bothDoors });
    model.claim(source, "manual:ada", { until: now + minutes * MINUTE, targets: bothDoors, origin: "manual" });
  };
}

function releases(source: string): Step {
  return async (model, { scene }) => {
    const now = scene.now();
    await releaseBan(scene.ports, desk, source);
    model.release(source, now);
  };
}

/**
 * In WAF's console: a line that is there is taken out, one that is not is put in. While it is open whether a write of
 * reconciles that met still arrives, what was taken out is put back (ADR 6), so people come some minutes after those.
 */
function edits(source: string): Step {
  return async (model, { scene }) => {
    scene.pass(6 * MINUTE);
    model.pass(scene.now());
    await scene.sweep();
    const isThere = scene.waf.all("edge").includes(source);
    const name = ["auto-v4-1", "auto-v4-2", "auto-v4-3"].find((set) => scene.waf.lines("edge", set).includes(source));
    const without = (lines: string[]) => lines.filter((line) => line !== source);
    scene.waf.edit("edge", name ?? "auto-v4-1", isThere ? without : (lines) => [...lines, source]);
    await scene.reconcile();
    if (isThere) return model.release(source, scene.now());
    const claim: Claim | undefined = scene.ledger.stored.bans.get(source)?.claims["manual:waf-console"];
    const until = Date.parse(claim?.until ?? "");
    model.claim(source, "manual:waf-console", { until, targets: ["edge"], origin: "manual" });
  };
}

function waits(minutes: number): Step {
  return async (model, { scene }) => {
    scene.pass(minutes * MINUTE);
    model.pass(scene.now());
  };
}

const switches: Step = async (model, { scene }) => {
  model.paused = !model.paused;
  await setMode(scene.ports, desk, model.paused ? "paused" : "enforce");
};

const turns = fc.option(fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }), { nil: null });
const source = fc.constantFrom(...sources);
const some = fc.subarray(sources, { minLength: 1 });
const command = (name: string, step: fc.Arbitrary<Step>, at: fc.Arbitrary<readonly number[] | null> = turns) =>
  fc.tuple(step, at).map(([work, when]) => new Command(name, work, when));
const way = fc.constantFrom("page" as const, "cli" as const);
const ticks = fc.nat(15);
const found = fc.uniqueArray(fc.record({ source, score: fc.constantFrom(70, 75, 85, 95), handsOff: fc.boolean() }), {
  ...{ minLength: 1, maxLength: 4 },
  selector: (entry) => entry.source,
});
const commands = [
  command("a run bans", some.map(bans)),
  command("a run bans", some.map(bans)),
  command("undo", fc.nat(3).map(undoes)),
  command(
    "a person bans",
    fc.tuple(source, fc.integer({ min: 1, max: 300 })).map(([one, minutes]) => adds(one, minutes)),
  ),
  command("a person releases", source.map(releases)),
  command("the console", source.map(edits), fc.constant(null)),
  command("time", fc.constantFrom(1, 29, 60, 61, 239, 1_500).map(waits), fc.constant(null)),
  command("the mode", fc.constant(switches)),
  command("a round files", found.map(files)),
  command("a round files", found.map(files)),
  command(
    "a person decides",
    fc.tuple(way, ticks).map(([by, which]) => decides(by, which)),
  ),
  command(
    "people decide at once",
    fc.array(fc.record({ way, ticks }), { minLength: 2, maxLength: 3 }).map(decideAtOnce),
  ),
  command(
    "a round files while a person decides",
    fc.tuple(found, ticks).map(([some, which]) => filesWhileDecided(some, which)),
  ),
  command("the sweep tends", fc.constant(tends)),
  command("the sweep tends while a person decides", ticks.map(tendsWhileDecided)),
  command("a click on an old page", fc.constant(clicksOnOldPage)),
  command("silence", fc.constantFrom("discard" as const, "banHighConfidence" as const).map(timesOut)),
];

test("whatever runs and people do, ledger and doors hold whom the model holds", async () => {
  const [numRuns, seed] = [2_000, Date.now() % 2 ** 31];
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { size: "small", maxCommands: 14 }), async (sequence) => {
      const world: World = { scene: undefined as never, desk: undefined as never, turns: [], runs: 0 };
      let call = 0;
      const fault = async () => {
        call += 1;
        for (let turn = world.turns[call % (world.turns.length || 1)] ?? 0; turn > 0; turn -= 1)
          await new Promise((resolve) => setImmediate(resolve));
      };
      const scene = aScene({ fault });
      Object.assign(world, { scene, desk: aDesk(scene) });
      steps += [...sequence].length;
      await fc.asyncModelRun(() => ({ model: new Model(), real: world }), sequence);
    }),
    { numRuns, seed },
  );
  process.stdout.write(`model: ${numRuns} sequences, ${steps} steps, seed ${seed}\n`);
}, 600_000);
