/** Plan: from verdicts to a plan in the evidence bucket, with what needs a person filed. */

import type { SourceKnock } from "../domain/ban.ts";
import type { IpSets } from "../domain/environment.ts";
import { InvalidInputError } from "../domain/errors.ts";
import { type JudgedRound, judgedRoundSchema } from "../domain/judged-round.ts";
import type { Plan } from "../domain/plan.ts";
import { type PlanResult, RUN_SCHEMA, type ScoreResult } from "../domain/run.ts";
import { planKeyOf } from "../domain/run-keys.ts";
import { counted } from "../domain/wording.ts";
import { editBan, forEachFew } from "./edit-ban.ts";
import { readExclusions } from "./exclusions.ts";
import { declinedSources, fileProposal } from "./file-proposal.ts";
import { findingsOf, keysOf } from "./findings.ts";
import { noteKnock } from "./ledger.ts";
import { usersInHour } from "./lockout-count.ts";
import { countNewBans, planBans } from "./plan.ts";
import type {
  BanStore,
  ControlStore,
  EvidenceStore,
  Executions,
  IpSetStore,
  Journal,
  PrefixLists,
  ProposalStore,
  Timing,
} from "./ports.ts";
import { refusalRecord } from "./refusal-record.ts";
import type { Settings } from "./settings.ts";

export interface PlanPorts {
  readonly bans: BanStore;
  readonly control: ControlStore;
  readonly proposals: ProposalStore;
  readonly evidence: EvidenceStore;
  readonly executions: Executions;
  readonly ipSets: IpSetStore;
  readonly prefixLists: PrefixLists;
  readonly timing: Timing;
  readonly journal: Journal;
}

/** The same round planned twice is planned anew; its claims and its count replace one another, they don't add up. */
export async function runPlan(
  ports: PlanPorts,
  request: ScoreResult,
  settings: Settings,
  newId: string,
): Promise<PlanResult> {
  const { run } = request;
  const scored = await readScored(ports.evidence, request.verdictsKey);
  const { verdicts, knocks, establishedUsers, quotaCalls, accountsAtRisk } = scored;
  const at = ports.timing.now();
  const round = `${run.runId}#${run.round}`;
  const mode = (await ports.control.mode()) ?? settings.INITIAL_MODE;
  // Simulated bans have an hour of their own, or a switch to `enforce` in mid-attack would find no room left.
  const counter = mode === "observe" ? `${run.category}#observe` : run.category;
  const offenders = verdicts.filter(({ verdict }) => verdict === "ban").map(({ source }) => source);
  const bans = await ports.bans.getBans(offenders);
  const plan = planBans({
    ...{ run, verdicts, missing: request.missing, notes: request.notes, totalCalls: request.counts.calls, bans, at },
    mode,
    policy: settings.POLICY,
    exclusions: await readExclusions(ports, settings.IP_SETS, settings.EGRESS),
    targets: targetsOf(settings.IP_SETS),
    bansInHour: await ports.control.bansInHour(counter, at, round),
    undone: (await ports.bans.undoneAt(run.runId)) !== null,
    declined: await declinedSources(ports, run.category, at),
    ...{ establishedUsers, quotaCalls },
    usersInHour: usersInHour(await ports.control.lockoutCount(), at, round),
    random: ports.timing.random,
  });
  await ports.control.countBans(counter, round, at, countNewBans(plan, bans, at));
  await noteKnocks(ports.bans, knocks);
  const proposal = await fileProposal(ports, plan, newId, at);
  const opened = proposal?.version === 1 && proposal.run.runId === run.runId && proposal.run.round === run.round;
  const finished: Plan = { ...plan, proposalId: proposal?.id ?? null, accountsAtRisk, opened };
  const planKey = planKeyOf(run);
  await ports.evidence.write(planKey, finished);
  await tell(ports, finished);
  return resultOf(finished, planKey);
}

/** The sweep asks the ledger, not the logs, whether a flooder still knocks; only what is banned is written to. */
async function noteKnocks(bans: BanStore, knocks: readonly SourceKnock[]): Promise<void> {
  const held = await bans.getBans(knocks.map(({ source }) => source));
  const news = knocks.filter((knock) => noteKnock(held.get(knock.source) ?? null, knock) !== "unchanged");
  await forEachFew(news, async (knock) => {
    await editBan(bans, knock.source, (ban) => noteKnock(ban, knock));
  });
}

/** Both doors where there are two: else a banned caller simply uses the other. */
function targetsOf(sets: IpSets): ("edge" | "pool")[] {
  return sets.pool ? ["edge", "pool"] : ["edge"];
}

async function readScored(evidence: EvidenceStore, key: string): Promise<JudgedRound> {
  const parsed = judgedRoundSchema.safeParse(await evidence.read(key));
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(`The verdicts at ${key} cannot be read`, [parsed.error.message]);
}

/** A refusal is recorded once a run and source, however many rounds find it; what is banned already was not refused. */
async function tell({ control, journal }: PlanPorts, { refuse, file, at, by, run, proposalId }: Plan): Promise<void> {
  const refused = refuse.filter(({ why }) => why !== "already-banned");
  await forEachFew(refused, (one) => control.record(refusalRecord(run, one)));
  for (const one of refused) journal({ ...refusalRecord(run, one), at });
  const who = { at, by, runId: run.runId };
  if (proposalId)
    journal({
      event: "proposal.filed",
      ...who,
      id: proposalId,
      why: counted(file.length, "source needs a person", "sources need a person"),
    });
}

function resultOf(plan: Plan, planKey: string): PlanResult {
  const { run, mode, apply, file, refuse, proposalId, missing, accountsAtRisk = [] } = plan;
  const counts = {
    apply: apply.length,
    file: file.length,
    refuse: refuse.length,
    accounts: accountsAtRisk.length,
    tell: accountsAtRisk.length + keysOf(findingsOf(plan)).length,
  };
  return { schema: RUN_SCHEMA, run, mode, planKey, counts, proposalId, missing };
}
