/**
 * Notify: tells people what a round, a decision or a run came to.
 *
 * Trigger    `mitigate` after Apply, after a round that banned nobody but found something, and at the run's end; `approve`
 *            after a decision.
 * Run twice  what was told is noted behind the mail, so a retry says nothing more; a crash in between tells twice.
 * Gotcha     a round that repeats says nothing: what guards keep free, and notes, are told once in two days, and at most
 *            four times an hour; what waits is told with the next.
 */
import { InvalidInputError } from "../domain/errors.ts";
import { fromIso, type Instant, type Window } from "../domain/instant.ts";
import { type Plan, planSchema } from "../domain/plan.ts";
import {
  type Answer,
  type ApplyResult,
  notifyRequestSchema,
  notOursRequestSchema,
  overRequestSchema,
  type Run,
  stoppedRequestSchema,
} from "../domain/run.ts";
import { reliefKey } from "../domain/run-keys.ts";
import { overNotice, reliefSentences, stoppedNotice } from "./end-notices.ts";
import { findingsNotice, findingsOf, keysOf, newFindings } from "./findings.ts";
import { notOursNotice } from "./not-ours-notice.ts";
import type { NoticeText } from "./notice-text.ts";
import { appliedNotice, silenceNotice } from "./notices.ts";
import type { EvidenceStore, ProposalStore, SharedDocuments, Topic } from "./ports.ts";
import { deciders } from "./proposals.ts";
import { type Minutes, measuredRange, type Relief, reliefOf, type Steps, stepOf, stepsSchema } from "./relief.ts";
import { tellAccounts } from "./tell-accounts.ts";
import { noteTold, noticesInHour, readTold } from "./told.ts";

export interface NotifyPorts {
  readonly evidence: EvidenceStore & SharedDocuments;
  readonly topic: Topic;
  readonly proposals: Pick<ProposalStore, "putDone">;
  /** What CloudWatch counted of a category's calls, by minute. */
  readonly calls: (category: string, range: Window) => Promise<Minutes>;
}

export interface NotifyScene {
  readonly now: Instant;
  readonly runbookUrl: string;
  /** Calls a second, by category. */
  readonly quotas: Readonly<Record<string, number>>;
}

const FINDINGS = "runs/findings-told.json";
const NOTICES_AN_HOUR = 4;

export async function notify(ports: NotifyPorts, event: unknown, scene: NotifyScene): Promise<{ told: boolean }> {
  const notOurs = notOursRequestSchema.safeParse(event).data?.notOurs.run;
  if (notOurs)
    return tell(ports, `runs/${notOurs.runId}/not-ours.json`, () => notOursNotice(notOurs, scene.runbookUrl));
  const over = overRequestSchema.safeParse(event).data?.over;
  if (over) return tellOver(ports, over, scene);
  const stopped = stoppedRequestSchema.safeParse(event).data;
  if (stopped) {
    const said = await measuredSentences(ports, stopped.run, scene);
    return tell(ports, `runs/${stopped.run.runId}/stopped.json`, () => stoppedNotice(stopped, said, scene.runbookUrl));
  }
  const { run, planKey, applied, answer } = notifyRequestSchema.parse(event);
  const plan = await readPlan(ports.evidence, planKey);
  await tellAccounts(ports, run, plan.accountsAtRisk ?? [], scene.now);
  if (applied) await noteRelief(ports.evidence, plan, applied, scene.now);
  if (answer) return closeDecision(ports, plan, applied ?? null, scene);
  return tellRound(ports, plan, applied ?? null, scene);
}

async function readPlan(evidence: EvidenceStore, key: string): Promise<Plan> {
  const parsed = planSchema.safeParse(await evidence.read(key));
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(`The plan at ${key} cannot be read`, [parsed.error.message]);
}

/** `key` keeps the notice, and a second call from telling it again. */
async function tell(
  { evidence, topic }: NotifyPorts,
  key: string,
  noticeOf: () => NoticeText,
): Promise<{ told: boolean }> {
  if ((await evidence.read(key)) !== null) return { told: false };
  const notice = noticeOf();
  await topic.publish(notice);
  const { subject, text } = notice;
  await evidence.write(key, { subject, text });
  return { told: true };
}

async function tellRound(ports: NotifyPorts, plan: Plan, applied: ApplyResult | null, scene: NotifyScene) {
  const { evidence } = ports;
  const { runId, round } = plan.run;
  const findings = findingsOf(plan, applied?.stopped);
  const told = await readTold(evidence, FINDINGS, scene.now);
  if (applied && applied.counts.banned + applied.counts.extended > 0) {
    const key = `runs/${runId}/${round}/notice.json`;
    const end = await tell(ports, key, () => appliedNotice(plan, applied, scene.runbookUrl));
    if (end.told) await noteTold(evidence, FINDINGS, keysOf(findings), scene.now);
    return end;
  }
  // A proposal's first mail tells of the notes that it was opened with.
  const notes = plan.opened ? [] : findings.notes;
  const overflow = overflowOf(plan.run, applied);
  const news = newFindings({ refused: findings.refused, notes: [...notes, ...overflow] }, told);
  const keys = keysOf(news);
  const opened = plan.opened ? keysOf({ refused: [], notes: findings.notes }) : [];
  const isTold = keys.length > 0 && noticesInHour(told, scene.now) < NOTICES_AN_HOUR;
  if (isTold) await ports.topic.publish(findingsNotice(plan, news, scene.runbookUrl));
  const noted = [...(isTold ? keys : []), ...opened];
  if (noted.length > 0) await noteTold(evidence, FINDINGS, noted, scene.now);
  return { told: isTold };
}

/** Bans that were made before and still have no room in the IP sets. */
function overflowOf({ runId }: Run, applied: ApplyResult | null): string[] {
  if (!applied || applied.counts.overflow === 0) return [];
  return [`NO ROOM in the IP sets for ${applied.counts.overflow} sources of run ${runId}. Raise autoShards.`];
}

/** Last of all it is noted that nothing is left to do: until then the sweep starts another execution (tend-proposals.ts). */
async function closeDecision(ports: NotifyPorts, plan: Plan, applied: ApplyResult | null, scene: NotifyScene) {
  const end = await tellDecision(ports, plan, applied, scene);
  if (plan.proposalId !== null) await ports.proposals.putDone(plan.proposalId, scene.now);
  return end;
}

/** Whoever decided knows what they approved; what came of it otherwise, or by silence, they don't. */
async function tellDecision(ports: NotifyPorts, plan: Plan, applied: ApplyResult | null, { runbookUrl }: NotifyScene) {
  const { banned, overflow, refused = 0 } = applied?.counts ?? { banned: 0, overflow: 0 };
  const bySilence = plan.by === deciders.silence && (applied === null || banned > 0);
  if (refused + overflow === 0 && !bySilence) return { told: false };
  const key = `runs/${plan.run.runId}/${plan.run.round}/decided-${plan.proposalId}.json`;
  const noticeOf = () => (applied ? appliedNotice(plan, applied, runbookUrl) : silenceNotice(plan, runbookUrl));
  return tell(ports, key, noticeOf);
}

/** Simulated bans relieve nothing. A note that cannot be read is begun anew: it is no reason to tell nobody. */
async function noteRelief(evidence: SharedDocuments, plan: Plan, applied: ApplyResult, now: Instant): Promise<void> {
  if (plan.simulated || applied.counts.banned === 0) return;
  const name = plan.origin === "approved" ? `proposal ${plan.proposalId}` : `round ${plan.run.round}`;
  await evidence.amend(reliefKey(plan.run.runId), (document) => {
    const steps = stepsIn(document);
    return steps[name] === undefined ? { ...steps, [name]: stepOf(plan, now) } : null;
  });
}

async function readSteps(evidence: EvidenceStore, run: Run): Promise<Steps> {
  return stepsIn(await evidence.read(reliefKey(run.runId)));
}

function stepsIn(document: unknown): Steps {
  return stepsSchema.catch({}).parse(document);
}

async function measure(ports: NotifyPorts, run: Run, now: Instant): Promise<Relief | null> {
  const steps = await readSteps(ports.evidence, run);
  if (Object.keys(steps).length === 0) return null;
  const range = measuredRange(steps, fromIso(run.startedAt) ?? now, now);
  return reliefOf(steps, await ports.calls(run.category, range), now);
}

async function tellOver(ports: NotifyPorts, over: { run: Run; reason: string }, scene: NotifyScene) {
  const relief = await measure(ports, over.run, scene.now);
  if (!relief) return { told: false };
  const quota = scene.quotas[over.run.category] ?? null;
  return tell(ports, `runs/${over.run.runId}/over.json`, () => overNotice(over, relief, quota, scene.runbookUrl));
}

/** That the run has stopped must be told also where nobody can measure. */
async function measuredSentences(ports: NotifyPorts, run: Run, { now, quotas }: NotifyScene): Promise<string[]> {
  try {
    const relief = await measure(ports, run, now);
    return relief ? [...reliefSentences(run, relief, quotas[run.category] ?? null), ""] : [];
  } catch (error) {
    return [`What its bans have relieved is not known: ${error instanceof Error ? error.name : "no answer"}.`, ""];
  }
}

/** For the metric of how long people take, or are given; null for what nobody had to decide. */
export function waitedSeconds(event: unknown): number | null {
  const answer: Answer | undefined = notifyRequestSchema.safeParse(event).data?.answer;
  return answer && answer.by !== deciders.bans ? (answer.waitedSeconds ?? null) : null;
}
