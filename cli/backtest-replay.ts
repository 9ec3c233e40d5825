/**
 * Replays a span step by step: at each step the rows that had arrived by then are judged as a run would have judged
 * them, planned by the same guards, and claimed in a ledger in memory by the same rules; what is over is released
 * first, as the sweep does. All steps are one run, so a ban lasts its time and is not prolonged by what led to it;
 * whoever goes on after it is banned anew, for longer. Nobody is asked: what needs a person is counted and never applied.
 * Durations have no jitter, so that two policies can be compared.
 */
import type { DuckDBConnection } from "@duckdb/node-api";

import { slowWindowAt } from "../functions/detect/run.ts";
import type { Look } from "../functions/detect/score.ts";
import type { Cidr } from "../functions/domain/cidr.ts";
import { HOUR, type Instant, MINUTE, type Window } from "../functions/domain/instant.ts";
import type { Policy } from "../functions/domain/policy.ts";
import type { Source } from "../functions/domain/source.ts";
import { createLedger, type ReplayedBan, type ReplayedFiling } from "./backtest-ledger.ts";
import { type Cut, looksAt } from "./backtest-looks.ts";
import { historyOfCalls } from "./history.ts";

export interface ReplayRequest {
  readonly window: Window;
  /** From one look to the next. */
  readonly every: number;
  /** A row is seen this long after it was written. */
  readonly delay: number;
  readonly policy: Policy;
  readonly neverBlock: readonly Cidr[];
  /** Told the share that is replayed, from 0 to 1. */
  readonly tell?: (share: number) => void;
}

export interface Replay {
  readonly steps: number;
  readonly bans: readonly ReplayedBan[];
  /** The first time that a source was filed for a person, if it never was banned before. */
  readonly filed: readonly ReplayedFiling[];
  readonly watched: ReadonlySet<Source>;
}

/** Every instant at which the replay looks: on multiples of `every`, until the last row has arrived. */
export function stepsOf({ window, every, delay }: ReplayRequest): Instant[] {
  const first = Math.floor((window.from + delay) / every) + 1;
  const last = Math.ceil((window.to + delay) / every);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * every);
}

export async function replay(connection: DuckDBConnection, request: ReplayRequest): Promise<Replay> {
  const ledger = createLedger(request);
  const steps = stepsOf(request);
  const watched = new Set<Source>();
  const historyAt = await historyOfCalls(connection);
  for (const batch of batchesOf(steps, request)) {
    request.tell?.(((batch[0] ?? 0) - (steps[0] ?? 0)) / Math.max(1, (steps.at(-1) ?? 0) - (steps[0] ?? 0)));
    const seen = batch.map((now) => now - request.delay);
    const shorts = await looksAt(connection, "short", seen, stoppedBy(ledger.bans));
    const slow = await slowLookAt(connection, slowEnd(batch, steps, request), ledger.bans);
    for (const [index, now] of batch.entries()) {
      const looks = [shorts[index], slow].flatMap((look) =>
        look ? { ...look, establishedOf: historyAt(look.window.to) } : [],
      );
      for (const source of ledger.step(now, looks)) watched.add(source);
    }
  }
  return { steps: steps.length, bans: ledger.bans, filed: ledger.filed(), watched };
}

/** A ban outlasts its batch, and until it is over what is known of its source changes nothing. */
function stoppedBy(bans: readonly ReplayedBan[]): Cut[] {
  return bans.map(({ source, at, expiresAt }) => ({ source, span: { from: at, to: expiresAt } }));
}

/** The slow look leaves out what bans have answered, and says from when on it counted (queries/registered-cells.sql). */
async function slowLookAt(
  connection: DuckDBConnection,
  end: Instant,
  bans: readonly ReplayedBan[],
): Promise<Look | undefined> {
  const answered = bans.map(({ source, expiresAt }) => ({ source, span: { from: 0, to: expiresAt } }));
  const bannedAt = new Map(bans.map(({ source, at }) => [source, at]));
  const [look] = await looksAt(connection, "slow", [end], answered);
  const profiles = look?.profiles.map((profile) => ({ ...profile, countedFrom: bannedAt.get(profile.source) ?? null }));
  return look && { ...look, profiles: profiles ?? [] };
}

/** The end of the last hour that is rolled up and whose rows are there; the last step sees everything. */
function slowEnd(batch: readonly Instant[], steps: readonly Instant[], { delay }: ReplayRequest): Instant {
  const now = batch[0] ?? 0;
  return now === steps.at(-1) ? now - delay : Math.min(slowWindowAt(now).to, now - delay);
}

/**
 * Steps that share one slow look, which changes with each hour that is rolled up; the last step has one of its own. A batch is shorter than the shortest ban, so that no ban can be over before its calls
 * are cut out.
 */
function batchesOf(steps: readonly Instant[], { every, policy }: ReplayRequest): Instant[][] {
  const longest = Math.min(HOUR, policy.ban.handsOffMinutes * MINUTE);
  const size = Math.max(1, Math.floor(longest / every));
  const batches: Instant[][] = [];
  for (let first = 0; first < steps.length - 1; first += size)
    batches.push(steps.slice(first, Math.min(first + size, steps.length - 1)));
  return [...batches, steps.slice(-1)].filter((batch) => batch.length > 0);
}
