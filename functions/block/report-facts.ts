/** What a run's report is made of: the objects that the run keeps, the ledger's items of its sources, what CloudWatch counted. */
import type * as z from "zod";

import type { Ban } from "../domain/ban.ts";
import { InvalidInputError } from "../domain/errors.ts";
import { fromIso, type Instant, MINUTE, type Window } from "../domain/instant.ts";
import { type JudgedRound, judgedRoundSchema } from "../domain/judged-round.ts";
import { type AppliedPlan, appliedPlanSchema, type Plan, planSchema } from "../domain/plan.ts";
import type { Proposal } from "../domain/proposal.ts";
import type { Run } from "../domain/run.ts";
import { appliedKey, endKey, planKeyOf, reliefKey, verdictsKey } from "../domain/run-keys.ts";
import { type ReportedEnd, type RunReport, reportedEndSchema, runReportSchema } from "../domain/run-report.ts";
import type { BanStore, EvidenceStore, ProposalStore } from "./ports.ts";
import { type Minutes, type Steps, stepsSchema } from "./relief.ts";

export interface JoinedAlarm {
  readonly name: string;
  readonly region: string;
  readonly at: Instant;
}

export interface ReportPorts {
  readonly evidence: Pick<EvidenceStore, "read">;
  readonly bans: Pick<BanStore, "getBans" | "undoneAt">;
  readonly proposals: Pick<ProposalStore, "get">;
  /** The alarms on the run's lease; none once it is over. */
  readonly joinedAlarms: (run: Run) => Promise<readonly JoinedAlarm[]>;
  /** What CloudWatch counted of each category's calls, by minute. */
  readonly calls: (range: Window) => Promise<ReadonlyMap<string, Minutes>>;
}

/** What one round left behind; null for what it did not come to. */
export interface RoundFacts {
  readonly run: Run;
  readonly judged: JudgedRound | null;
  readonly plan: Plan | null;
  readonly applied: AppliedPlan | null;
}

export interface DecidedProposal {
  readonly proposal: Proposal;
  /** Null while nobody has decided. */
  readonly approved: ReadonlySet<string> | null;
}

export interface RunFacts {
  /** As its latest look saw it. */
  readonly run: Run;
  /** An earlier report of the run: what is told in it need not be read again. */
  readonly before: RunReport | null;
  /** Those that `before` does not tell of, and its last one. */
  readonly rounds: readonly RoundFacts[];
  readonly bans: ReadonlyMap<string, Ban>;
  readonly undoneAt: Instant | null;
  readonly proposals: readonly DecidedProposal[];
  readonly joined: readonly JoinedAlarm[];
  readonly steps: Steps;
  /** Null where CloudWatch did not answer, or was not asked. */
  readonly calls: { readonly range: Window; readonly byCategory: ReadonlyMap<string, Minutes> } | null;
  readonly end: ReportedEnd | null;
}

export interface KnownRun {
  readonly runId: string;
  /** As a state knows it; null for whoever knows its name only. */
  readonly run: Run | null;
  /** The document of an earlier report; null if there is none. One of another version is put together anew. */
  readonly report: unknown;
}

/** Null for a run that left nothing. */
export async function readRunFacts(
  ports: ReportPorts,
  { runId, run: known, report }: KnownRun,
  now: Instant,
): Promise<RunFacts | null> {
  const { evidence } = ports;
  const before = runReportSchema.safeParse(report).data ?? null;
  const rounds = await readRounds(evidence, runId, before, known);
  const run = rounds.at(-1)?.run ?? known;
  if (!run) return null;
  const end = reportedEndSchema
    .nullable()
    .catch(null)
    .parse(await evidence.read(endKey(runId)));
  const [bans, undoneAt, proposals, joined, calls, relief] = await Promise.all([
    ports.bans.getBans([...sourcesOf(rounds, before)]),
    ports.bans.undoneAt(runId),
    readProposals(ports, rounds, before),
    ports.joinedAlarms(run),
    readCalls(ports, run, end, now),
    evidence.read(reliefKey(runId)),
  ]);
  return {
    ...{ run, before, rounds, bans, undoneAt, proposals, joined, calls, end },
    steps: stepsSchema.catch({}).parse(relief),
  };
}

/** A state may know of a round that has not been judged; the rounds before it all have. */
async function readRounds(
  evidence: ReportPorts["evidence"],
  runId: string,
  before: RunReport | null,
  known: Run | null,
): Promise<RoundFacts[]> {
  const rounds: RoundFacts[] = [];
  for (let round = before?.rounds.at(-1)?.round ?? 1; ; round += 1) {
    const judged = await readJudged(evidence, verdictsKey({ runId, round }));
    const plan = judged && ((await readPlan(evidence, planKeyOf({ runId, round }))) ?? null);
    const isKnown = known?.round === round ? known : null;
    const run = judged?.run ?? plan?.run ?? isKnown;
    if (!run) return rounds;
    const applied = plan && (await readApplied(evidence, planKeyOf({ runId, round })));
    rounds.push({ run: { ...isKnown, ...run }, judged, plan, applied });
    if (!judged) return rounds;
  }
}

async function readJudged(evidence: ReportPorts["evidence"], key: string): Promise<JudgedRound | null> {
  const document = await evidence.read(key);
  return document === null ? null : readAs(judgedRoundSchema, document, key);
}

async function readPlan(evidence: ReportPorts["evidence"], key: string): Promise<Plan | null> {
  const document = await evidence.read(key);
  return document === null ? null : readAs(planSchema, document, key);
}

async function readApplied(evidence: ReportPorts["evidence"], planKey: string): Promise<AppliedPlan | null> {
  const document = await evidence.read(appliedKey(planKey));
  return document === null ? null : readAs(appliedPlanSchema, document, planKey);
}

/** A document of many sources may break its contract in as many places: the first is told. */
function readAs<T>(schema: z.ZodType<T>, document: unknown, key: string): T {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw new InvalidInputError(`The document at ${key} cannot be read`, [
    `${first?.path.map(String).join(".")}: ${first?.message}`,
  ]);
}

/** Everybody whose fate the report tells. */
function sourcesOf(rounds: readonly RoundFacts[], before: RunReport | null): Set<string> {
  const planned = ({ plan }: RoundFacts) => (plan ? [...plan.apply, ...plan.file, ...plan.refuse] : []);
  const judged = ({ judged }: RoundFacts) => (judged?.verdicts ?? []).filter(({ verdict }) => verdict === "ban");
  const found = rounds.flatMap((round) => [...planned(round), ...judged(round)]);
  return new Set([...(before?.offenders ?? []), ...found].map(({ source }) => source));
}

async function readProposals(
  { proposals, evidence }: ReportPorts,
  rounds: readonly RoundFacts[],
  before: RunReport | null,
): Promise<DecidedProposal[]> {
  const filed = rounds.flatMap(({ plan }) => plan?.proposalId ?? []);
  const ids = new Set([...(before?.proposals ?? []).map(({ id }) => id), ...filed]);
  const found: DecidedProposal[] = [];
  for (const id of ids) {
    const proposal = (await proposals.get(id))?.proposal;
    if (!proposal) continue;
    const decided = proposal.decision && (await readPlan(evidence, proposal.decision.planKey));
    const approved = decided && new Set(decided.apply.map(({ source }) => source));
    found.push({ proposal, approved });
  }
  return found;
}

const BEFORE_START = 15 * MINUTE;
const AFTER_END = 15 * MINUTE;
/** CloudWatch keeps minutes for fifteen days, and what an earlier report told of them stays. */
const MINUTES_ARE_KEPT = 14 * 24 * 60 * MINUTE;

/** A report without them is better than none. */
async function readCalls(
  { calls }: ReportPorts,
  run: Run,
  end: ReportedEnd | null,
  now: Instant,
): Promise<RunFacts["calls"]> {
  const startedAt = fromIso(run.startedAt) ?? now;
  const from = Math.floor((startedAt - BEFORE_START) / MINUTE) * MINUTE;
  if (now - from > MINUTES_ARE_KEPT) return null;
  const range = { from, to: Math.min(now, end ? (fromIso(end.at) ?? now) + AFTER_END : now) };
  // A run from a clock that goes ahead of ours has no minutes yet.
  if (range.to <= range.from) return null;
  try {
    return { range, byCategory: await calls(range) };
  } catch {
    return null;
  }
}
