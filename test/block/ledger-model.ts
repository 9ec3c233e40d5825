/** Whom the ledger and both doors must hold, in a few lines, and the commands that are held against it. */
import type fc from "fast-check";

import { isInForce } from "../../functions/block/ledger.ts";
import type { Claim, Target } from "../../functions/domain/ban.ts";
import { DAY, HOUR, MINUTE } from "../../functions/domain/instant.ts";
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
  status: "open" | "approved" | "rejected" | "expired" | "overtaken";
  updatedAt: number;
  /** Of the decision. */
  at: number;
  byPerson: boolean;
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
    if (!proposal?.byPerson || now - proposal.at > 4 * HOUR) return [];
    return [...proposal.entries.keys()].filter((source) => !proposal.approved.has(source)).sort();
  }
  file(filed: readonly Filed[], runId: string, now: number): void {
    if (filed.length === 0) return;
    const open = this.proposal?.status === "open" ? this.proposal : null;
    const entries = new Map(open?.entries);
    const news = filed.filter(({ source, score }) => score >= (entries.get(source)?.score ?? -10) + 10);
    if (news.length === 0) return;
    for (const entry of news) entries.set(entry.source, entry);
    const version = (open?.version ?? 0) + 1;
    this.proposal = {
      ...{ version, runId, entries, updatedAt: now },
      ...{ status: "open", at: 0, byPerson: false, approved: new Set() },
    };
  }
  /** The sweep closes what bans have overtaken, and what is left of a silent hour is decided by the time-out. */
  tend(now: number): void {
    const { proposal } = this;
    if (proposal?.status !== "open") return;
    const isHeld = (source: string) => {
      const { over, targets } = this.of(source);
      return !over && bothDoors.every((target) => targets.has(target));
    };
    if ([...proposal.entries.keys()].every(isHeld)) proposal.status = "overtaken";
    else if (now >= proposal.updatedAt + 65 * MINUTE) this.decide([], now, "expired");
  }
  /** A person's decision or, with `expired`, that of silence. */
  decide(approved: readonly string[], now: number, otherwise: "rejected" | "expired" = "rejected"): void {
    const { proposal } = this;
    if (!proposal) throw new Error("there is nothing to decide");
    Object.assign(proposal, {
      status: approved.length > 0 ? "approved" : otherwise,
      at: now,
      byPerson: otherwise === "rejected",
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
  // Whoever is started in place of an execution has its token; that one, if it lives, asks again when its time is over.
  const isReplaced = (token: string) => asked.some((later) => later.startsWith(`${token}-`));
  const isAnswered = (token: string) => answered.some((one) => one.token === token);
  const waiting = asked.filter((one) => one.startsWith(stored.id) && !isAnswered(one) && !isReplaced(one));
  expect(waiting).toEqual([]);
}
