/** What is filed for a person, and the decision on it. */
import * as z from "zod";

import { filedBanSchema } from "./plan.ts";
import { RUN_SCHEMA, runSchema } from "./run.ts";
import { quotaCallsSchema } from "./verdict.ts";

const decisionSchema = z.strictObject({
  at: z.string(),
  by: z.string(),
  approved: z.number().int(),
  rejected: z.number().int(),
  comment: z.string(),
  /** S3 key of the plan that holds what was approved. */
  planKey: z.string(),
});

/**
 * One open proposal per category; later rounds raise its version. The entries stand in the evidence bucket below
 * `entriesKey`; `hash` is theirs, so a page shows and decides exactly one version. `expired`: nobody decided in time;
 * `overtaken`: nobody had to, for all of it was banned meanwhile.
 */
export const proposalSchema = z.strictObject({
  schema: z.literal(RUN_SCHEMA),
  id: z.string(),
  category: z.string(),
  version: z.number().int().min(1),
  hash: z.string(),
  entriesKey: z.string(),
  sources: z.number().int(),
  topScore: z.number().int(),
  status: z.enum(["open", "approved", "rejected", "expired", "overtaken"]),
  run: runSchema,
  createdAt: z.string(),
  updatedAt: z.string(),
  decision: decisionSchema.nullable(),
});
export type Proposal = z.infer<typeof proposalSchema>;

export const proposalEntriesSchema = z.strictObject({
  schema: z.literal(RUN_SCHEMA),
  entries: z.array(filedBanSchema),
  missing: z.array(z.string()),
  /** Optional, so that the hash of a document from before stays what it was. */
  notes: z.array(z.string()).optional(),
  /** As in a plan; optional for the same reason. */
  establishedUsers: z.number().int().nullable().optional(),
  /** All calls of the window, to say what part of them the entries are. */
  totalCalls: z.number(),
  /** All that used the quota of the run's category, in the short window; optional as the notes are. */
  quotaCalls: quotaCallsSchema,
});
export type ProposalEntries = z.infer<typeof proposalEntriesSchema>;

/** How a proposal ended, in words. */
export function outcomeText(
  status: string,
  { approved, rejected, by }: { readonly approved: number; readonly rejected: number; readonly by: string },
): string {
  if (status === "overtaken") return "all banned meanwhile, nobody had to decide";
  if (status === "expired") return "nobody decided in time";
  return `${approved} approved, ${rejected} rejected by ${by}`;
}

/** What happens to a proposal that nobody decides: nothing, or the bans that needed no person but for a limit or the mode. */
export const onTimeoutSchema = z.enum(["discard", "banHighConfidence"]);
export type OnTimeout = z.infer<typeof onTimeoutSchema>;

/** Everything that the approval page shows. All texts are untrusted; the renderer escapes each of them. */
export interface ApprovalPage {
  readonly state:
    | "open"
    | "changed"
    | "decided"
    | "decided-before"
    | "nothing-ticked"
    | "malformed"
    | "too-large"
    | "foreign"
    | "forbidden"
    | "unknown"
    | "failed";
  /** Path and query that the form posts back to; empty if nothing can be decided any more. */
  readonly action: string;
  readonly proposal: Proposal | null;
  readonly entries: readonly ProposalEntries["entries"][number][];
  readonly missing: readonly string[];
  /** What a person should look at because no ban can answer it. */
  readonly notes: readonly string[];
  readonly totalCalls: number;
  /** Of a proposal that somebody decided, the sources that were approved; null where that is not known. */
  readonly approved: readonly string[] | null;
  /** While it is open: until when, and what happens then. */
  readonly deadline: { readonly at: string; readonly minutesLeft: number; readonly onTimeout: OnTimeout } | null;
}

/** Entries that the page shows one by one, the highest scores; the others are summed up and decided by one tick. */
export const SHOWN_ENTRIES = 200;

/**
 * Names of the approval form's fields, which the page writes and the handler reads. `source` repeats, once for each
 * ticked row, `rest` is ticked for what the page sums up; `decision` is `approve` or `reject`; `version` and `hash` are what the person looked at.
 */
export const approvalFields = {
  source: "source",
  rest: "rest",
  comment: "comment",
  decision: "decision",
  version: "version",
  hash: "hash",
} as const;
