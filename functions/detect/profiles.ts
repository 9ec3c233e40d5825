/**
 * Profiles: what one source, range or fingerprint did in one window, as the evidence queries (`queries/profiles.sql`)
 * found it. Rows come from Athena, where every value is text and NULL is a missing key, or from DuckDB; one schema
 * reads both.
 */
import { formatCidr, parseCidr } from "../domain/cidr.ts";
import type { Path } from "../domain/evidence.ts";
import type { Instant } from "../domain/instant.ts";
import { isInfrastructure } from "../domain/never-block.ts";
import type { Source } from "../domain/source.ts";
import { parseRows, type ProfileRow as Row, type scopes } from "./profile-rows.ts";
import { readSteps, type Step } from "./series.ts";

/** Calls by outcome. `rateBlocked` is the part of `blocked` that a rate rule stopped. */
export interface Tally {
  readonly calls: number;
  readonly successes: number;
  readonly steps: number;
  readonly accepted: number;
  readonly failures: number;
  readonly faults: number;
  readonly throttled: number;
  readonly blocked: number;
  readonly rateBlocked: number;
  readonly unknown: number;
  /** Calls without the client's secret hash, or with a wrong one. */
  readonly secretFailures: number;
  /** Failures that told: there is no such user, there is one already. */
  readonly unknownUsers: number;
  readonly existingUsers: number;
  readonly codeMismatches: number;
  /** Calls that name an app client which does not exist. */
  readonly unknownClients: number;
  /** Calls that no log shows to have reached Cognito: the edge refused them, or nobody knows what came of them. */
  readonly unserved: number;
  /** Calls that an AllowList rule let through. */
  readonly allowListed: number;
  readonly activeMinutes: number;
  readonly peakPerMinute: number;
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
}

/** The calls of one operation on one path; users are told apart here, within one operation, and nowhere else. */
export interface OperationTally extends Tally {
  readonly path: Path;
  readonly operation: string;
  readonly distinctUsers: number;
  /** Users who failed here and got in nowhere from this source. */
  readonly failingUsers: number;
  readonly topUserFailures: number;
  /** Wrong passwords and codes, and lockouts, of the user tried most who did not get in. */
  readonly topUserGuesses: number;
  /** Minutes with guesses at one user, and most guesses at one user in a minute. */
  readonly guessMinutes: number;
  readonly peakGuesses: number;
  /** Names of which an answer told whether there is such a user; where the name is not known, each call is one. */
  readonly probedUsers: number;
}

/** What a profile is about: one source, a range (/24, /48), or all callers with one TLS fingerprint (JA4). */
export type Scope = (typeof scopes)[number];

/** The sources behind a range or a fingerprint. */
export interface Crowd {
  readonly sources: number;
  /** Sources with a success. */
  readonly goodSources: number;
  /** Sources without any success whose failures and costly calls are too few for a ban of their own. */
  readonly quietSources: number;
  readonly quietCalls: number;
}

export interface Profile extends Tally {
  readonly scope: Scope;
  /** A range's CIDR where `scope` is `range`, the JA4 where it is `fingerprint`. */
  readonly source: Source;
  readonly crowd: Crowd;
  readonly paths: readonly Path[];
  readonly operations: readonly OperationTally[];
  /** From when on its calls were counted where what came before had been answered by a ban; absent or null: all were. */
  readonly countedFrom?: Instant | null;
  /** The largest of the operations' counts. */
  readonly distinctUsers: number;
  /** Users who got in without three failures before: people whom a ban would hit. */
  readonly untroubledUsers: number;
  /** Successes of nobody in particular, as a refresh without user name. */
  readonly namelessSuccesses: number;
  /** Its calls over time, of a source. */
  readonly timeline?: readonly Step[];
}

export interface ProfileReading {
  /** Of single sources. */
  readonly profiles: readonly Profile[];
  /** Of ranges and fingerprints. */
  readonly groups: readonly Profile[];
  /** All that the window held, cut off or not; null where the row for all is missing. */
  readonly whole: WholeWindow | null;
  /** The calls of all over time. */
  readonly timeline: readonly Step[];
  /** What the query's limit cut off. */
  readonly remainder: { readonly sources: number; readonly calls: number };
  /** Calls that are evidence against nobody. */
  readonly unattributed: UnattributedCalls;
}
export interface WholeWindow extends Crowd {
  readonly calls: number;
}
export interface UnattributedCalls {
  /** No address, or none that is one. */
  readonly noAddress: number;
  /** Direct calls from CloudFront's own addresses: proxied calls whose token was not trusted. */
  readonly infrastructure: number;
  /** Token and WAF row name different callers. */
  readonly ipMismatch: number;
}

/** A window without a call has no row at all. */
const NOTHING: WholeWindow = { calls: 0, sources: 0, goodSources: 0, quietSources: 0, quietCalls: 0 };

/**
 * Reads the rows of one evidence query. Throws `InvalidInputError` for a row that is none of ours: a changed query
 * must not read as a quiet window. Addresses that are none, and CloudFront's own, are counted and left out.
 */
export function readProfiles(rows: readonly unknown[]): ProfileReading {
  const parsed = parseRows(rows);
  const ofSources = parsed.filter(({ scope }) => scope === "source");
  const whole = parsed.find(({ scope }) => scope === "all");
  return {
    ...readSources(ofSources),
    groups: parsed.flatMap((row) => groupOf(row) ?? []),
    whole: whole ? { calls: whole.calls, ...crowdOf(whole) } : rows.length === 0 ? NOTHING : null,
    timeline: parsed.flatMap((row) => stepOf(row) ?? []),
    remainder: whole ? remainderOf(whole, ofSources) : { sources: 0, calls: 0 },
  };
}

function readSources(rows: readonly Row[]): Pick<ProfileReading, "profiles" | "unattributed"> {
  const bySource = new Map<Source, Row[]>();
  const counts = { noAddress: 0, infrastructure: 0, ipMismatch: 0 };
  for (const row of rows) {
    const source = canonical(row.source_ip);
    if (source !== null && !isCarrier(source, row)) append(bySource, source, row);
    else if (row.whole === 0) countUnattributed(counts, source, row);
  }
  const profiles = [...bySource].flatMap(([source, parts]) => profileOf(source, parts) ?? []);
  return { profiles, unattributed: counts };
}

/** Calls are taken from the rows of single operations, which the limit cuts before it cuts a source's total. */
function remainderOf(whole: Row, rows: readonly Row[]): ProfileReading["remainder"] {
  const read = rows.filter((row) => row.whole === 0);
  const sources = new Set(read.flatMap((row) => row.source_ip ?? []));
  const calls = read.reduce((sum, row) => sum + row.calls, 0);
  return { sources: Math.max(0, whole.sources - sources.size), calls: Math.max(0, whole.calls - calls) };
}

/** The query groups by text; here the text becomes a canonical source, or null. */
function canonical(address: string | null | undefined): Source | null {
  const cidr = address ? parseCidr(address) : null;
  return cidr && formatCidr(cidr);
}

/** A proxied call whose token nobody vouches for shows CloudFront's address: the carrier, not the caller. */
function isCarrier(source: Source, row: Row): boolean {
  const cidr = parseCidr(source);
  return row.whole === 0 && row.path === "direct" && cidr !== null && isInfrastructure(cidr);
}

function countUnattributed(
  counts: { noAddress: number; infrastructure: number; ipMismatch: number },
  source: Source | null,
  row: Row,
): void {
  counts.ipMismatch += row.ip_mismatches;
  if (source === null) counts.noAddress += row.calls - row.ip_mismatches;
  else counts.infrastructure += row.calls;
}

function append(map: Map<Source, Row[]>, source: Source, row: Row): void {
  const rows = map.get(source);
  if (rows) rows.push(row);
  else map.set(source, [row]);
}

/** Null where only a carrier's calls, or a part cut off by the query's limit, is left of the source. */
function profileOf(source: Source, rows: readonly Row[]): Profile | null {
  const whole = rows.find((row) => row.whole === 1);
  const operations = rows.flatMap((row) => operationOf(row) ?? []);
  if (!whole || operations.length === 0) return null;
  return {
    ...tallyOf(whole),
    scope: "source",
    source,
    countedFrom: whole.counted_from ?? null,
    crowd: crowdOf(whole),
    paths: [...new Set(operations.map((operation) => operation.path))].sort().reverse(),
    operations,
    distinctUsers: Math.max(...operations.map((operation) => operation.distinctUsers)),
    ...usersOf(whole),
    ...(whole.series ? { timeline: readSteps(whole.series) } : {}),
  };
}

/** Null for a row of something else. */
function stepOf({ scope, step_at, calls, failures, successes, throttled, blocked }: Row): Step | null {
  if (scope !== "step" || typeof step_at !== "number") return null;
  return { minute: step_at, calls, failures, successes, refused: throttled + blocked };
}

/** Null for a row of something else, and for a range that is no CIDR. */
function groupOf(row: Row): Profile | null {
  if (row.scope !== "range" && row.scope !== "fingerprint") return null;
  const source = row.scope === "range" ? canonical(row.source_range) : row.ja4;
  if (!source) return null;
  return {
    ...tallyOf(row),
    scope: row.scope,
    source,
    countedFrom: row.counted_from ?? null,
    crowd: crowdOf(row),
    paths: [
      ...(row.direct_calls < row.calls ? (["proxied"] as const) : []),
      ...(row.direct_calls > 0 ? (["direct"] as const) : []),
    ],
    operations: [],
    distinctUsers: Math.max(row.tags, row.subs),
    ...usersOf(row),
  };
}

function usersOf(row: Row): Pick<Profile, "untroubledUsers" | "namelessSuccesses"> {
  return {
    untroubledUsers: Math.max(row.untroubled_tags, row.untroubled_subs),
    namelessSuccesses: row.nameless_successes,
  };
}

function crowdOf(row: Row): Crowd {
  return {
    sources: row.sources,
    goodSources: row.good_sources,
    quietSources: row.quiet_sources,
    quietCalls: row.quiet_calls,
  };
}

function operationOf(row: Row): OperationTally | null {
  if (row.whole === 1 || !row.path || !row.operation) return null;
  return {
    ...tallyOf(row),
    path: row.path,
    operation: row.operation,
    // Tags and subs name the same users in different words, so they are never added up.
    distinctUsers: Math.max(row.tags, row.subs),
    failingUsers: Math.max(row.failing_tags, row.failing_subs),
    topUserFailures: row.top_user_failures,
    topUserGuesses: row.top_user_guesses,
    guessMinutes: row.guess_minutes,
    peakGuesses: row.peak_guesses,
    probedUsers: row.probed_tags + row.nameless_probes,
  };
}

function tallyOf(row: Row): Tally {
  return {
    calls: row.calls,
    successes: row.successes,
    steps: row.steps,
    accepted: row.accepted,
    failures: row.failures,
    faults: row.faults,
    throttled: row.throttled,
    blocked: row.blocked,
    rateBlocked: row.rate_blocked,
    unknown: row.unknown,
    secretFailures: row.secret_failures,
    unknownUsers: row.unknown_users,
    existingUsers: row.existing_users,
    codeMismatches: row.code_mismatches,
    unknownClients: row.unknown_clients,
    unserved: row.unserved,
    allowListed: row.allow_listed,
    activeMinutes: row.active_minutes,
    peakPerMinute: row.peak_per_minute,
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
  };
}
