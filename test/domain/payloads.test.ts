/**
 * A deployment in the middle of a run: executions keep their definition, but the functions behind the aliases are new and
 * read what their predecessors wrote. The payloads are those of the first version, with nothing that was added later; what
 * is required anew breaks a test here, and then has to be optional or to raise `RUN_SCHEMA`.
 */
import type * as z from "zod";

import { planSchema } from "../../functions/domain/plan.ts";
import {
  applyRequestSchema,
  askRequestSchema,
  notifyRequestSchema,
  RUN_SCHEMA,
  scoreRequestSchema,
  scoreResultSchema,
  watchRequestSchema,
} from "../../functions/domain/run.ts";

const day = { from: "2026-11-21T12:00:00Z", to: "2026-11-22T12:00:00Z" };
const run = {
  runId: "run-1",
  trigger: "alarm",
  alarmName: "portcullis-UserAuthentication-50",
  alarmRegion: "eu-west-1",
  category: "UserAuthentication",
  round: 1,
  startedAt: "2026-11-22T12:00:00Z",
  fence: 1,
  shortWindow: { from: "2026-11-22T11:50:00Z", to: "2026-11-22T12:00:00Z" },
  slowWindow: day,
};
const planKey = "runs/run-1/plan-1.json";
const applied = { run, counts: { banned: 1, extended: 0, unchanged: 0, overflow: 0 }, sourcesWritten: 1 };
const scored = {
  run,
  verdictsKey: "runs/run-1/verdicts-1.json",
  counts: { ban: 1, watch: 0, ignore: 0, calls: 240 },
  missing: [],
};
const plan = {
  run,
  mode: "enforce",
  origin: "auto",
  by: "portcullis",
  at: "2026-11-22T12:01:00Z",
  simulated: false,
  apply: [],
  file: [],
  refuse: [],
  missing: [],
  relief: { sources: 0, calls: 0, totalCalls: 0 },
  proposalId: null,
};

const requests: readonly { case: string; schema: z.ZodType; payload: object }[] = [
  {
    case: "score",
    schema: scoreRequestSchema,
    payload: {
      run,
      queries: [
        { window: "short", queryExecutionId: "q-1" },
        { window: "slow", error: { Error: "x" } },
      ],
    },
  },
  { case: "apply", schema: applyRequestSchema, payload: { run, planKey, origin: "auto" } },
  { case: "watch", schema: watchRequestSchema, payload: { run } },
  {
    case: "ask",
    schema: askRequestSchema,
    payload: { run, proposalId: "proposal-1", version: 1, step: "ask", taskToken: "token" },
  },
  {
    case: "ask, when the time is over",
    schema: askRequestSchema,
    payload: { run, proposalId: "p", version: 1, step: "timedOut" },
  },
];
const results: readonly { case: string; schema: z.ZodType; payload: (schema: number) => object }[] = [
  { case: "what plan gets of score", schema: scoreResultSchema, payload: (schema) => ({ schema, ...scored }) },
  {
    case: "what notify gets of apply",
    schema: notifyRequestSchema,
    payload: (schema) => ({ run, planKey, applied: { schema, ...applied } }),
  },
  { case: "the plan that apply reads", schema: planSchema, payload: (schema) => ({ schema, ...plan }) },
];

test.each(requests)(
  "a request of a definition that was deployed before is understood: $case",
  ({ schema, payload }) => {
    expect(schema.safeParse(payload).error).toBeUndefined();
  },
);

describe.each(results)("$case", ({ schema, payload }) => {
  test.each([RUN_SCHEMA, RUN_SCHEMA - 1])("is understood in version %i", (version) => {
    expect(schema.safeParse(payload(version)).error).toBeUndefined();
  });

  test.each([RUN_SCHEMA + 1, RUN_SCHEMA - 2])("is refused in version %i", (version) => {
    expect(schema.safeParse(payload(version)).success).toBe(false);
  });
});
