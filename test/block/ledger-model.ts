/** Whom the ledger and both doors must hold, in a few lines, and the commands that are held against it. */
import type fc from "fast-check";

import { isInForce } from "../../functions/block/ledger.ts";
import type { Claim, Target } from "../../functions/domain/ban.ts";
import { DAY, HOUR } from "../../functions/domain/instant.ts";
import { policySchema } from "../../functions/domain/policy.ts";
import { loneSource } from "./builders.ts";
import type { Desk } from "./desk.ts";
import type { Scene } from "./scene.ts";

export const policy = policySchema.parse({ ban: { jitter: 0, escalationFactor: 1 } });
export const sources = [0, 1, 2, 3].map(loneSource);
export const bothDoors: readonly Target[] = ["edge", "pool"];

interface Held {
  /** Claims of the present or latest episode: key → end, and whether it was for what the source did. */
  claims: Map<string, { until: number; punitive: boolean }>;
  targets: Set<Target>;
  over: boolean;
  strikes: number;
  noRebanBefore: number;
}

export interface Filed {
  readonly source: string;
  readonly score: number;
  readonly handsOff: boolean;
}
interface Proposed {
  version: number;
  runId: string;
  entries: Map<string, Filed>;
  status: "open" | "approved" | "rejected" | "expired";
  /** Of the decision. */
  at: number;
  approved: ReadonlySet<string>;
}

export interface World {
  readonly scene: Scene;
  readonly desk: Desk;
  /** Turns of the event loop between two calls of whoever runs at the same time. */
  turns: readonly number[];
  runs: number;
}

export class Model {
  readonly held = new Map<string, Held>();
  paused = false;
  proposal: Proposed | null = null;

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
  claim(
    source: string,
    key: string,
    { until, targets, origin }: { until: number; targets: readonly Target[]; origin: Claim["origin"] },
  ): void {
    const held = this.of(source);
    if (held.over) Object.assign(held, { claims: new Map(), targets: new Set(), over: false });
    const struck = [...held.claims.values()].some((claim) => claim.punitive);
    const punitive = origin !== "manual";
    if (punitive && !struck) held.strikes += 1;
    if (origin !== "auto") held.noRebanBefore = 0;
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

  /** Whom a person said no to within four hours. */
  declined(now: number): string[] {
    const { proposal } = this;
    if (!proposal || ["open", "expired"].includes(proposal.status) || now - proposal.at > 4 * HOUR) return [];
    return [...proposal.entries.keys()].filter((source) => !proposal.approved.has(source)).sort();
  }
  file(filed: readonly Filed[], runId: string): void {
    if (filed.length === 0) return;
    const open = this.proposal?.status === "open" ? this.proposal : null;
    const entries = new Map(open?.entries);
    const news = filed.filter(({ source, score }) => score >= (entries.get(source)?.score ?? -10) + 10);
    if (news.length === 0) return;
    for (const entry of news) entries.set(entry.source, entry);
    const version = (open?.version ?? 0) + 1;
    this.proposal = { version, runId, entries, status: "open", at: 0, approved: new Set() };
  }
  /** A person's decision or, with `expired`, that of silence. */
  decide(approved: readonly string[], now: number, otherwise: "rejected" | "expired" = "rejected"): void {
    const { proposal } = this;
    if (!proposal) throw new Error("there is nothing to decide");
    Object.assign(proposal, {
      status: approved.length > 0 ? "approved" : otherwise,
      at: now,
      approved: new Set(approved),
    });
    for (const source of approved)
      this.claim(source, proposal.runId, { until: now + 4 * HOUR, targets: bothDoors, origin: "approved" });
  }
}

export type Step = (model: Model, world: World) => Promise<void>;

/** A command: the step, alone or while a sweep and a reconcile are under way; then all must be as the model says. */
export class Command implements fc.AsyncCommand<Model, World> {
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
    // Who does something after somebody else does it at a later instant.
    scene.pass(1);
    model.pass(scene.now());
    world.turns = this.turns ?? [];
    const others = this.turns ? [scene.sweep(), scene.reconcile()] : [];
    await Promise.all([this.step(model, world), ...others]);
    world.turns = [];
    await scene.sweep();
    model.pass(scene.now());
    expectAsModelled(model, scene);
    await expectProposed(model, world.desk);
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

/** The latest proposal is the model's, and nobody waits for an answer that was given. */
async function expectProposed({ proposal }: Model, { ports, documents, answered, asked }: Desk): Promise<void> {
  const id = await ports.proposals.latest("UserAuthentication");
  const stored = id ? ((await ports.proposals.get(id))?.proposal ?? null) : null;
  const seen = stored && { version: stored.version, status: stored.status, approved: stored.decision?.approved ?? 0 };
  const wanted = proposal && { version: proposal.version, status: proposal.status, approved: proposal.approved.size };
  expect(seen).toEqual(wanted);
  if (!stored || !proposal) return;
  const { entries } = JSON.parse(documents.get(stored.entriesKey) ?? "{}");
  expect(entries.map(({ source }: { source: string }) => source).sort()).toEqual([...proposal.entries.keys()].sort());
  if (stored.status === "open") return;
  const waiting = asked.filter((token) => token.startsWith(stored.id) && !answered.some((one) => one.token === token));
  expect(waiting).toEqual([]);
}
