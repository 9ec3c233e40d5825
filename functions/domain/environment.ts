/**
 * The functions of a deployment: where each handler lives and what its environment holds. `infra/` sets exactly
 * these variables, a handler parses exactly these, so a name cannot drift. Lambda allows 4 KB of environment in all.
 * Lists (CATEGORIES, CLIENT_IDS, ALLOWED_ORIGINS, EGRESS) are JSON arrays of strings, `[]` when there is nothing.
 */
import * as z from "zod";

import { modeSchema } from "./ban.ts";
import { onTimeoutSchema } from "./proposal.ts";

const name = z.string().min(1);
const number = z.string().regex(/^\d+$/).transform(Number);

/** Everything that reads or writes bans, leases, proposals and the mode. */
const ledger = { LEDGER_TABLE: name };
/** Claim checks: verdicts, plans, reports. */
const evidence = { EVIDENCE_BUCKET: name };
/** `policySchema` as JSON; only what differs from the defaults. */
const policy = { POLICY: name };
/** `ipSetsSchema` as JSON: the human-owned and the machine-owned sets of both scopes. */
const ipSets = { IP_SETS: name };
const topic = { TOPIC_ARN: name };

/** What tells our calls in the logs, and those that count for nobody; where the logs lie (`logFoldersSchema` as JSON). */
const calls = { CLIENT_IDS: name, ALLOWED_ORIGINS: name, SECRET_ARN: name, LOG_FOLDERS: name };

/** What `admit` and `watch` need to start and move a run. */
const run = {
  ...ledger,
  /** JSON array. */
  ALARM_PREFIXES: name,
  POOL_REGION: name,
  CATEGORIES: name,
  ...calls,
  ROUND_SECONDS: number,
  MAX_ROUNDS: number,
  WORK_GROUP: name,
  SCAN_BUDGET_GIGABYTES: number,
};

export const functionEnvironments = {
  admit: z.object(run),
  watch: z.object(run),
  score: z.object({
    ...ledger,
    ...evidence,
    ...policy,
    CATEGORIES: name,
    CLIENT_IDS: name,
    POOL_ID: name,
    INITIAL_MODE: modeSchema,
    /** `callMetricsSchema` as JSON. */
    CALL_METRICS: name,
  }),
  plan: z.object({
    ...ledger,
    ...evidence,
    ...policy,
    ...ipSets,
    EGRESS: name,
    INITIAL_MODE: name,
    APPROVE_MACHINE_ARN: name,
  }),
  apply: z.object({ ...ledger, ...evidence, ...policy, ...ipSets, EGRESS: name, INITIAL_MODE: name }),
  sweep: z.object({
    ...ledger,
    ...evidence,
    ...ipSets,
    ...policy,
    ...topic,
    EGRESS: name,
    INITIAL_MODE: name,
    APPROVE_MACHINE_ARN: name,
    MITIGATE_MACHINE_ARN: name,
    APPROVAL_MINUTES: number,
  }),
  rollup: z.object({ ...ledger, ...evidence, ...calls }),
  /** `TRAIL_ARN` is `-` where nobody told which trail it is. */
  sensors: z.object({
    ...ledger,
    ...topic,
    CATEGORIES: name,
    CALL_METRICS: name,
    LOG_FOLDERS: name,
    EDGE_ACL_ARN: name,
    POOL_ARN: name,
    TRAIL_ARN: name,
    EDGE_FUNCTION: name,
  }),
  /** `GATE_SET` is `-` where no rule of the pool asks for gates. */
  gates: z.object({ SECRET_ARN: name, GATE_SET: name, POOL_REGION: name, ROTATE_DAYS: number }),
  notify: z.object({
    ...ledger,
    ...evidence,
    ...topic,
    RUNBOOK_URL: name,
    DEPLOYMENT: name,
    /** `quotasSchema` as JSON. */
    QUOTAS: name,
    CALL_METRICS: name,
  }),
  report: z.object({ ...ledger, ...evidence, QUOTAS: name, CALL_METRICS: name }),
  /** The `waitForTaskToken` task of `approve`, and its decision when time runs out. */
  ask: z.object({
    ...ledger,
    ...evidence,
    ...topic,
    /** `-` where there is no page: people then decide by command. */
    APPROVAL_URL: name,
    APPROVAL_KEY_ARN: name,
    APPROVAL_MINUTES: number,
    ON_TIMEOUT: onTimeoutSchema,
  }),
  /** The page: GET shows, POST decides. */
  approval: z.object({
    ...ledger,
    ...evidence,
    APPROVE_MACHINE_ARN: name,
    APPROVAL_KEY_ARN: name,
    APPROVAL_MINUTES: number,
    ON_TIMEOUT: onTimeoutSchema,
  }),
} as const;
export type FunctionId = keyof typeof functionEnvironments;
/** The environment of a function as text, before a handler has parsed it. */
export type FunctionEnvironment<Id extends FunctionId> = z.input<(typeof functionEnvironments)[Id]>;

export const functionEntries: Readonly<Record<FunctionId | "edge", string>> = {
  edge: "functions/edge/handler.ts",
  admit: "functions/detect/admit-handler.ts",
  watch: "functions/detect/watch-handler.ts",
  score: "functions/detect/score-handler.ts",
  plan: "functions/block/plan-handler.ts",
  apply: "functions/block/apply-handler.ts",
  sweep: "functions/block/sweep-handler.ts",
  rollup: "functions/detect/rollup-handler.ts",
  sensors: "functions/detect/sensors-handler.ts",
  gates: "functions/edge/gates-handler.ts",
  notify: "functions/block/notify-handler.ts",
  report: "functions/block/report-handler.ts",
  ask: "functions/block/ask-handler.ts",
  approval: "functions/block/approval-handler.ts",
};

/** What Lambda gives each function: just below the time-out of the states that call it. */
export const functionSeconds: Readonly<Record<FunctionId, number>> = {
  ...{ admit: 55, watch: 55, rollup: 55, sensors: 55, notify: 55, report: 55, ask: 55 },
  ...{ score: 240, plan: 240, apply: 240 },
  // A person waits.
  approval: 25,
  sweep: 240,
  gates: 60,
};

export const functionMegabytes: Readonly<Record<FunctionId, number>> = {
  ...{ admit: 256, watch: 256, rollup: 256, sensors: 256, notify: 256, ask: 256, approval: 256, gates: 256 },
  ...{ score: 1024, plan: 512, apply: 512 },
  // Ten thousand offenders whole, and their page: seconds, and less than a gigabyte.
  report: 2048,
  // The processor that comes with less memory would take minutes for 100,000 bans.
  sweep: 1024,
};

/** Where CloudWatch counts the calls that the logs hold; `usageService` is a dimension that differs between accounts. */
export const callMetricsSchema = z.strictObject({
  edgeAcl: name,
  poolAcl: name.nullable(),
  poolRegion: name,
  usageService: name,
});
export type CallMetricNames = z.infer<typeof callMetricsSchema>;

/** Quotas in calls a second, by category. */
export const quotasSchema = z.record(z.string(), z.number().positive());

const familySets = z.strictObject({ v4: z.array(name), v6: z.array(name) });
/**
 * The IP sets of one scope, by name (ids are looked up: they are not known when the other stack is deployed).
 * `allow` and `deny` are written by people and only ever read by us; `auto` is ours, one name a shard.
 */
const scopeSetsSchema = z.strictObject({
  region: z.string(),
  allow: familySets,
  deny: familySets,
  auto: familySets,
});
export type ScopeSets = z.infer<typeof scopeSetsSchema>;
/** `pool` is null where the deployment has no web ACL on the user pool. The allow list of the edge holds for both. */
export const ipSetsSchema = z.strictObject({ edge: scopeSetsSchema, pool: scopeSetsSchema.nullable() });
export type IpSets = z.infer<typeof ipSetsSchema>;

export { type SecretDocument, secretDocumentSchema } from "./edge-config.ts";
