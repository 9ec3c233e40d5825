/** What the block side needs from the outside. One adapter each under `aws/`; nothing here knows AWS. */
import type { Ban, Mode, Target } from "../domain/ban.ts";
import type { DecisionRecord } from "../domain/decision.ts";
import type { Instant } from "../domain/instant.ts";
import type { Proposal } from "../domain/proposal.ts";
import type { LockoutStore } from "./lockout-count.ts";
import type { NoticeText } from "./notice-text.ts";
import type { SetState } from "./set-state.ts";

/** The bans. Writes are single items, conditional on the version that was read. */
export interface BanStore {
  /** Consistent. */
  getBan(source: string): Promise<Ban | null>;
  /** Consistent; sources without an item are absent. */
  getBans(sources: readonly string[]): Promise<Map<string, Ban>>;
  /** Every ban whose status is active, expired ones included. Eventually consistent: confirm what a change hangs on. */
  activeBans(): Promise<Ban[]>;
  /** The active bans that end at or before `now`, soonest first. Eventually consistent. */
  bansDue(now: Instant): Promise<Ban[]>;
  /** Writes if the stored version is still `ban.version - 1` (0: no item yet); false if somebody was faster. */
  putBan(ban: Ban): Promise<boolean>;
  /** Notes that a run is about to claim a source. Before the claim, so that undo never misses one. */
  indexRun(runId: string, source: string): Promise<void>;
  sourcesOfRun(runId: string): Promise<string[]>;
  /** An undone run bans nobody hands-off any more, neither by a late retry nor in its next round. */
  markUndone(runId: string, by: string, at: Instant): Promise<void>;
  /** When a run was last undone; null if it never was. */
  undoneAt(runId: string): Promise<Instant | null>;
}

/** The append-only record, the mode and the hourly counters. */
export interface ControlStore extends LockoutStore {
  /** Append-only; a record with the same instant and id is written once. */
  record(decision: DecisionRecord): Promise<void>;
  /** Null until somebody has set it; the deployment's initial mode holds then. */
  mode(): Promise<Mode | null>;
  setMode(mode: Mode, by: string, at: Instant): Promise<void>;
  /** Automatic bans of a category in the hour before `now`, without those of `round`. */
  bansInHour(category: string, now: Instant, round: string): Promise<number>;
  /** Counts a round's automatic bans. The same round counted twice counts once. */
  countBans(category: string, round: string, at: Instant, bans: number): Promise<void>;
}

/** What stands in the ledger beside a proposal: the tokens of waiting executions, and who was told when. */
export interface ProposalTicket {
  readonly proposal: Proposal;
  /** Version → task token. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly notices: readonly Notice[];
  /** When what was decided was applied and told; null until then. */
  readonly doneAt: string | null;
}
export interface Notice {
  readonly at: string;
  readonly sources: number;
  readonly topScore: number;
  readonly linkExpiresAt: string;
  /** The version that people were reminded of; absent in a first notice. */
  readonly reminderOf?: number | undefined;
}

export interface ProposalStore {
  /** Consistent. */
  get(id: string): Promise<ProposalTicket | null>;
  /** The id of the category's latest proposal, open or not. */
  latest(category: string): Promise<string | null>;
  /** Makes `proposal` the category's latest if `previous` still is; false if another round was faster. */
  open(proposal: Proposal, previous: string | null): Promise<boolean>;
  /** Writes if the stored proposal is still open and of version `expected`. */
  put(proposal: Proposal, expected: number): Promise<boolean>;
  putToken(id: string, version: number, token: string): Promise<void>;
  putNotices(id: string, notices: readonly Notice[]): Promise<void>;
  putDone(id: string, at: Instant): Promise<void>;
  /** Ids of every category's latest proposal. */
  categories(): Promise<string[]>;
}

/** The policy that a person has set at run time, as text: whatever it is, reading it never fails. */
export interface PolicyStore {
  /** Consistent. Version 0 and no text until somebody has set one. */
  getPolicy(): Promise<StoredPolicy>;
  /** Writes if the stored version is still `version - 1`; false if somebody was faster. */
  putPolicy(policy: StoredPolicy): Promise<boolean>;
}
export interface StoredPolicy {
  readonly version: number;
  readonly text: string | null;
}

/** What we know of a machine-owned set: what is surely in it, and what a write on its way may put there. */
export interface SetStateStore {
  /** Consistent. */
  getSetState(target: Target, name: string): Promise<SetState | null>;
  /** Writes if the stored version is still `state.version - 1`; false if another writer was faster. */
  putSetState(target: Target, name: string, state: SetState): Promise<boolean>;
}

export interface IpSet {
  readonly id: string;
  readonly description: string;
  readonly addresses: readonly string[];
  readonly lockToken: string;
}

/**
 * WAF's IP sets by name. `write` replaces the whole list; it throws `ConflictError` when the lock token is not the
 * latest any more, and `RetryableError` when it is unknown whether the write went through.
 */
export interface IpSetStore {
  /** Null if there is no set of this name. */
  read(target: Target, name: string): Promise<IpSet | null>;
  write(target: Target, name: string, set: IpSet): Promise<void>;
}

/** JSON documents by key: verdicts, plans, proposals. */
export interface EvidenceStore {
  /** Null if there is no such document. */
  read(key: string): Promise<unknown>;
  write(key: string, document: unknown): Promise<void>;
}

/** Documents that several runs or rounds change. */
export interface SharedDocuments {
  /**
   * Replaces a document by what `change` makes of it (null where there is none); null leaves it as it is. Where somebody
   * else was faster, `change` is asked again with what stands there by then.
   */
  amend(key: string, change: (document: unknown) => object | null): Promise<void>;
}

/** A document as it stood at one time; `tag` tells it from what stands there at another. */
export interface Version<T> {
  readonly document: T;
  readonly tag: string;
}

/** Documents that take long to make, and that somebody else may make at the same time. */
export interface VersionedDocuments {
  /** Puts what `make` makes of the document (null where there is none) in its place; asked again as `amend` does. */
  replace<T extends object>(key: string, make: (document: unknown) => Promise<T>): Promise<Version<T>>;
  /** What stands there instead of that version; null while it is still the one. */
  newerThan(key: string, tag: string): Promise<Version<unknown> | null>;
}

/** Pages by key, in the bucket of the evidence. */
export interface Pages {
  write(key: string, html: string): Promise<void>;
}

/** Ranges of AWS's that must never be blocked, as CIDR text. Throws `RetryableError` if they cannot be read now. */
export interface PrefixLists {
  cloudFront(): Promise<string[]>;
}

export interface Executions {
  /** Starts a machine; an execution of that name that exists already is fine. */
  start(name: string, input: unknown): Promise<void>;
}

export interface RunningExecutions {
  /** False also for one that was never started. */
  isRunning(name: string): Promise<boolean>;
}

export interface TaskTokens {
  /** False if nobody waits for this token any more. */
  succeed(token: string, output: unknown): Promise<boolean>;
}

export interface Topic {
  publish(notice: NoticeText): Promise<void>;
}

export interface KeptNotice {
  /** The same for the same notice. */
  readonly id: string;
  readonly at: Instant;
  readonly notice: NoticeText;
}

export interface WaitingNotice extends KeptNotice {
  /** When somebody last set about sending it; null if nobody has. */
  readonly takenAt: Instant | null;
}

export interface Outbox {
  /** A notice that is kept already, or was sent from here lately, is not kept again. */
  keep(kept: KeptNotice): Promise<void>;
  /** What was not sent yet, oldest first. Consistent. */
  waiting(): Promise<WaitingNotice[]>;
  /** Of several who take a notice as they have seen it, one gets it; false for the others. */
  take(seen: WaitingNotice, at: Instant): Promise<boolean>;
  sent(id: string, at: Instant): Promise<void>;
}

export interface Secrets {
  read(): Promise<string>;
}

/** Where decisions are told, one structured event each. */
export type Journal = (decision: DecisionRecord) => void;

/** Time as a use case needs it: the present, and waiting. `random` is in [0, 1). */
export interface Timing {
  now(): Instant;
  pause(milliseconds: number): Promise<void>;
  random(): number;
}
