/** Asks the logs about a source in the way in which a run does, with the same queries. */

import { dynamoDbRollups } from "../../functions/detect/aws/dynamodb-rollups.ts";
import { isLookComplete, type RunCoverage } from "../../functions/detect/coverage-run.ts";
import type { WindowSize } from "../../functions/detect/detection.ts";
import { type HistoryRows, judgeRun, type WindowRows } from "../../functions/detect/judge-run.ts";
import { readProfiles } from "../../functions/detect/profiles.ts";
import { prepareLook } from "../../functions/detect/query-parameters.ts";
import { startRun } from "../../functions/detect/run.ts";
import { answersAreIn } from "../../functions/detect/score.ts";
import { fromIso, type Instant } from "../../functions/domain/instant.ts";
import { logFoldersOf } from "../../functions/domain/names.ts";
import type { Policy } from "../../functions/domain/policy.ts";
import type { Run } from "../../functions/domain/run.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { queryText } from "../analysis.ts";
import { runQuery } from "../aws/athena.ts";
import { readGateHashes } from "../aws/secret-copies.ts";
import { countCalls } from "../counted-calls.ts";
import type { Desk } from "../desk.ts";
import type { Look } from "./story.ts";

const texts = {
  short: ["auth_calls", "cells", "profiles"],
  slow: ["registered-cells", "profiles"],
  history: ["established"],
} as const;

export interface LooksAtSource {
  readonly looks: readonly Look[];
  readonly verdict: SourceVerdict | null;
}

interface Subject {
  readonly source: string;
  readonly strikes: number;
  /** The one in force. */
  readonly policy: Policy;
}

/** What a run would see of the source at `now`. A window that cannot be read is a gap, as in a run. */
export async function readLooks(
  desk: Desk,
  { source, strikes, policy }: Subject,
  now: Instant,
): Promise<LooksAtSource> {
  const { deployment, names } = desk;
  const trigger = { kind: "manual", category: "all" } as const;
  const started = startRun(trigger, { runId: "explain", startedAt: now, now, fence: 0 });
  const scope = {
    clientIds: deployment.userPool.clientIds,
    gateHashes: await readGateHashes(deployment),
    allowedOrigins: deployment.allowedOrigins,
    folders: logFoldersOf(deployment),
  };
  const { run, parameters } = await prepareLook(dynamoDbRollups(names.ledgerTable, desk.ledger), started, scope);
  const asked = (name: keyof typeof texts) => ask(desk, name, parameters[name]);
  const coverage = await countCalls(desk, run, desk.ports.timing.now()).catch(() => null);
  const [short, slow, history] = await Promise.all([asked("short"), asked("slow"), asked("history")]);
  const windows: WindowRows[] = [
    { size: "short", ...short },
    { size: "slow", ...slow },
  ];
  const rules = { policy, strikesOf: () => strikes, history, coverage };
  const { verdicts } = judgeRun(run, windows, rules);
  return {
    looks: windows.map((window) => lookAt(run, window, source, coverage)),
    verdict: verdicts.find((each) => each.source === source) ?? null,
  };
}

async function ask(
  { names, ports }: Desk,
  name: keyof typeof texts,
  parameters: readonly string[],
): Promise<HistoryRows> {
  const query = { database: names.database, workGroup: names.workGroup, text: queryText(...texts[name]), parameters };
  try {
    return { rows: await runQuery(query, ports.timing.pause), error: "" };
  } catch (error) {
    return { rows: null, error: error instanceof Error ? error.message : String(error) };
  }
}

function lookAt(run: Run, { size, rows, error }: WindowRows, source: string, coverage: RunCoverage | null): Look {
  const window = windowOf(run, size);
  if (rows === null) return { size, window, profile: null, answersAreIn: false, gap: `It could not be read: ${error}` };
  const { profiles } = readProfiles(rows);
  const complete = size === "slow" ? run.notRolledUp?.hours.length === 0 : isLookComplete(coverage, window);
  const profile = profiles.find((each) => each.source === source) ?? null;
  return { size, window, profile, answersAreIn: answersAreIn({ complete, profiles }), gap: null };
}

function windowOf(run: Run, size: WindowSize) {
  const { from, to } = size === "short" ? run.shortWindow : run.slowWindow;
  return { from: fromIso(from) ?? 0, to: fromIso(to) ?? 0 };
}
