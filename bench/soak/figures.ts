/** What a soak came to, in figures that rules are held against (rules.ts) and people read (report.ts). */
import { type Cidr, contains, parseCidr } from "../../functions/domain/cidr.ts";
import { DAY, HOUR, type Instant, MINUTE, type Window } from "../../functions/domain/instant.ts";
import { sourceOf } from "../../functions/domain/source.ts";
import { type Attack, type Disturbance, type Draft, windowOf } from "./draft.ts";
import type { HealthAlarm, Inbox } from "./inbox.ts";
import type { Decisions } from "./on-call.ts";
import type { Attempts, Tally } from "./play.ts";
import type { Sample } from "./resources.ts";
import type { SeenBan } from "./witness.ts";

/** What was seen, by witnesses of the run. */
export interface Soaked {
  readonly seed: number;
  readonly days: number;
  readonly users: number;
  readonly draft: Pick<Draft, "attacks" | "disturbances">;
  readonly tally: Tally;
  readonly bans: readonly SeenBan[];
  readonly blockedAt: ReadonlyMap<string, Instant>;
  readonly decisions: Decisions;
  readonly inbox: Inbox;
  readonly samples: readonly Sample[];
  readonly leftovers: readonly string[];
  readonly faults: readonly string[];
}

export interface AttackFigure extends Pick<Attack, "name" | "kind">, Attempts {
  readonly perMinute: number;
  readonly calls: number;
  readonly first: Instant;
  readonly sources: number;
  /** Of its sources, those that were banned at any time. */
  readonly bannedSources: number;
  /** From its first call until its first source stood in the IP sets. */
  readonly minutesToBlock: number | null;
}

export interface BanFigure extends SeenBan {
  /** How long after its end it left the IP sets, the time in which WAF was out of order left out; negative: before. */
  readonly secondsLate: number | null;
}

export interface DisturbanceFigure extends Disturbance {
  /** Alarms on ourselves that went on because of it, as far as their time tells. */
  readonly alarms: readonly HealthAlarm[];
}

/** Growth a day, by least squares, once the world is warm. */
export interface Growth {
  readonly heapMb: number;
  readonly historyMb: number;
  readonly rssMb: number;
  readonly sockets: number;
  readonly lastingItems: number;
}

export interface Figures
  extends Pick<Soaked, "seed" | "days" | "users" | "tally" | "decisions" | "inbox" | "leftovers" | "faults"> {
  readonly attacks: readonly AttackFigure[];
  readonly bans: readonly BanFigure[];
  readonly disturbances: readonly DisturbanceFigure[];
  /** Alarms on ourselves that nothing explains. */
  readonly strayAlarms: readonly HealthAlarm[];
  readonly samples: readonly Sample[];
  readonly growth: Growth;
}

export function figuresOf(soaked: Soaked): Figures {
  const { seed, days, users, tally, decisions, inbox, leftovers, faults, samples, draft } = soaked;
  const outages = draft.disturbances.filter(({ kind }) => kind === "waf-outage").map(({ window }) => window);
  return {
    ...{ seed, days, users, tally, decisions, inbox, leftovers, faults, samples },
    attacks: draft.attacks.map((attack) => attackFigure(attack, soaked)),
    bans: soaked.bans.map((ban) => ({ ...ban, secondsLate: secondsLate(ban, outages) })),
    ...told(draft.disturbances, inbox.alarms),
    growth: growthOf(samples),
  };
}

function attackFigure({ name, kind, actor }: Attack, { blockedAt, bans, tally }: Soaked): AttackFigure {
  const { from: first } = windowOf(actor);
  const blocked = blockedAt.get(name);
  const sources = cidrsOf(actor.offences.flatMap(({ ip }) => sourceOf(ip) ?? []));
  const banned = cidrsOf(bans.map(({ source }) => source));
  return {
    ...{ name, kind, perMinute: actor.perMinute ?? 0, calls: actor.offences.length, first },
    ...(tally.attempts[name] ?? { sent: 0, refused: 0 }),
    sources: sources.length,
    bannedSources: sources.filter((source) => banned.some((ban) => contains(ban, source))).length,
    minutesToBlock: blocked === undefined ? null : (blocked - first) / MINUTE,
  };
}

function cidrsOf(texts: readonly string[]): Cidr[] {
  return [...new Set(texts)].flatMap((text) => parseCidr(text) ?? []);
}

/** The slowest alarms look at an hour twice. */
const ECHO = 2.5 * HOUR;

/** Each alarm is laid at the door of what began last before it. */
function told(disturbances: readonly Disturbance[], alarms: Inbox["alarms"]) {
  const causeOf = ({ at }: HealthAlarm) =>
    disturbances
      .filter(({ window: { from, to } }) => from <= at && at <= to + ECHO)
      .reduce<Disturbance | null>((last, each) => (last && last.window.from > each.window.from ? last : each), null);
  const causes = alarms.map((alarm) => ({ alarm, cause: causeOf(alarm) }));
  return {
    disturbances: disturbances.map((each) => ({
      ...each,
      alarms: causes.filter(({ cause }) => cause === each).map(({ alarm }) => alarm),
    })),
    strayAlarms: causes.flatMap(({ alarm, cause }) => (cause ? [] : [alarm])),
  };
}

function secondsLate({ expiresAt, leftAt }: SeenBan, outages: readonly Window[]): number | null {
  if (leftAt === null) return null;
  const excused = outages.reduce(
    (sum, { from, to }) => sum + Math.max(0, Math.min(to, leftAt) - Math.max(from, expiresAt)),
    0,
  );
  return (leftAt - expiresAt - excused) / 1000;
}

/** Handlers are loaded and every kind of run has been once. */
const WARM_AFTER = 0.25 * DAY;

function growthOf(samples: readonly Sample[]): Growth {
  const [first] = samples;
  const warm = samples.filter(({ at }) => at >= (first?.at ?? 0) + WARM_AFTER);
  const slope = (key: keyof Growth) => slopeOf(warm.map((sample) => [sample.at / DAY, sample[key]] as const));
  return {
    heapMb: slope("heapMb"),
    historyMb: slope("historyMb"),
    rssMb: slope("rssMb"),
    sockets: slope("sockets"),
    lastingItems: slope("lastingItems"),
  };
}

/** Of the line that fits best; 0 where there are no two points. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (pick: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean(([at]) => at), mean(([, value]) => value)];
  const spread = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return spread > 0 ? points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0) / spread : 0;
}
