/** What happens in a soak and when, drawn from a seed before it begins: people, attacks by threes that overlap, and what goes wrong. */
import { DAY, HOUR, type Instant, MINUTE, SECOND, type Window } from "../../functions/domain/instant.ts";
import { createRandom, type Random } from "../../local/demo/random.ts";
import type { Actor, OffenceKind, Stage } from "../traffic/actor.ts";
import { drawAddresses } from "../traffic/addresses.ts";
import { drawCrowd } from "../traffic/crowd.ts";
import type { Call } from "../traffic/log-records.ts";
import { botnet, loneKinds, loneOffender, range } from "../traffic/offenders.ts";

export const disturbanceKinds = [
  "release",
  "redeployment",
  "lost-logs",
  "waf-outage",
  "clock-leap",
  "manual-edit",
  "wrong-secret",
  "trigger-throws",
  "wrong-client",
] as const;
export type DisturbanceKind = (typeof disturbanceKinds)[number];

export interface Disturbance {
  readonly kind: DisturbanceKind;
  readonly window: Window;
}

export interface Attack {
  readonly name: string;
  readonly kind: OffenceKind;
  readonly actor: Actor;
}

export interface Draft {
  readonly span: Window;
  readonly people: readonly Actor[];
  /** After each release: everybody opens the app, and has to sign in. */
  readonly waves: readonly Call[];
  readonly attacks: readonly Attack[];
  readonly disturbances: readonly Disturbance[];
  /** Free for what else is drawn while it runs. */
  readonly random: Random;
}

const SLOT = 2 * HOUR;
const LOUD = 45 * MINUTE;
const QUIET = 3 * HOUR;
const WAVE = 20 * MINUTE;
const TOGETHER = 3;
/** A bot in an office is a benchmark of its own: who is behind an address takes days to be known. */
const lonely = loneKinds.filter((kind) => kind !== "office-bot");

/** What has a slot of two hours to itself; three attacks share each of three others. */
const alone: readonly DisturbanceKind[] = ["wrong-secret", "trigger-throws", "wrong-client", "lost-logs", "release"];
const lengths: Readonly<Record<DisturbanceKind, number>> = {
  release: WAVE,
  redeployment: 0,
  "lost-logs": HOUR,
  "waf-outage": 45 * SECOND,
  "clock-leap": 0,
  "manual-edit": 0,
  "wrong-secret": 12 * MINUTE,
  "trigger-throws": 20 * MINUTE,
  "wrong-client": 20 * MINUTE,
};

export function drawDraft(seed: number, from: Instant, days: number, users: number): Draft {
  const random = createRandom(seed);
  const span = { from, to: from + days * DAY };
  const stage = { span, random: random.fork(), addresses: drawAddresses(random.fork()) };
  const people = drawCrowd(stage, users);
  const drawn = Array.from({ length: Math.ceil(days) }, (_, day) => drawDay(stage, random.fork(), from + day * DAY));
  const inSpan = ({ from: begin }: Window) => begin < span.to - HOUR;
  const disturbances = drawn.flatMap((day) => day.disturbances).filter(({ window }) => inSpan(window));
  const releases = disturbances.filter(({ kind }) => kind === "release");
  return {
    ...{ span, people, disturbances, random },
    waves: releases.flatMap(({ window }) => waveOf(people, window, random.fork())),
    attacks: drawn.flatMap(({ attacks }) => attacks).filter(({ actor }) => inSpan(windowOf(actor))),
  };
}

export function windowOf({ offences }: Actor): Window {
  return { from: offences[0]?.at ?? Number.POSITIVE_INFINITY, to: offences.at(-1)?.at ?? 0 };
}

/** Every user whom the draft knows, once, from where they called last. */
function waveOf(people: readonly Actor[], window: Window, random: Random): Call[] {
  const calls = people
    .filter(({ kind }) => crowds.has(kind))
    .flatMap((actor) => actor.calls.filter(({ error }) => error === null));
  const lastOf = new Map(calls.map((call) => [call.user, call]));
  return [...lastOf.values()].map(({ ip, path, user }) => {
    return { ip, path, user, operation: "GetUser", error: null, at: window.from + random.int(0, WAVE) };
  });
}

const crowds: ReadonlySet<string> = new Set(["home", "office", "carrier-nat"]);

/** Every kind of attack once a day, and everything that goes wrong. */
function drawDay(stage: Stage, random: Random, midnight: Instant): Pick<Draft, "attacks" | "disturbances"> {
  const slots = random.shuffle(Array.from({ length: DAY / SLOT }, (_, index) => midnight + index * SLOT));
  const take = () => slots.pop() ?? midnight;
  const own = alone.map((kind) => disturbanceAt(kind, take() + random.int(0, 60) * MINUTE));
  const loud = Array.from({ length: Math.ceil(lonely.length / TOGETHER) }, take);
  const turn = random.int(0, 2);
  const lone = random.shuffle(lonely).map((kind, index) => {
    const begin = (loud[Math.floor(index / TOGETHER)] ?? midnight) + random.int(0, 15) * MINUTE;
    return loneAttack(stage, random, kind, { from: begin, to: begin + LOUD }, turn + index);
  });
  const amid = (kind: DisturbanceKind, slot: Instant = midnight) =>
    disturbanceAt(kind, slot + random.int(5, 15) * MINUTE);
  const [range, botnet] = [take(), take()];
  return {
    attacks: [
      ...lone,
      groupAttack(stage, random, "distributed-range", range),
      groupAttack(stage, random, "distributed-fingerprint", botnet),
    ],
    disturbances: [
      ...own,
      // In the midst of attacks: what matters is that blocking goes on afterwards.
      amid("waf-outage", loud[0]),
      amid("redeployment", loud[1]),
      amid("manual-edit", loud[2]),
      amid("clock-leap", range),
      amid("redeployment", botnet),
    ],
  };
}

function disturbanceAt(kind: DisturbanceKind, begin: Instant): Disturbance {
  return { kind, window: { from: begin, to: begin + lengths[kind] } };
}

/** The three loudest rates by turns. */
function loneAttack(stage: Stage, random: Random, kind: (typeof loneKinds)[number], span: Window, nth: number): Attack {
  const name = `${kind}-${span.from}`;
  const rate = nth % (kind === "flood" ? 2 : 3);
  return { name, kind, actor: loneOffender({ ...stage, random: random.fork(), span }, kind, name, rate) };
}

/** So quiet, each of them, that only the range or the tool can be told. */
function groupAttack(
  stage: Stage,
  random: Random,
  kind: "distributed-range" | "distributed-fingerprint",
  begin: Instant,
): Attack {
  const inside = { ...stage, random: random.fork(), span: { from: begin, to: begin + QUIET } };
  const name = `${kind}-${begin}`;
  return { name, kind, actor: (kind === "distributed-range" ? range : botnet)(inside, name) };
}
