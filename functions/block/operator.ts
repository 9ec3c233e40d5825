/** What a person does by the command line. Everything goes through the ledger, the guards and the record. */
import type { Ban, Mode, Target } from "../domain/ban.ts";
import { formatCidr } from "../domain/cidr.ts";
import type { DecisionRecord } from "../domain/decision.ts";
import type { IpSets } from "../domain/environment.ts";
import { InvalidInputError, RefusedError } from "../domain/errors.ts";
import { type Instant, toIso } from "../domain/instant.ts";
import type { Policy } from "../domain/policy.ts";
import { printable } from "../domain/printable.ts";
import type { Proposal, ProposalEntries } from "../domain/proposal.ts";
import { parseSource } from "../domain/source.ts";
import { answersByHand } from "./answers.ts";
import { type DecidePorts, type DecisionEnd, decideProposal as decide } from "./decide-proposal.ts";
import { RELEASE_GRACE_MS } from "./drift-edits.ts";
import { editBan, forEachFew } from "./edit-ban.ts";
import { type ExclusionPorts, readExclusions } from "./exclusions.ts";
import { readEntries } from "./file-proposal.ts";
import { type Exclusions, guardSource } from "./guards.ts";
import { applyClaim, type Changed, isInForce, releaseByPerson, undoClaim } from "./ledger.ts";
import type { ControlStore, EvidenceStore, ProposalStore } from "./ports.ts";
import { type ReconcilePorts, reconcile, type ScopeReport } from "./reconcile.ts";
import { refusalText } from "./refusal-text.ts";

export interface OperatorPorts extends ReconcilePorts, ExclusionPorts {
  readonly control: ControlStore;
  readonly evidence: Pick<EvidenceStore, "write">;
}

/** The deployment as the command line knows it, and who is at the keys. */
export interface OperatorScene {
  readonly sets: IpSets;
  readonly egress: readonly string[];
  readonly policy: Policy;
  readonly initialMode: Mode;
  readonly by: string;
}

export interface OperatorEnd {
  readonly bans: readonly Ban[];
  readonly scopes: readonly ScopeReport[];
}

export interface AddBan {
  readonly source: string;
  readonly minutes: number;
  readonly reason: string;
  readonly targets: readonly Target[];
}

/** Bans by hand, through the same guards as everybody. In mode `observe` the ban is simulated; a real one stays as it is. */
export async function addBan(ports: OperatorPorts, scene: OperatorScene, request: AddBan): Promise<OperatorEnd> {
  const source = sourceOf(request.source);
  const targets = targetsHere(scene, request.targets);
  const exclusions = await readExclusions(ports, scene.sets, scene.egress);
  const refusal = guardSource(source, exclusions);
  if (refusal) throw new RefusedError(`${source} cannot be banned`, [refusalText(refusal, scene.egress)]);
  const now = ports.timing.now();
  const order = {
    ...{ source, key: `manual:${scene.by}`, at: now, origin: "manual" as const, by: scene.by, score: 100 },
    ...{ targets, reasons: [], minutes: request.minutes, jitter: 0 },
    simulated: (await currentMode(ports.control, scene.initialMode)) === "observe",
  };
  const record = (next: Ban) =>
    decisionOf(ports, scene, "ban.applied", { source, why: request.reason, until: next.expiresAt });
  const ban = await editAndTell(ports, source, (held) => applyClaim(held, order, now, scene.policy), record);
  if (ban && order.simulated && !ban.simulated)
    throw new RefusedError(`${source} stays banned until ${ban.expiresAt}, no longer and no shorter`, [
      "In mode observe nothing is banned anew. Switch the mode first (`portcullis mode`), or release it.",
    ]);
  return finish(ports, scene, ban ? [ban] : [], { since: now, exclusions });
}

/** Of the web ACLs that are asked for, those that this deployment has. */
function targetsHere({ sets }: OperatorScene, wanted: readonly Target[]): readonly Target[] {
  const here = wanted.filter((target) => sets[target] !== null);
  if (here.length > 0) return here;
  throw new RefusedError(`There is no web ACL at ${wanted.join(" and ")}`, [
    "`poolProtection` of the config is none: only the distribution has one. Ban at edge.",
  ]);
}

/** Lets a source go at once; for a day only people ban it again. */
export async function releaseBan(ports: OperatorPorts, scene: OperatorScene, text: string): Promise<OperatorEnd> {
  const source = sourceOf(text);
  const now = ports.timing.now();
  const release = (held: Ban | null) => releaseByPerson(held, now, now + RELEASE_GRACE_MS);
  const record = () => decisionOf(ports, scene, "ban.released", { source, why: "released by a person" });
  const ban = await editAndTell(ports, source, release, record);
  return finish(ports, scene, ban ? [ban] : [], { since: now });
}

/** Takes a run's claims back, and nothing else; the run bans nobody hands-off any more. */
export async function undoRun(ports: OperatorPorts, scene: OperatorScene, runId: string): Promise<OperatorEnd> {
  const now = ports.timing.now();
  // The mark first, then the claims: an apply that is under way finds it or is undone below.
  await ports.bans.markUndone(runId, scene.by, now);
  const bans: Ban[] = [];
  await forEachFew(await ports.bans.sourcesOfRun(runId), async (source) => {
    const record = () => decisionOf(ports, scene, "ban.undone", { source, runId, why: `run ${runId} was undone` });
    const ban = await editAndTell(ports, source, (held) => undoClaim(held, runId, now), record);
    if (ban) bans.push(ban);
  });
  return finish(ports, scene, bans, { since: now });
}

export async function setMode(ports: OperatorPorts, scene: OperatorScene, mode: Mode): Promise<void> {
  const before = await currentMode(ports.control, scene.initialMode);
  const record = decisionOf(ports, scene, "mode.changed", { why: `${before} → ${mode}` });
  // The record first, as of every decision: there is no change that nobody can explain.
  await ports.control.record(record);
  await ports.control.setMode(mode, scene.by, Date.parse(record.at));
  ports.journal(record);
}

export async function currentMode(control: ControlStore, initialMode: Mode): Promise<Mode> {
  return (await control.mode()) ?? initialMode;
}

/** Bans in force now, those that end first first. */
export async function listBans(ports: Pick<OperatorPorts, "bans" | "timing">): Promise<Ban[]> {
  const now = ports.timing.now();
  return (await ports.bans.activeBans()).filter((ban) => isInForce(ban, now));
}

export interface ProposalPorts {
  readonly proposals: ProposalStore;
  readonly evidence: EvidenceStore;
}

/** The latest proposal of every category, open or decided. */
export async function listProposals({ proposals }: Pick<ProposalPorts, "proposals">): Promise<Proposal[]> {
  const tickets = await Promise.all((await proposals.categories()).map((id) => proposals.get(id)));
  return tickets.flatMap((ticket) => ticket?.proposal ?? []);
}

export async function showProposal(
  ports: ProposalPorts,
  id: string,
): Promise<{ proposal: Proposal; document: ProposalEntries } | null> {
  const proposal = (await ports.proposals.get(id))?.proposal;
  return proposal ? { proposal, document: await readEntries(ports.evidence, proposal) } : null;
}

export interface Decide {
  readonly id: string;
  readonly approve: boolean;
  /** Sources that are not approved although the proposal is. */
  readonly except: readonly string[];
  readonly comment: string;
  readonly nonce: string;
  /** What the person has looked at; absent for whatever is there now. */
  readonly ofVersion?: number | undefined;
}

/** The page's decision, under IAM instead of a link. */
export async function decideProposal(
  ports: DecidePorts & Pick<OperatorPorts, "timing">,
  by: string,
  request: Decide,
): Promise<DecisionEnd> {
  const shown = await showProposal(ports, request.id);
  if (!shown) return { end: "unknown" };
  const { proposal, document } = shown;
  if (request.ofVersion !== undefined && request.ofVersion !== proposal.version) return { end: "changed", proposal };
  const except = new Set(request.except.map(sourceOf));
  const sources = document.entries.map(({ source }) => source);
  const strangers = [...except].filter((source) => !sources.includes(source));
  if (strangers.length > 0) throw new InvalidInputError("--except names what was not proposed", strangers);
  return decide(ports, {
    ...{ id: request.id, hash: proposal.hash, by, comment: request.comment },
    approved: request.approve ? sources.filter((source) => !except.has(source)) : [],
    at: ports.timing.now(),
    otherwise: "rejected",
    nonce: request.nonce,
  });
}

/** The source that a person has written down. */
export function sourceOf(text: string): string {
  const cidr = parseSource(text);
  if (!cidr)
    throw new InvalidInputError("A source cannot be read", [
      `${printable(text)} is neither an address nor a CIDR. Write it like 198.51.100.7, 203.0.113.0/28 or 2001:db8::/64`,
    ]);
  return formatCidr(cidr);
}

async function finish(
  ports: OperatorPorts,
  scene: OperatorScene,
  bans: readonly Ban[],
  { since, exclusions }: { readonly since: Instant; readonly exclusions?: Exclusions },
): Promise<OperatorEnd> {
  const scopes = await reconcile(ports, {
    sets: scene.sets,
    exclusions: exclusions ?? (await readExclusions(ports, scene.sets, scene.egress)),
    fresh: bans,
    adoptMinutes: scene.policy.ban.approvedMinutes,
  });
  const byHand = answersByHand([...bans, ...scopes.flatMap((scope) => scope.bans)], since);
  for (const { key, document } of byHand) await ports.evidence.write(key, document);
  return { bans, scopes };
}

async function editAndTell(
  { bans, control, journal }: OperatorPorts,
  source: string,
  edit: (held: Ban | null) => Changed,
  recordOf: (next: Ban) => DecisionRecord,
): Promise<Ban | null> {
  const { ban, changed } = await editBan(bans, source, edit, (next) => control.record(recordOf(next)));
  if (ban && changed) journal(recordOf(ban));
  return ban;
}

function decisionOf(
  { timing }: OperatorPorts,
  { by }: OperatorScene,
  event: DecisionRecord["event"],
  { source, runId, why, until }: { source?: string; runId?: string; why: string; until?: string },
): DecisionRecord {
  return {
    ...{ event, at: toIso(timing.now()), id: `${source ?? "all"}:${by}`, by, why },
    ...(source !== undefined && { source }),
    ...(runId !== undefined && { runId }),
    ...(until !== undefined && { facts: { until } }),
  };
}
