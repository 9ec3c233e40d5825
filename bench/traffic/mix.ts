/** A labelled mix: what a crowd and its offenders did in a span of time, and who they were. The same seed, the same mix. */
import { HOUR, type Instant, MINUTE, type Window } from "../../functions/domain/instant.ts";
import { type Source, sourceOf } from "../../functions/domain/source.ts";
import { createRandom, type Random } from "../../local/demo/random.ts";
import type { Actor } from "./actor.ts";
import { drawAddresses } from "./addresses.ts";
import { drawCrowd } from "./crowd.ts";
import { drawIncident, type Incident, meetIncident } from "./incident.ts";
import { type Call, errors } from "./log-records.ts";
import { drawOffenders } from "./offenders.ts";

export interface MixRequest {
  readonly seed: number;
  readonly hours: number;
  readonly users: number;
  readonly offenders: number;
  /** Begin of the span. */
  readonly from: Instant;
}

/** What is true of one source. */
export interface Truth {
  readonly source: Source;
  readonly kind: Actor["kind"];
  readonly benign: boolean;
  readonly perMinute: number | null;
  /** Number of the party, which is one for all sources of a distributed attack. */
  readonly party: number;
  readonly offences: number;
  readonly firstOffence: Instant | null;
  /** Offending calls that failed: a wrong credential or code, a user who is unknown or exists, a missing secret. */
  readonly failures: readonly Instant[];
  /** TLS fingerprints of the offending calls. */
  readonly ja4s: ReadonlySet<string>;
}

export interface Mix {
  readonly seed: number;
  readonly span: Window;
  /** In order of time. */
  readonly calls: readonly Call[];
  /** Which of the calls are offending. */
  readonly offences: ReadonlySet<Call>;
  readonly truths: ReadonlyMap<Source, Truth>;
  readonly incident: Incident | null;
}

export const MONDAY: Instant = Date.UTC(2026, 10, 23);

/** `others` join the crowd that is drawn. */
export function drawMix({ seed, hours, users, offenders, from }: MixRequest, others: readonly Actor[] = []): Mix {
  const random = createRandom(seed);
  const span = { from, to: from + hours * HOUR };
  const stage = { span, random, addresses: drawAddresses(random) };
  const actors = [...drawCrowd(stage, users), ...drawOffenders(stage, offenders), ...others];
  const incident = drawIncident(stage);
  const met = actors.map((actor) => (incident && actor.benign ? inIncident(actor, incident, random) : actor));
  return { ...joinActors(seed, span, met), incident };
}

/** Offenders are left alone, so that their labels stay true. */
function inIncident(actor: Actor, incident: Incident, random: Random): Actor {
  return { ...actor, calls: actor.calls.flatMap((call) => meetIncident(call, incident, random)) };
}

function joinActors(seed: number, span: Window, actors: readonly Actor[]): Omit<Mix, "incident"> {
  const inside = ({ at }: Call) => at >= span.from && at < span.to;
  const truths = new Map<Source, Truth>();
  for (const [party, actor] of actors.entries())
    for (const truth of truthsOf(actor, party, inside)) truths.set(truth.source, truth);
  const calls = actors
    .flatMap(({ calls, offences }) => [...calls, ...offences])
    .filter(inside)
    .sort((a, b) => a.at - b.at || (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0));
  const offences = new Set(actors.flatMap((actor) => actor.offences));
  return { seed, span, calls: withRateRule(calls), offences, truths };
}

const failing: ReadonlySet<Call["error"]> = new Set([
  errors.wrongPassword,
  errors.unknownUser,
  errors.secretMissing,
  errors.secretWrong,
  errors.userExists,
  errors.lockedOut,
  errors.codeMismatch,
]);

function truthsOf(
  { kind, benign, perMinute, addresses, offences }: Actor,
  party: number,
  inside: (call: Call) => boolean,
) {
  const bySource = new Map<Source, Call[]>(addresses.map((address) => [sourceOf(address) ?? address, []]));
  for (const call of offences.filter(inside)) bySource.get(sourceOf(call.ip) ?? call.ip)?.push(call);
  return [...bySource].map(([source, own]): Truth => {
    const times = own.map(({ at }) => at).sort((a, b) => a - b);
    const failures = own.filter(({ error }) => failing.has(error)).map(({ at }) => at);
    return {
      ...{ source, kind, benign, perMinute, party },
      ...{ offences: own.length, firstOffence: times[0] ?? null, failures: failures.sort((a, b) => a - b) },
      ja4s: new Set(own.flatMap(({ ja4 }) => ja4 ?? [])),
    };
  });
}

/** The default of the web ACL's rate rule. */
const RATE_LIMIT = 1_000;

/** What the web ACL's rate rule stops never reached Cognito. */
function withRateRule(calls: readonly Call[]): Call[] {
  const recent = new Map<string, Instant[]>();
  return calls.map((call) => {
    if (call.path === "direct") return call;
    const times = recent.get(call.ip) ?? [];
    recent.set(call.ip, times);
    times.push(call.at);
    while ((times[0] ?? call.at) <= call.at - 5 * MINUTE) times.shift();
    return times.length > RATE_LIMIT ? { ...call, blockedBy: ["RateLimit", "RATE_BASED"] } : call;
  });
}

/** When the first five minutes began in which the source failed `least` times, null if it never did. */
export function firstBurst(failures: readonly Instant[], least: number): Instant | null {
  for (const [index, at] of failures.entries()) {
    const last = failures[index + least - 1];
    if (last !== undefined && last < at + 5 * MINUTE) return at;
  }
  return null;
}
