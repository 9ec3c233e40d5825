/** The parameters of queries/coverage.sql, in the order of its `?`, and the rows that it gives. */
import * as z from "zod";

import { InvalidInputError } from "../domain/errors.ts";
import { HOUR, type Instant, MINUTE, toIso, type Window } from "../domain/instant.ts";
import type { LogFolders } from "../domain/names.ts";
import type { WindowPart } from "../domain/run.ts";
import {
  dayPartition,
  fastTrailPartitions,
  literals,
  NO_PARTITION,
  RIM,
  trailFiles,
  wafPartitions,
} from "./evidence-query.ts";
import { floorTo, windowOfPart } from "./window-part.ts";

/** CloudWatch has some metrics in steps of five minutes, and a step that is cut in two cannot be held against rows. */
const STEP = 5 * MINUTE;

/**
 * The minutes that are counted for a window: whole ones, and those around it that may hold calls of its rim. A part does
 * without a rim before it, which would make it nearly the whole.
 */
export function coverageRange(window: Window, part: WindowPart = "whole"): Window {
  const { from, to } = windowOfPart(window, part);
  return { from: floorTo(part === "whole" ? from - RIM : from, STEP), to: floorTo(to + RIM, MINUTE) };
}

/** Of a sample only CloudTrail is counted: it is the log that a sample of the window reads whole. */
export function coverageParameters(window: Window, folders?: LogFolders, part: WindowPart = "whole"): string[] {
  const { from, to } = coverageRange(window, part);
  // A call at the rim may stand in the file that was begun before.
  const slots = part === "sample" ? NO_PARTITION : wafPartitions({ from: from - STEP, to }, folders);
  const waf = [...slots, String(from), String(to)];
  const times = [seconds(from), seconds(to)];
  const trail = [dayPartition(from), dayPartition(to + HOUR), ...times, ...trailFiles(folders, from)];
  const fastTrail = [...fastTrailPartitions({ from: from - STEP, to }, folders), ...times];
  return literals([...waf, ...waf, ...trail, ...fastTrail]);
}

const text = z.string().nullish();
const number = z.coerce.number().int().min(0);
const rowSchema = z.object({
  log: z.enum(["edge", "pool", "trail"]),
  category: text,
  client_id: text,
  pool_id: text,
  slot: number,
  whole: number,
  calls: number,
});

export type LogName = z.infer<typeof rowSchema>["log"];

export interface HeldCalls {
  readonly log: LogName;
  /** Quota category, of CloudTrail only. */
  readonly category: string | null;
  readonly slot: Instant;
  readonly calls: number;
}

/** Calls of CloudTrail that name an app client or a pool. */
export interface NamedCalls extends Omit<HeldCalls, "log"> {
  readonly clientId: string | null;
  readonly poolId: string | null;
}

export interface CoverageRows {
  readonly held: readonly HeldCalls[];
  readonly named: readonly NamedCalls[];
}

/** A row that is none of the query's is an error: it must not pass for a minute without calls. */
export function readCoverage(rows: readonly unknown[]): CoverageRows {
  const parsed = z.array(rowSchema).safeParse(rows);
  if (!parsed.success)
    throw new InvalidInputError(
      "The rows of the coverage query cannot be read",
      parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.map(String).join(".")}: ${issue.message}`),
    );
  const held = parsed.data.filter(({ whole }) => whole === 1);
  const named = parsed.data.filter(({ whole }) => whole === 0);
  return {
    held: held.map(({ log, category, slot, calls }) => ({ log, category: category ?? null, slot, calls })),
    named: named.map(({ category, client_id, pool_id, slot, calls }) => ({
      category: category ?? null,
      clientId: client_id ?? null,
      poolId: pool_id ?? null,
      slot,
      calls,
    })),
  };
}

function seconds(at: Instant): string {
  return `${toIso(at).slice(0, 19)}Z`;
}
