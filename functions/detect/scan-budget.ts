/**
 * The budget of what an hour's queries may scan, for whoever keeps alarms going also keeps queries going. A look over it reads
 * samples of the raw logs: what they prove still bans. The slow window and the history are read whole, for rollups are small.
 */
import { HOUR, type Instant, type Window } from "../domain/instant.ts";
import { metricLine } from "../domain/own-metrics.ts";
import type { QueryEnd, Run, WindowPart } from "../domain/run.ts";

export interface ScanMeter {
  /** Bytes that all queries of the workgroup scanned, those that were stopped included. */
  scanned(window: Window): Promise<number>;
}

export interface ScanBudget {
  readonly meter: ScanMeter;
  readonly gigabytes: number;
  readonly deployment: string;
  readonly log: (line: string) => void;
}

const GIGABYTE = 1e9;

/** Null within the budget, and where nobody could tell: what is not known never reads less. */
export async function overBudget(
  { meter, gigabytes, deployment, log }: ScanBudget,
  now: Instant,
): Promise<NonNullable<Run["overBudget"]> | null> {
  try {
    const scanned = (await meter.scanned({ from: now - HOUR, to: now })) / GIGABYTE;
    log(metricLine(deployment, { ScanBudgetPercent: Math.round((1000 * scanned) / gigabytes) / 10 }, now));
    return scanned >= gigabytes ? { scanned, budget: gigabytes } : null;
  } catch (error) {
    log(JSON.stringify({ event: "scan-budget.unknown", error: error instanceof Error ? error.name : "unknown" }));
    return null;
  }
}

/** The run as it looks over its budget, or within it again. */
export function withinBudget(run: Run, over: Run["overBudget"] | null): Run {
  const { overBudget: _before, ...rest } = run;
  return over ? { ...rest, overBudget: over } : rest;
}

const rawLogs: readonly QueryEnd["window"][] = ["short", "accounts", "coverage"];

/** What a query has read: over the budget each of its tries asked the raw logs for the same sample. */
export function partRead({ window, part }: QueryEnd, { overBudget: over }: Run): WindowPart | undefined {
  return over && rawLogs.includes(window) ? "sample" : part;
}
