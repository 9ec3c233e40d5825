/**
 * Ledger, reconcile, sweep and people against a small model: whatever they do in whatever order, often with a sweep
 * and a reconcile running at the same time, the ledger and both doors hold exactly whom the model holds.
 */
import fc from "fast-check";

import { applyPlan } from "../../functions/block/apply.ts";
import { isInForce } from "../../functions/block/ledger.ts";
import { addBan, type OperatorScene, releaseBan, setMode, undoRun } from "../../functions/block/operator.ts";
import type { Claim, Target } from "../../functions/domain/ban.ts";
import { DAY, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { policySchema } from "../../functions/domain/policy.ts";
import { aPlan, aPlannedBan, aRun, exclusions, loneSource, sets } from "./builders.ts";
import { aScene, type Scene } from "./scene.ts";

const policy = policySchema.parse({ ban: { jitter: 0, escalationFactor: 1 } });
const desk: OperatorScene = { sets, egress: [], policy, initialMode: "enforce", by: "ada" };
const sources = [0, 1, 2, 3].map(loneSource);
const bothDoors: readonly Target[] = ["edge", "pool"];

interface Held {
  /** Claims of the present or latest episode: key → end, and whether it was for what the source did. */
  claims: Map<string, { until: number; punitive: boolean }>;
  targets: Set<Target>;
  over: boolean;
  strikes: number;
  noRebanBefore: number;
}
interface World {
  readonly scene: Scene;
  /** Turns of the event loop between two calls of whoever runs at the same time. */
  turns: readonly number[];
  runs: number;
}
class Model {
  readonly held = new Map<string, Held>();
  paused = false;

  of(source: string): Held {
    const known = this.held.get(source);
    if (known) return known;
    const made = { claims: new Map(), targets: new Set<Target>(), over: true, strikes: 0, noRebanBefore: 0 };
    this.held.set(source, made);
    return made;
  }
  pass(now: number): void {
    for (const held of this.held.values()) held.over ||= ![...held.claims.values()].some(({ until }) => until > now);
  }
  claim(source: string, key: string, until: number, targets: readonly Target[], punitive: boolean): void {
    const held = this.of(source);
    if (held.over) Object.assign(held, { claims: new Map(), targets: new Set(), over: false });
    const struck = [...held.claims.values()].some((claim) => claim.punitive);
    if (punitive && !struck) held.strikes += 1;
    if (!punitive) held.noRebanBefore = 0;
    held.claims.set(key, { until, punitive });
    for (const target of targets) held.targets.add(target);
  }
  drop(source: string, keys: readonly string[], now: number): void {
    const held = this.of(source);
    const struck = () => [...held.claims.values()].some((claim) => claim.punitive);
    const before = struck();
    for (const key of keys) held.claims.delete(key);
    if (before && !struck()) held.strikes -= 1;
    this.pass(now);
  }
  release(source: string, now: number): void {
    const held = this.of(source);
    if (held.over) return;
    this.drop(source, [...held.claims.keys()], now);
    held.noRebanBefore = now + DAY;
  }
}

type Step = (model: Model, world: World) => Promise<void>;

/** A command: the step, alone or while a sweep and a reconcile are under way; then all must be as the model says. */
class Command implements fc.AsyncCommand<Model, World> {
  readonly name: string;
  readonly step: Step;
  readonly turns: readonly number[] | null;
  constructor(name: string, step: Step, turns: readonly number[] | null) {
    this.name = name;
    this.step = step;
    this.turns = turns;
  }
  check = () => true;
  async run(model: Model, world: World): Promise<void> {
    const { scene } = world;
    model.pass(scene.now());
    world.turns = this.turns ?? [];
    const others = this.turns ? [scene.sweep(), scene.reconcile()] : [];
    await Promise.all([this.step(model, world), ...others]);
    world.turns = [];
    await scene.sweep();
    model.pass(scene.now());
    expectAsModelled(model, scene);
  }
  toString = () => `${this.name}${this.turns ? " at once with a sweep" : ""}`;
}

function expectAsModelled(model: Model, scene: Scene): void {
  for (const source of sources) {
    const held = model.of(source);
    const ban = scene.ledger.stored.bans.get(source);
    const seen = ban && { over: !isInForce(ban, scene.now()), strikes: ban.strikes };
    expect({ source, ...(seen ?? { over: true, strikes: 0 }) }).toEqual({
      source,
      over: held.over,
      strikes: held.strikes,
    });
  }
  for (const target of bothDoors) {
    const wanted = sources.filter((source) => !model.of(source).over && model.of(source).targets.has(target));
    expect(scene.waf.all(target).sort()).toEqual(wanted.sort());
  }
  expect(scene.told.filter(({ event }) => event === "set.damaged")).toEqual([]);
}

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
      if (model.of(source).noRebanBefore <= now) model.claim(source, runId, now + 60 * MINUTE, bothDoors, true);
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
    model.claim(source, "manual:ada", now + minutes * MINUTE, bothDoors, false);
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
    model.claim(source, "manual:waf-console", Date.parse(claim?.until ?? ""), ["edge"], false);
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
];

test("whatever runs and people do, ledger and doors hold whom the model holds", async () => {
  const numRuns = 2_000;
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { size: "small", maxCommands: 14 }), async (sequence) => {
      const world: World = { scene: undefined as never, turns: [], runs: 0 };
      let call = 0;
      const fault = async () => {
        call += 1;
        for (let turn = world.turns[call % (world.turns.length || 1)] ?? 0; turn > 0; turn -= 1)
          await new Promise((resolve) => setImmediate(resolve));
      };
      Object.assign(world, { scene: aScene({ fault }) });
      steps += [...sequence].length;
      await fc.asyncModelRun(() => ({ model: new Model(), real: world }), sequence);
    }),
    { numRuns },
  );
  process.stdout.write(`model: ${numRuns} sequences, ${steps} steps\n`);
}, 300_000);
