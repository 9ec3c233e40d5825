/** Stable names of decisions, in the log lines of the functions and in the ledger's record. */
type DecisionEvent =
  | "ban.applied"
  | "ban.extended"
  | "ban.released"
  | "ban.undone"
  | "ban.adopted"
  | "guard.refused"
  | "mode.changed"
  | "proposal.filed"
  | "proposal.decided"
  | "set.written"
  | "set.damaged";

/** One decision: who, what, why; instants are ISO 8601. `id` makes writing it twice write it once. */
export interface DecisionRecord {
  readonly event: DecisionEvent;
  readonly at: string;
  readonly id: string;
  readonly by: string;
  readonly source?: string;
  readonly runId?: string;
  readonly why: string;
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
}
