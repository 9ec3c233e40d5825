/**
 * The ledger's rules: what a ban becomes when somebody claims, releases or undoes it. Pure; each function returns
 * the next state of one ban, or "unchanged".
 */
import type { Ban, Claim, Knock, Mode, Target } from "../domain/ban.ts";
import { DAY, type Instant, MINUTE, toIso } from "../domain/instant.ts";
import type { Policy } from "../domain/policy.ts";

export type Changed = Ban | "unchanged";

/** A wish to hold a source. `key` is the run id, or `manual:<who>`; `at` is when it was decided, not when it is written. */
export interface Order {
  readonly source: string;
  readonly key: string;
  readonly at: Instant;
  readonly origin: Claim["origin"];
  readonly by: string;
  readonly score: number;
  readonly targets: readonly Target[];
  readonly reasons: Claim["reasons"];
  readonly paths?: Claim["paths"];
  /** Base duration. Escalation and jitter apply to it unless a person named the duration. */
  readonly minutes: number;
  readonly jitter: number;
  readonly simulated: boolean;
}

/** Expired claims that are kept, for undo and for people to read; an item of the ledger must stay below 400 KB. */
const KEPT_CLAIMS = 20;

/** A ban is over at its expiry instant, not after it. */
export function isInForce(ban: Ban, now: Instant): boolean {
  return ban.status === "active" && Date.parse(ban.expiresAt) > now;
}

/**
 * Adds a claim. The same order again, an order that was decided before the last release, and one whose time is
 * over already change nothing, so a late retry is harmless. Two claims commute. A simulated ban gives way to a real
 * one, never the other way round.
 */
export function applyClaim(ban: Ban | null, order: Order, now: Instant, policy: Policy): Changed {
  const over = ban && endedAt(ban, now);
  if (isVoid(ban, order, over)) return "unchanged";
  const episode = over === null ? episodeFor(ban, order) : null;
  if (episode && order.simulated && !episode.simulated) return "unchanged";
  const level = levelOf(ban, episode, now, policy);
  const claim = claimOf(order, level, policy);
  if (Date.parse(claim.until) <= now || standsAlready(episode?.claims[order.key], claim)) return "unchanged";
  const claims = pruneClaims({ ...episode?.claims, [order.key]: claim }, now);
  const next: Ban = {
    ...rememberedOf(ban, order, over),
    source: order.source,
    targets: unionOf(episode?.targets ?? [], order.targets),
    status: "active",
    claims,
    strikes: ban?.strikes ?? 0,
    bannedAt: episode?.bannedAt ?? toIso(now),
    expiresAt: latestUntil(claims),
    simulated: order.simulated,
    ...knockingOf(episode),
    version: (ban?.version ?? 0) + 1,
  };
  return countStrike(next, ban, level);
}

/** The ban that a claim joins: a simulated one is no ban to a real claim. */
function episodeFor(ban: Ban | null, order: Order): Ban | null {
  return ban && (order.simulated || !ban.simulated) ? ban : null;
}

/** What a ban keeps of its past: when it was last released, and until when people alone may ban it. */
function rememberedOf(ban: Ban | null, order: Order, over: Instant | null): Pick<Ban, "releasedAt" | "noRebanBefore"> {
  const releasedAt = over === null ? ban?.releasedAt : toIso(over);
  const noRebanBefore = order.origin === "auto" ? ban?.noRebanBefore : undefined;
  return { ...(releasedAt && { releasedAt }), ...(noRebanBefore && { noRebanBefore }) };
}

/** What a ban that goes on keeps of its source's knocking. */
function knockingOf(episode: Ban | null): Pick<Ban, "knock" | "extensions"> {
  const { knock, extensions } = episode ?? {};
  return { ...(knock && { knock }), ...(extensions && { extensions }) };
}

/** Releases what is over at `now`. The release counts from the expiry, however late the sweep came. */
export function releaseExpired(ban: Ban, now: Instant): Changed {
  if (ban.status !== "active" || isInForce(ban, now)) return "unchanged";
  return { ...ban, status: "released", releasedAt: ban.expiresAt, version: ban.version + 1 };
}

/** Knocks of a flooder come in with every look; this far apart they are worth a write. */
const KNOCK_STEP_MS = 5 * MINUTE;

/** Notes that a source which is kept out goes on calling. What it did before this ban, and older news, change nothing. */
export function noteKnock(ban: Ban | null, { at, calls }: Knock): Changed {
  if (ban?.status !== "active" || ban.simulated || at <= ban.bannedAt) return "unchanged";
  if (ban.knock && Date.parse(at) < Date.parse(ban.knock.at) + KNOCK_STEP_MS) return "unchanged";
  return { ...ban, knock: { at, calls }, version: ban.version + 1 };
}

const MOST_EXTENSIONS = 3;
/** The patrol looks every 30 minutes, its query takes a few, and the logs that it reads are some minutes old. */
const KNOCK_COUNTS_MS = 45 * MINUTE;

/**
 * A hands-off ban that is over goes on for its base time if the source knocked shortly before, three times at most and
 * without a strike. The claim that ends last is made longer, so undoing its run takes the extension along. What a
 * person decided ends when the person said.
 */
export function extendKnocking(ban: Ban, now: Instant, policy: Policy): Changed {
  const { knock, extensions = 0, expiresAt } = ban;
  if (ban.status !== "active" || ban.simulated || isInForce(ban, now) || extensions >= MOST_EXTENSIONS)
    return "unchanged";
  if (!knock || Date.parse(knock.at) < Date.parse(expiresAt) - KNOCK_COUNTS_MS) return "unchanged";
  const last = lastAutoClaim(ban);
  const end = Date.parse(expiresAt) + Math.min(policy.ban.handsOffMinutes, policy.ban.capMinutes) * MINUTE;
  // A sweep that comes that late finds a ban which is over by any count.
  if (!last || end <= now) return "unchanged";
  const until = toIso(end);
  const claims = { ...ban.claims, [last[0]]: { ...last[1], until } };
  return { ...ban, claims, expiresAt: until, extensions: extensions + 1, version: ban.version + 1 };
}

/** The hands-off claim that a ban lasts for, with its key; none where a person's claim ends last. */
export function lastAutoClaim({ claims, expiresAt }: Ban): [string, Claim] | undefined {
  return Object.entries(claims).find(([, { origin, until }]) => origin === "auto" && until === expiresAt);
}

/** A person lets the source go: every claim is deleted, and nothing bans it hands-off again before `noRebanBefore`. */
export function releaseByPerson(ban: Ban | null, now: Instant, noRebanBefore: Instant): Changed {
  if (ban?.status !== "active") return "unchanged";
  return {
    ...withoutStrike(ban, {}),
    status: "released",
    claims: {},
    expiresAt: toIso(now),
    releasedAt: toIso(now),
    noRebanBefore: toIso(noRebanBefore),
    version: ban.version + 1,
  };
}

/** Deletes one run's claim and nothing else; the ban ends if no other claim holds it. */
export function undoClaim(ban: Ban | null, runId: string, now: Instant): Changed {
  if (!ban?.claims[runId]) return "unchanged";
  const { [runId]: _, ...claims } = ban.claims;
  const next = { ...withoutStrike(ban, claims), claims, version: ban.version + 1 };
  if (ban.status !== "active") return next;
  const held = Object.values(claims).some((claim) => Date.parse(claim.until) > now);
  if (held) return { ...next, expiresAt: latestUntil(claims) };
  return { ...next, status: "released", expiresAt: toIso(now), releasedAt: toIso(now) };
}

/** Strikes that still count at `now`: one is forgiven for each full decay period since the last. */
export function standingStrikes(ban: Ban | null, now: Instant, policy: Policy): number {
  if (!ban?.lastStrikeAt) return 0;
  const periods = Math.floor((now - Date.parse(ban.lastStrikeAt)) / (policy.ban.strikeDecayDays * DAY));
  return Math.max(0, ban.strikes - Math.max(0, periods));
}

/** How much a ban weighs when there is no room for all: its best claim; a person's claim is the best there is. */
export function weightOf(ban: Ban): number {
  return Math.max(0, ...Object.values(ban.claims).map((claim) => (claim.origin === "manual" ? 100 : claim.score)));
}

/**
 * Up to when what a source did has been answered by its ban: to its beginning if it is over, and to its last claim. A
 * ban that a person released has no claim left; then it is its beginning. Null where nothing has been answered: a
 * simulated ban that still lasts kept nobody out, so once bans are real its source is judged by what led to it.
 */
export function answeredBy(
  ban: Ban,
  now: Instant,
  mode: Mode,
): { bannedAt: Instant | null; claimedAt: Instant } | null {
  if (ban.simulated && mode !== "observe" && isInForce(ban, now)) return null;
  const bannedAt = Date.parse(ban.bannedAt);
  const claims = Object.values(ban.claims).map(({ at }) => Date.parse(at));
  const claimedAt = claims.length === 0 ? bannedAt : Math.max(...claims);
  return { bannedAt: endedAt(ban, now) === null ? null : bannedAt, claimedAt };
}

/** When the ban ended, null while it is in force. */
function endedAt(ban: Ban, now: Instant): Instant | null {
  if (isInForce(ban, now)) return null;
  return Date.parse(ban.status === "released" && ban.releasedAt ? ban.releasedAt : ban.expiresAt);
}

function isVoid(ban: Ban | null, order: Order, over: Instant | null): boolean {
  if (!ban || order.origin === "manual") return false;
  const lastEnd = over ?? (ban.releasedAt ? Date.parse(ban.releasedAt) : Number.NEGATIVE_INFINITY);
  if (order.at < lastEnd) return true;
  return order.origin === "auto" && ban.noRebanBefore !== undefined && order.at < Date.parse(ban.noRebanBefore);
}

/** One run claims a source once while the ban lasts; only a stronger origin with a later end replaces its claim. */
function standsAlready(held: Claim | undefined, claim: Claim): boolean {
  if (!held) return false;
  if (claim.origin === "manual") return held.until === claim.until;
  if (held.origin === claim.origin) return true;
  return held.until > claim.until || (held.until === claim.until && claim.origin === "auto");
}

function claimOf(order: Order, level: number, policy: Policy): Claim {
  const { escalationFactor, capMinutes } = policy.ban;
  const escalated = Math.min(order.minutes * escalationFactor ** level, capMinutes) * (1 + order.jitter);
  const minutes = order.origin === "manual" ? order.minutes : escalated;
  return {
    until: toIso(Math.round(order.at + minutes * MINUTE)),
    origin: order.origin,
    score: order.score,
    by: order.by,
    at: toIso(order.at),
    reasons: order.reasons,
    ...(order.paths && { paths: order.paths }),
  };
}

/** A person's claim is no judgement on behaviour, so it neither counts as a strike nor escalates. */
function isPunitive(claims: Ban["claims"]): boolean {
  return Object.values(claims).some((claim) => claim.origin !== "manual");
}

/** Strikes that lengthen a claim: those from before the present ban, so claims that arrive while it lasts are equal. */
function levelOf(ban: Ban | null, episode: Ban | null, now: Instant, policy: Policy): number {
  return episode && hasStrike(episode) ? episode.strikes - 1 : standingStrikes(ban, now, policy);
}

function hasStrike(ban: Ban): boolean {
  return !ban.simulated && isPunitive(ban.claims);
}

/** A ban counts one strike, however many runs claim it; simulated and manual bans count none. */
function countStrike(next: Ban, previous: Ban | null, level: number): Ban {
  if (!hasStrike(next)) return previous?.lastStrikeAt ? { ...next, lastStrikeAt: previous.lastStrikeAt } : next;
  const at = Object.values(next.claims).flatMap((claim) => (claim.origin === "manual" ? [] : [claim.at]));
  return { ...next, strikes: level + 1, lastStrikeAt: latestOf(at) };
}

/** Takes back the strike of a ban that only `claims` are left of. */
function withoutStrike(ban: Ban, claims: Ban["claims"]): Ban {
  const taken = hasStrike(ban) && !isPunitive(claims);
  return taken ? { ...ban, strikes: Math.max(0, ban.strikes - 1) } : ban;
}

function pruneClaims(claims: Ban["claims"], now: Instant): Ban["claims"] {
  const entries = Object.entries(claims);
  const expired = entries.filter(([, claim]) => Date.parse(claim.until) <= now);
  if (expired.length <= KEPT_CLAIMS) return claims;
  const dropped = expired.sort(([, a], [, b]) => (a.until < b.until ? -1 : 1)).slice(0, expired.length - KEPT_CLAIMS);
  const gone = new Set(dropped.map(([key]) => key));
  return Object.fromEntries(entries.filter(([key]) => !gone.has(key)));
}

function latestUntil(claims: Ban["claims"]): string {
  return latestOf(Object.values(claims).map(({ until }) => until));
}

/** Instants of one form sort as text. */
function latestOf(instants: readonly string[]): string {
  return [...instants].sort().at(-1) ?? "";
}

function unionOf(a: readonly Target[], b: readonly Target[]): Target[] {
  return (["edge", "pool"] as const).filter((target) => a.includes(target) || b.includes(target));
}
