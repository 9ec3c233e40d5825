/**
 * What one run of `mitigate` came to: written to the evidence bucket after each round, at the run's end and after each
 * decision, and built anew by `portcullis report`. Every text in it is untrusted; instants are ISO 8601.
 */
import * as z from "zod";

import { accountAtRiskSchema } from "./account.ts";
import { claimOrigins, modeSchema, targets } from "./ban.ts";
import { callSeriesSchema } from "./call-series.ts";
import { filedBecause } from "./plan.ts";
import { proposalSchema } from "./proposal.ts";
import { queryEndSchema, runEndings, runSchema } from "./run.ts";
import { reasonSchema, verdictSchema } from "./verdict.ts";

export const RUN_REPORT_SCHEMA = 1;

const tally = z.number().int().min(0);
const windowSchema = z.strictObject({ from: z.string(), to: z.string() });
const alarmNameSchema = z.strictObject({ name: z.string(), region: z.string(), at: z.string().nullable() });

/** What started the run. `value` is what crossed `threshold`, in the unit of the alarm: per cent of a quota for ours. */
const triggerSchema = z.strictObject({
  kind: runSchema.shape.trigger,
  category: z.string(),
  at: z.string(),
  alarm: z
    .strictObject({
      ...alarmNameSchema.shape,
      metric: z.string().nullable(),
      value: z.number().nullable(),
      threshold: z.number().nullable(),
      /** CloudWatch's own sentence. */
      reason: z.string().nullable(),
    })
    .nullable(),
  /** Alarms that fired while the run was on. */
  joined: z.array(alarmNameSchema),
});

/** How much of one quota was used: calls that CloudWatch counted, in equal steps from `from`. */
const quotaUseSchema = z.strictObject({
  category: z.string(),
  /** Null where the deployment's config does not know it. */
  callsPerSecond: z.number().nullable(),
  from: z.string(),
  stepMinutes: z.number().int().min(1),
  calls: z.array(z.number()),
  /** The busiest step; `percent` of the quota, null where that is not known. */
  peak: z.strictObject({ at: z.string(), calls: z.number(), percent: z.number().nullable() }).nullable(),
});
export type QuotaUse = z.infer<typeof quotaUseSchema>;

/** One query as it ended. Its id is Athena's, so that every number can be traced to what was read. */
const reportedQuerySchema = z.strictObject({
  round: z.number().int(),
  name: queryEndSchema.shape.window,
  part: z.enum(["whole", "half", "sample"]),
  id: z.string().nullable(),
  bytesScanned: tally,
  usd: z.number(),
  /** Name of the error that stayed. */
  error: z.string().nullable(),
});
export type ReportedQuery = z.infer<typeof reportedQuerySchema>;

const roundSchema = z.strictObject({
  round: z.number().int().min(1),
  lookedAt: z.string(),
  plannedAt: z.string().nullable(),
  /** When its bans stood in the IP sets; null where it banned nobody. */
  appliedAt: z.string().nullable(),
  shortWindow: windowSchema,
  slowWindow: windowSchema,
  mode: modeSchema.nullable(),
  /** Null where the look itself failed. */
  found: z.strictObject({ ban: tally, watch: tally, ignore: tally, calls: tally }).nullable(),
  planned: z.strictObject({ apply: tally, file: tally, refuse: tally }).nullable(),
  /** `refused`: by a guard at the last moment. `overflow`: no room in the IP sets. */
  applied: z
    .strictObject({ banned: tally, extended: tally, unchanged: tally, overflow: tally, refused: tally })
    .nullable(),
  coverage: z.number().nullable(),
  evidenceCompleteTo: z.string().nullable(),
  establishedUsers: tally.nullable(),
});
export type ReportedRound = z.infer<typeof roundSchema>;

/**
 * What became of an offender, by the time of the report. `over`: its ban has ended by itself. `kept`: a guard refused it.
 * `overtaken`: it was filed, and banned by others before anybody decided.
 * `noPlan`: the round ended before anything was decided.
 */
const fateStates = [
  "banned",
  "over",
  "released",
  "undone",
  "waiting",
  "rejected",
  "expired",
  "overtaken",
  "kept",
  "noPlan",
] as const;
const fateSchema = z.strictObject({
  state: z.enum(fateStates),
  /** Made in mode `observe`: nothing was blocked. */
  simulated: z.boolean(),
  targets: z.array(z.enum(targets)),
  bannedAt: z.string().nullable(),
  /** The latest end of all claims on the source, or when it was let go before. */
  until: z.string().nullable(),
  origin: z.enum(claimOrigins).nullable(),
  by: z.string().nullable(),
  strikes: tally.nullable(),
  /** The guard that refused, and what it matched. */
  why: z.string().nullable(),
  matched: z.string().nullable(),
  /** Why it waited for a person. */
  because: z.array(z.enum(filedBecause)),
  proposalId: z.string().nullable(),
});
export type Fate = z.infer<typeof fateSchema>;
export type FateState = Fate["state"];

/** A source that some look of the run would ban, as the worst look saw it. */
const offenderSchema = z.strictObject({
  ...verdictSchema.shape,
  /** The round of that look. */
  round: z.number().int(),
  /** Collateral: users who got in from there on earlier days; null where nobody knows of any. */
  establishedUsers: tally.nullable(),
  fate: fateSchema,
});
export type Offender = z.infer<typeof offenderSchema>;

/** What many sources have in common: a range of addresses or a TLS fingerprint. `rule` would catch it. */
const groupSchema = z.strictObject({
  kind: z.enum(["range", "fingerprint"]),
  name: z.string(),
  score: tally,
  calls: tally,
  reasons: z.array(reasonSchema),
  rule: z.string().nullable(),
});
export type ReportedGroup = z.infer<typeof groupSchema>;

const proposalReportSchema = z.strictObject({
  ...proposalSchema.pick({ id: true, version: true, status: true, sources: true, topScore: true }).shape,
  ...proposalSchema.pick({ createdAt: true, updatedAt: true }).shape,
  decision: z
    .strictObject({ at: z.string(), by: z.string(), comment: z.string(), approved: tally, rejected: tally })
    .nullable(),
});
export type ReportedProposal = z.infer<typeof proposalReportSchema>;

/** A moment on the timeline. `sources` is how many it is about. */
const markSchema = z.strictObject({
  at: z.string(),
  kind: z.enum(["alarm", "ban", "approval", "release", "undo", "end"]),
  text: z.string(),
  sources: tally.nullable(),
});
export type Mark = z.infer<typeof markSchema>;

/** A sentence that one look or several said. */
const saidSchema = z.strictObject({ text: z.string(), rounds: z.array(z.number().int()) });
export type Said = z.infer<typeof saidSchema>;

const callsIn = z.strictObject({ calls: z.number(), window: windowSchema });
/** What the bans were to take away and what they did, in calls a minute of the run's quota. */
const reliefSchema = z.strictObject({
  sources: tally,
  firstAt: z.string(),
  before: z.number(),
  predicted: z.number().nullable(),
  measured: callsIn.nullable(),
  busiest: z.strictObject({ at: z.string(), calls: z.number() }),
  quotaCallsPerSecond: z.number().nullable(),
});

/** How a run ended: as Watch says, `done` where nobody is told of it, or because a round failed for good. */
export const reportedEndSchema = z.strictObject({
  at: z.string(),
  how: z.enum([...runEndings, "done", "no-evidence", "failed"]),
  reason: z.string(),
  /** Alarms that were still on. */
  burning: z.array(z.string()),
});
export type ReportedEnd = z.infer<typeof reportedEndSchema>;

export const runReportSchema = z.strictObject({
  schema: z.literal(RUN_REPORT_SCHEMA),
  runId: z.string(),
  deployment: z.string(),
  builtAt: z.string(),
  trigger: triggerSchema,
  /** Of the last round. */
  mode: modeSchema.nullable(),
  /** Null while the run goes on. */
  end: reportedEndSchema.nullable(),
  quotas: z.array(quotaUseSchema),
  rounds: z.array(roundSchema),
  /** All calls that the looks saw; null where nobody counted them over time. */
  series: callSeriesSchema.nullable(),
  marks: z.array(markSchema),
  /** Highest score first. */
  offenders: z.array(offenderSchema),
  watched: z.array(verdictSchema),
  groups: z.array(groupSchema),
  accountsAtRisk: z.array(accountAtRiskSchema),
  proposals: z.array(proposalReportSchema),
  relief: reliefSchema.nullable(),
  /** The quota is used by others. */
  notOurs: runSchema.shape.notOurs.unwrap().nullable(),
  /** What the evidence lacks, with times. */
  missing: z.array(saidSchema),
  /** What looks like a fault of ours: then shares of failures ban nobody. */
  faults: z.array(saidSchema),
  /** What else a person should look at. */
  notes: z.array(saidSchema),
  queries: z.array(reportedQuerySchema),
  cost: z.strictObject({ bytesScanned: tally, usd: z.number(), pricesOf: z.string() }),
  /** Takes every ban of this run back. */
  undo: z.string(),
});
export type RunReport = z.infer<typeof runReportSchema>;
