/** What happens to proposals in the model: rounds file, people decide by page and command line, silence decides, all at once. */
import { applyPlan } from "../../functions/block/apply.ts";
import { answerPage } from "../../functions/block/approval.ts";
import { linkQuery } from "../../functions/block/approval-link.ts";
import { ask, timeOut } from "../../functions/block/ask.ts";
import { declinedSources, fileProposal } from "../../functions/block/file-proposal.ts";
import { decideProposal } from "../../functions/block/operator.ts";
import { tendProposals } from "../../functions/block/tend-proposals.ts";
import { HOUR, toIso } from "../../functions/domain/instant.ts";
import type { Plan } from "../../functions/domain/plan.ts";
import { approvalFields, type OnTimeout } from "../../functions/domain/proposal.ts";
import { type Answer, askRequestSchema } from "../../functions/domain/run.ts";
import { aFiledBan, aPlan, aRun, exclusions } from "./builders.ts";
import { KEY } from "./desk.ts";
import { type Filed, type Model, policy, type Step, type World } from "./ledger-model.ts";

const CATEGORY = "UserAuthentication";

/** A round files what it found, but for whom a person has just said no to. */
export function files(found: readonly Filed[]): Step {
  return async (model, world) => {
    const { now, ports } = of(world);
    expect([...(await declinedSources(ports, CATEGORY, now))].sort()).toEqual(model.declined(now));
    const filed = found.filter(({ source }) => !model.declined(now).includes(source));
    const runId = await file(world, filed);
    model.file(filed, runId, now);
    await machine(world);
  };
}

async function file(world: World, filed: readonly Filed[]): Promise<string> {
  const { now, ports } = of(world);
  world.runs += 1;
  const run = aRun({ runId: `run-${world.runs}` });
  const plan = aPlan({ run, at: toIso(now), apply: [], file: filed.map((entry) => aFiledBan(entry)) });
  await fileProposal(ports, plan, `proposal-number-${world.runs}`, now);
  return run.runId;
}

type Way = "page" | "cli";

/** Which of the entries are ticked: those whose place is set in `ticks`. None of them is a rejection. */
export function decides(way: Way, ticks: number): Step {
  return async (model, world) => {
    const approved = ticked(model, ticks);
    if (await decide(world, way, approved)) model.decide(approved, world.scene.now());
    await machine(world);
  };
}

/** Of two clicks at the same time, by whatever way, one decides; the other is told that it is decided. */
export function decideAtOnce(clicks: readonly { readonly way: Way; readonly ticks: number }[]): Step {
  return async (model, world) => {
    const wasOpen = model.proposal?.status === "open";
    const ends = await Promise.all(clicks.map(({ way, ticks }) => decide(world, way, ticked(model, ticks))));
    expect(ends.filter(Boolean)).toHaveLength(wasOpen ? 1 : 0);
    const winner = clicks[ends.findIndex(Boolean)];
    if (winner) model.decide(ticked(model, winner.ticks), world.scene.now());
    await machine(world);
  };
}

/** A round files while a person decides: whoever is second finds it done, or changed. */
export function filesWhileDecided(found: readonly Filed[], ticks: number): Step {
  return async (model, world) => {
    const { now, ports } = of(world);
    const filed = found.filter(({ source }) => !model.declined(now).includes(source));
    const before = await ports.proposals.latest(CATEGORY);
    const approved = ticked(model, ticks);
    const [runId, decided] = await Promise.all([file(world, filed), decide(world, "page", approved)]);
    const isSecond = decided === before && (await ports.proposals.latest(CATEGORY)) !== before;
    if (decided && isSecond) model.decide(approved, now);
    model.file(filed, runId, now);
    if (decided && !isSecond) model.decide(approved, now);
    await machine(world);
  };
}

/** What the sweep does after the IP sets. */
export const tends: Step = async (model, world) => {
  await tend(world);
  model.tend(world.scene.now());
  await machine(world);
};

/** The sweep closes what bans have overtaken while a person decides: one of them does. */
export function tendsWhileDecided(ticks: number): Step {
  return async (model, world) => {
    const approved = ticked(model, ticks);
    const [, decided] = await Promise.all([tend(world), decide(world, "page", approved)]);
    if (decided) model.decide(approved, world.scene.now());
    else model.tend(world.scene.now());
    expect(model.proposal?.status).not.toBe("open");
    await machine(world);
  };
}

async function tend(world: World): Promise<void> {
  const { now, ports } = of(world);
  const mode = (await ports.control.mode()) ?? "enforce";
  await tendProposals(ports, { now, mode, approvalMinutes: 60 });
}

/** A click on what a later version has changed, or on nothing that was ever shown. */
export const clicksOnOldPage: Step = async (_, world) => {
  expect(await decide(world, "page", [], "hash-of-an-old-page")).toBeNull();
  await machine(world);
};

export function timesOut(onTimeout: OnTimeout): Step {
  return async (model, world) => {
    const { now, ports } = of(world);
    const { proposal } = model;
    const id = await ports.proposals.latest(CATEGORY);
    if (!proposal || id === null) return;
    const wasOpen = proposal.status === "open";
    const stage = world.desk.stage({ now, onTimeout, nonce: `n${now}` });
    const answer = await timeOut(ports, { proposalId: id, version: proposal.version }, stage);
    const certain = [...proposal.entries.values()].filter(({ handsOff }) => handsOff).map(({ source }) => source);
    if (wasOpen) model.decide(onTimeout === "discard" ? [] : certain, now, "expired");
    await apply(world, answer);
    await machine(world);
  };
}

function of({ scene, desk }: World) {
  return { now: scene.now(), ports: desk.ports };
}

function ticked({ proposal }: Model, ticks: number): string[] {
  return [...(proposal?.entries.keys() ?? [])].sort().filter((_, place) => (ticks >> place) % 2 === 1);
}

let clicks = 0;

/** Two that decide in the same instant have documents of their own by the nonce. */
interface Click {
  readonly id: string;
  readonly approved: readonly string[];
  readonly nonce: string;
}

/** The proposal that this click decided, null if it decided none. */
async function decide(world: World, way: Way, approved: readonly string[], oldHash?: string): Promise<string | null> {
  const id = await world.desk.ports.proposals.latest(CATEGORY);
  if (id === null) return null;
  clicks += 1;
  const click = { id, approved, nonce: `n${clicks}` };
  const decided = way === "cli" ? decideByCommand(world, click) : decideByPage(world, click, oldHash);
  return (await decided) ? id : null;
}

async function decideByCommand(world: World, { id, approved, nonce }: Click): Promise<boolean> {
  const { ports } = of(world);
  const { entriesKey } = await world.desk.get(id);
  const { entries } = JSON.parse(world.desk.documents.get(entriesKey) ?? "{}");
  const all: string[] = entries.map(({ source }: Filed) => source);
  const except = all.filter((source) => !approved.includes(source));
  const request = { id, approve: approved.length > 0, except, comment: "", nonce };
  const { end } = await decideProposal(ports, "cli:ada", approved.length > 0 ? request : { ...request, except: [] });
  expect(["decided-now", "decided-before", "changed"]).toContain(end);
  return end === "decided-now";
}

async function decideByPage(world: World, { id, approved, nonce }: Click, oldHash?: string): Promise<boolean> {
  const { now, ports } = of(world);
  const form = new URLSearchParams({ [approvalFields.decision]: approved.length > 0 ? "approve" : "reject" });
  form.set(approvalFields.hash, oldHash ?? (await world.desk.get(id)).hash);
  for (const source of approved) form.append(approvalFields.source, source);
  const request = {
    ...{ method: "POST", query: linkQuery({ id, expiresAt: now + HOUR }, KEY), body: form.toString() },
    ...{ contentType: "application/x-www-form-urlencoded", fetchSite: "same-origin" },
  };
  const scene = { key: KEY, now, nonce, approvalMinutes: 60, onTimeout: "discard" as const };
  const { state } = (await answerPage(ports, request, scene)).page;
  // What was ticked on the proposal before this one is no answer to it.
  expect(["decided", "decided-before", "changed", "malformed"]).toContain(state);
  return state === "decided";
}

/** The machine `approve`: asks for each execution that was started, and applies what it is answered. */
async function machine(world: World): Promise<void> {
  const { desk } = world;
  const { ports, started, answered, asked } = desk;
  for (const { name, input } of started.filter((one) => !asked.includes(one.name))) {
    asked.push(name);
    const request = askRequestSchema.parse({ ...Object(input), step: "ask", taskToken: name });
    if (request.step !== "timedOut") await ask(ports, request, desk.stage());
  }
  for (const { output } of answered) await apply(world, output as Answer);
}

/** Again and again, as retries would. */
async function apply({ scene, desk }: World, { decision, planKey }: Answer): Promise<void> {
  if (decision !== "approved") return;
  const plan: Plan = JSON.parse(desk.documents.get(planKey) ?? "null");
  const stage = { mode: (await scene.ports.control.mode()) ?? "enforce", policy, exclusions: exclusions() };
  const { bans } = await applyPlan(scene.ports, plan, { ...stage, now: scene.now() });
  await scene.reconcile(bans);
}
