/**
 * What travels between the states of the machines. Every object carries `schema`; a handler accepts its own
 * version and the one before. Rows never travel: states hand on a claim check, the S3 key of a JSON document.
 */
import * as z from "zod";

import { modeSchema } from "./ban.ts";

export const RUN_SCHEMA = 1;
/** A deployment moves the functions' aliases while executions run, which go on with what the version before wrote. */
export const acceptedSchema = z.literal([RUN_SCHEMA, RUN_SCHEMA - 1]);
const schema = acceptedSchema;

const isoWindow = z.object({ from: z.string(), to: z.string() });

/** The alarm's quota was used by others: what CloudTrail shows of them, up to when it is complete. */
const notOursSchema = z.object({
  calls: z.number(),
  theirs: z.number(),
  completeTo: z.string(),
  others: z.array(z.object({ name: z.string(), calls: z.number() })),
});
export type NotOurs = z.infer<typeof notOursSchema>;

/** What CloudWatch says of the alarm that started a run. `value` crossed `threshold`. */
const alarmFactsSchema = z.object({
  at: z.string(),
  metric: z.string().nullable(),
  value: z.number().nullable(),
  threshold: z.number().nullable(),
  reason: z.string().nullable(),
});
export type AlarmFacts = z.infer<typeof alarmFactsSchema>;

/** The run that all states of one execution speak of. `categories` are Cognito quota categories. */
export const runSchema = z.object({
  runId: z.string().min(1),
  trigger: z.enum(["alarm", "patrol", "manual"]),
  alarmName: z.string().nullable(),
  /** Region of the alarm that started the run, to ask for its state later. */
  alarmRegion: z.string().nullable(),
  /** Absent in runs that no alarm started, and in those from before it was kept. */
  alarm: alarmFactsSchema.optional(),
  category: z.string(),
  round: z.number().int().min(1),
  startedAt: z.string(),
  /** Fencing number of the lease: a holder whose number is not the stored one must stop. */
  fence: z.number().int().min(0),
  /** Rounds in which at least one evidence query succeeded; a run that ends with none ends as a failure. */
  evidenceRounds: z.number().int().min(0).optional(),
  shortWindow: isoWindow,
  /** The last 24 hours that should be rolled up by now, so it ends before the look. */
  slowWindow: isoWindow,
  /** End of the last minute up to which the last look's logs were complete; null if that was never or is not known. */
  evidenceCompleteTo: z.string().nullable().optional(),
  /** Rows ÷ calls that CloudWatch counted, of the log that lacks most. */
  coverage: z.number().nullable().optional(),
  /** Present if the run ends because its quota is used by others. */
  notOurs: notOursSchema.optional(),
  /** The instant of the look; of a run from before there was one, the end of its slow window. */
  lookedAt: z.string().optional(),
  /** Present if the queries of the hour before had used up their budget: of the raw logs samples are read. In gigabytes. */
  overBudget: z.object({ scanned: z.number(), budget: z.number() }).optional(),
  /** Hours of the slow window and days of the history that nobody has rolled up. */
  notRolledUp: z
    .object({
      hours: z.array(z.string()),
      days: z.array(z.string()),
      /** Hours of which a sample was rolled up, for they were too large for anything else. */
      sampled: z.array(z.string()).optional(),
    })
    .optional(),
});
export type Run = z.infer<typeof runSchema>;

/** Admit: what started the execution. `input` is the raw event and is parsed by `admit`, never here. */
export const admitRequestSchema = z.object({ execution: z.string(), startedAt: z.string(), input: z.unknown() });

/**
 * Athena execution parameters (SQL literals, in order) of the two evidence queries, of the history's and of the counts'.
 * What a query that fails asks for is then read in part: half of it, then a sample.
 */
const parametersSchema = z.object({
  short: z.array(z.string()),
  shortHalf: z.array(z.string()),
  shortSample: z.array(z.string()),
  slow: z.array(z.string()),
  slowHalf: z.array(z.string()),
  slowSample: z.array(z.string()),
  history: z.array(z.string()),
  historyHalf: z.array(z.string()),
  historySample: z.array(z.string()),
  coverage: z.array(z.string()),
  coverageHalf: z.array(z.string()),
  coverageSample: z.array(z.string()),
});

/** `run`: go on. `joined`: another execution holds the lease and knows of this alarm. `ignored`: not for us. */
const admitResultSchema = z.object({
  schema,
  decision: z.enum(["run", "joined", "ignored"]),
  reason: z.string(),
  run: runSchema.nullable(),
  parameters: parametersSchema.nullable(),
});
export type AdmitResult = z.infer<typeof admitResultSchema>;

const windowPartSchema = z.enum(["whole", "half", "sample"]);
export type WindowPart = z.infer<typeof windowPartSchema>;

/** One query as the machine saw it end: an id to read results from, or the error that stayed. Only `short` and `slow` are windows. */
export const queryEndSchema = z.object({
  window: z.enum(["short", "slow", "history", "coverage", "accounts", "slowAccounts"]),
  /** What was read of the window, if not the whole of it. */
  part: windowPartSchema.optional(),
  queryExecutionId: z.string().optional(),
  bytesScanned: z.number().optional(),
  error: z.unknown().optional(),
});
export type QueryEnd = z.infer<typeof queryEndSchema>;

export const scoreRequestSchema = z.object({ run: runSchema, queries: z.array(queryEndSchema) });
export const scoreResultSchema = z.object({
  schema,
  run: runSchema,
  /** S3 key in the evidence bucket of `{ verdicts: SourceVerdict[] }`. */
  verdictsKey: z.string(),
  counts: z.object({ ban: z.number(), watch: z.number(), ignore: z.number(), calls: z.number() }),
  /** Sentences on what evidence is missing or partial; empty if all was there. */
  missing: z.array(z.string()),
  /** Sentences on what a person should look at because no ban can answer it. */
  notes: z.array(z.string()).optional(),
});
export type ScoreResult = z.infer<typeof scoreResultSchema>;

/** Plan's request is Score's result. */
export const planResultSchema = z.object({
  schema,
  run: runSchema,
  mode: modeSchema,
  /** S3 key of the plan: what is applied now, what is filed, what is refused and why. */
  planKey: z.string(),
  /** `accounts`: accounts at risk. `tell`: all that people may have to be told of although nobody is banned. */
  counts: z.object({
    apply: z.number(),
    file: z.number(),
    refuse: z.number(),
    accounts: z.number().optional(),
    tell: z.number().optional(),
  }),
  proposalId: z.string().nullable(),
  missing: z.array(z.string()),
});
export type PlanResult = z.infer<typeof planResultSchema>;

/** Apply is asked by `mitigate` (a plan's hands-off part) and by `approve` (what a person decided). */
export const applyRequestSchema = z.object({
  run: runSchema,
  planKey: z.string(),
  origin: z.enum(["auto", "approved"]),
});
export const applyResultSchema = z.object({
  schema,
  run: runSchema,
  counts: z.object({
    banned: z.number(),
    extended: z.number(),
    unchanged: z.number(),
    overflow: z.number(),
    refused: z.number().optional(),
  }),
  sourcesWritten: z.number(),
  /** The first of those that a guard refused at the last moment. */
  stopped: z
    .array(z.object({ source: z.string(), score: z.number(), why: z.string(), matched: z.string() }))
    .optional(),
});
export type ApplyResult = z.infer<typeof applyResultSchema>;

/** Notify's other requests: the run ends because its alarm was not about us, */
export const notOursRequestSchema = z.object({ notOurs: z.object({ run: runSchema.required({ notOurs: true }) }) });
/** because its alarm is over, */
export const overRequestSchema = z.object({ over: z.object({ run: runSchema, reason: z.string() }) });
/** or at its limit of rounds, while the alarms `burning` are still on. */
export const stoppedRequestSchema = z.object({ run: runSchema, reason: z.string(), burning: z.array(z.string()) });

/** Others use the quota, the limit of rounds is reached with the alarm on, or the alarm is over. */
export const runEndings = ["not-ours", "at-limit", "over"] as const;
export type RunEnding = (typeof runEndings)[number];

/** Watch: whether to look again, and when. `abandon`: the round failed for good, only free the lease. */
export const watchRequestSchema = z.object({ run: runSchema, abandon: z.boolean().optional() });
const watchResultSchema = z.object({
  schema,
  again: z.boolean(),
  /** Whether the next round asks the logs; if not, it only asks for the alarm again. */
  look: z.boolean(),
  /** False if the run is over and no evidence query of it ever succeeded: the machine then fails, so an alarm speaks. */
  evidence: z.boolean(),
  /** Present if people are to be told why the run is over. */
  ending: z.enum(runEndings).optional(),
  reason: z.string(),
  /** The alarms that are still on where the run stops at its limit. */
  burning: z.array(z.string()).optional(),
  waitSeconds: z.number().int().min(0),
  run: runSchema,
  parameters: parametersSchema,
});
export type WatchResult = z.infer<typeof watchResultSchema>;

/** Report: `watched` is how Watch ended the run, `failure` the error that did; with neither the run goes on, or is over already. */
export const reportRequestSchema = z.object({
  run: runSchema,
  watched: watchResultSchema
    .pick({ reason: true, ending: true, burning: true })
    .extend({ evidence: z.boolean().optional() })
    .optional(),
  failure: z.object({ Error: z.string() }).optional(),
});
export type ReportRequest = z.infer<typeof reportRequestSchema>;

/** Input of `approve`, one execution a version of a proposal. */
const approveInputSchema = z.object({
  schema,
  run: runSchema,
  proposalId: z.string().min(1),
  version: z.number().int().min(1),
});
export type ApproveInput = z.infer<typeof approveInputSchema>;

/**
 * Ask: `ask` stores the task token, tells people and returns; the answer comes by SendTaskSuccess. `remind` does the
 * same again when most of the time is over. `timedOut` is a plain call whose result is the answer: what was decided in the last moment, else what `ON_TIMEOUT` says.
 */
export const askRequestSchema = z.discriminatedUnion("step", [
  z.object({
    ...approveInputSchema.omit({ schema: true }).shape,
    step: z.literal(["ask", "remind"]),
    taskToken: z.string().min(1),
  }),
  z.object({ ...approveInputSchema.omit({ schema: true }).shape, step: z.literal("timedOut") }),
]);
export type AskRequest = z.infer<typeof askRequestSchema>;

/** The answer to a proposal. `planKey` is the S3 key of the plan that holds what was approved, as Apply reads it. */
const answerSchema = z.object({
  schema,
  decision: z.enum(["approved", "rejected", "superseded"]),
  planKey: z.string(),
  by: z.string(),
  /** From the first version to the decision. */
  waitedSeconds: z.number().optional(),
});
export type Answer = z.infer<typeof answerSchema>;

/**
 * Notify's first request: what a round found, and with `applied` what it came to; with `answer`, what came of a decision,
 * of which `applied` is null where nothing was approved.
 */
export const notifyRequestSchema = z.object({
  run: runSchema,
  planKey: z.string(),
  applied: applyResultSchema.nullable().optional(),
  answer: answerSchema.optional(),
});
