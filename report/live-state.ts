/** What the live page shows of the running demo; instants are ISO 8601 on the demo's clock. */
import type { Mode } from "../functions/domain/ban.ts";
import type { Whereabouts } from "./machine-drawing.ts";

export interface LiveState {
  readonly now: string;
  /** Seconds of the demo's clock per second of the wall. */
  readonly speed: number;
  readonly mode: Mode;
  readonly tone: "calm" | "alarm" | "good";
  readonly headline: string;
  readonly gauges: readonly LiveGauge[];
  readonly traffic: LiveTraffic;
  readonly run: LiveRun | null;
  /** The execution that asks a person, while there is one. */
  readonly asking: LiveRun | null;
  /** Of the runs that have a report, latest first. */
  readonly reports: readonly { readonly runId: string; readonly at: string; readonly startedBy: string }[];
  readonly sources: readonly LiveSource[];
  readonly steps: readonly { readonly text: string; readonly detail: string; readonly at: string | null }[];
  /** What happened after the story, latest first. */
  readonly log: readonly { readonly at: string; readonly text: string }[];
  readonly inbox: readonly LiveProposal[];
  readonly launches: readonly LiveLaunch[];
  /** The scripted story is over: from here on people play. */
  readonly isTold: boolean;
}

export interface LiveGauge {
  readonly category: string;
  readonly percent: number;
  readonly inAlarm: readonly number[];
}

export interface LiveTraffic {
  /** In equal slots without gaps. */
  readonly slots: readonly {
    readonly at: string;
    readonly benign: number;
    readonly attack: number;
    readonly refused: number;
  }[];
  readonly slotSeconds: number;
  readonly marks: readonly { readonly at: string; readonly text: string }[];
  readonly totals: {
    readonly benignCalls: number;
    readonly benignBlocked: number;
    readonly attackCalls: number;
    readonly attackRefused: number;
  };
}

export interface LiveRun extends Whereabouts {
  readonly id: string;
  readonly status: string;
  readonly round: number;
}

/** A source that the logs have named or the ledger knows. */
export interface LiveSource {
  readonly source: string;
  readonly state: "blocked" | "simulated" | "waiting" | "watched" | "free" | "released";
  readonly targets: readonly string[];
  readonly score: number;
  readonly reasons: readonly string[];
  /** Who decided, in words; empty if nobody has. */
  readonly decidedBy: string;
  /** End of the ban; null without one. */
  readonly until: string | null;
  readonly secondsLeft: number;
  readonly totalSeconds: number;
}

export interface LiveProposal {
  readonly id: string;
  readonly category: string;
  readonly version: number;
  readonly sources: number;
  readonly topScore: number;
  readonly status: string;
  readonly updatedAt: string;
  /** The page where to decide; null once it is decided, or while the mail is on its way. */
  readonly url: string | null;
  /** Open, but all of it has been banned without a person since: a later round knew more. */
  readonly isMoot: boolean;
  readonly approved: number;
  readonly rejected: number;
  readonly by: string;
}

export interface LiveLaunch {
  readonly number: number;
  readonly title: string;
  readonly at: string;
  readonly sources: number;
  readonly calls: number;
  readonly refused: number;
  readonly state: "waits" | "runs" | "tries-again" | "over";
}

/** An attack that the menu offers. */
export interface AttackOffer {
  readonly id: string;
  readonly title: string;
  readonly does: string;
  readonly expect: string;
}
