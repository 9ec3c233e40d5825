/** What the demo needs of a world: where to send requests, and how to see what they set off. */
import type { Ban, Mode, Target } from "../../functions/domain/ban.ts";
import type { Deployment } from "../../functions/domain/deployment.ts";
import type { Instant } from "../../functions/domain/instant.ts";
import type { Proposal } from "../../functions/domain/proposal.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import type { WorldClock } from "../clock.ts";

export interface AlarmView {
  readonly name: string;
  readonly inAlarm: boolean;
  /** When it last went to ALARM. */
  readonly firedAt: Instant | null;
}

/** One execution of a state machine, as Step Functions shows it. */
export interface ExecutionView {
  readonly id: string;
  readonly machine: "mitigate" | "approve" | "rollup";
  readonly status: string;
  readonly startedAt: Instant;
  /** The alarm's name, or who else started it. */
  readonly startedBy: string;
  /** States of the machine itself, not those inside of a state. */
  readonly current: readonly string[];
  readonly visited: readonly string[];
}

export interface Stage {
  readonly clock: WorldClock;
  /** How fast the clock races by default. */
  readonly race: number;
  readonly deployment: Deployment;
  readonly clientId: string;
  readonly poolName: string;
  readonly viewerUrl: string;
  readonly poolUrl: string;
  /** The two machines' ASL definitions, as the templates hold them. */
  readonly mitigateDefinition: unknown;
  readonly approveDefinition: unknown;
  /** Counts of what was booted, for the first line of the story. */
  readonly booted: string;
  addUser(name: string, password: string): void | Promise<void>;
  /** The alarms on quota use, not those on the deployment's own health. */
  alarms(): readonly AlarmView[];
  alarmName(category: string, percent: number): string;
  executions(): readonly ExecutionView[];
  /** Use of a quota category in the last full minute, in per cent. */
  usePercent(category: string): number;
  bans(): Promise<readonly Ban[]>;
  /** Whether the machine-owned IP sets of a target hold the source at this moment. */
  isInSets(source: string, target: Target): boolean;
  /** Verdicts of the latest round of any run, best evidence first; empty before the first. */
  verdicts(): Promise<readonly SourceVerdict[]>;
  /** The latest proposal of each category. */
  proposals(): Promise<readonly Proposal[]>;
  /** The sources that open proposals name. */
  proposed(proposals: readonly Proposal[]): ReadonlySet<string>;
  /** The link of the newest mail that asks for an approval, of this proposal if one is named. */
  approvalLink(id?: string): string | null;
  /** The page about a run, as it stands in the evidence bucket; null before there is one. */
  report(runId: string): string | null;
  mode(): Promise<Mode>;
  /** As `portcullis mode --force`: through the ledger and into its record. */
  setMode(mode: Mode): Promise<void>;
  stop(): Promise<void>;
}
