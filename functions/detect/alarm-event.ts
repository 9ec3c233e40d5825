/**
 * What may start a run: an EventBridge alarm event, a patrol tick, a person.
 *
 * Events arrive at least once and for more than we asked; what is well-formed but not for us is `ignored` with a
 * reason. What is no event at all (the form in which CloudWatch calls a function directly, SNS's form) means that
 * something is wired wrongly and throws, so that the failed execution alarms.
 */
import * as z from "zod";

import { ALL_CATEGORIES } from "../domain/deployment.ts";
import { InvalidInputError } from "../domain/errors.ts";
import { fromIso, type Instant } from "../domain/instant.ts";
import { METRIC_NAMESPACE } from "../domain/own-metrics.ts";
import type { AlarmFacts } from "../domain/run.ts";

const LONGEST_REASON = 400;

export type Trigger =
  | {
      readonly kind: "alarm";
      readonly alarmName: string;
      readonly alarmRegion: string;
      readonly category: string;
      readonly at: Instant;
      readonly facts: Omit<AlarmFacts, "at">;
    }
  | { readonly kind: "patrol" }
  | { readonly kind: "manual"; readonly category: string }
  | { readonly kind: "ignored"; readonly reason: string };

export interface AlarmScope {
  /** Alarms with another name are not ours. */
  readonly alarmPrefixes: readonly string[];
  /** Quota categories of this deployment. */
  readonly categories: readonly string[];
}

const dimensions = z.record(z.string(), z.string());
const metricSchema = z.looseObject({
  label: z.string().optional(),
  metricStat: z
    .looseObject({
      metric: z.looseObject({
        namespace: z.string(),
        name: z.string().optional(),
        dimensions: dimensions.optional(),
      }),
    })
    .optional(),
  returnData: z.boolean().optional(),
});
type MetricEntry = z.infer<typeof metricSchema>;
const stateSchema = z.looseObject({
  value: z.string(),
  timestamp: z.string(),
  reason: z.string().optional(),
  /** JSON text. */
  reasonData: z.string().optional(),
});
/** What of it people are told; a composite alarm's has none of this, an anomaly alarm's has bounds, oldest first. */
const numbers = z.array(z.number()).catch([]);
const reasonDataSchema = z
  .looseObject({
    recentDatapoints: numbers,
    threshold: z.number().optional().catch(undefined),
    recentUpperThresholds: numbers,
  })
  .catch({ recentDatapoints: [], recentUpperThresholds: [] });

const alarmEventSchema = z.looseObject({
  source: z.literal("aws.cloudwatch"),
  "detail-type": z.literal("CloudWatch Alarm State Change"),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/),
  detail: z.looseObject({
    alarmName: z.string().min(1).max(255),
    state: stateSchema,
    previousState: stateSchema.optional(),
    // Composite alarms have a rule in place of metrics.
    configuration: z.looseObject({ metrics: z.array(metricSchema).max(100).optional() }).optional(),
  }),
});
type AlarmEvent = z.infer<typeof alarmEventSchema>;

const envelopeSchema = z.looseObject({ source: z.string(), "detail-type": z.string(), detail: z.unknown() });
const patrolSchema = z.strictObject({ patrol: z.literal(true) });
const resumeSchema = z.strictObject({
  resume: z.strictObject({ category: z.string(), alarmName: z.string(), alarmRegion: z.string(), at: z.string() }),
});
/** What the sweep starts a run with in place of one that died; the alarm was admitted before. */
export type ResumeInput = z.infer<typeof resumeSchema>;
const manualSchema = z.strictObject({ manual: z.strictObject({ category: z.string().default(ALL_CATEGORIES) }) });

/** Reads the input of an execution. Throws `InvalidInputError` for what can only be a mistake. */
export function readTrigger(input: unknown, scope: AlarmScope): Trigger {
  if (patrolSchema.safeParse(input).success) return { kind: "patrol" };
  const manual = manualSchema.safeParse(input);
  if (manual.success) return manualTrigger(manual.data.manual.category, scope);
  const resumed = resumeSchema.safeParse(input);
  if (resumed.success) return resumedTrigger(resumed.data, scope);
  const envelope = envelopeSchema.safeParse(input);
  if (!envelope.success)
    throw new InvalidInputError("This input starts no run", [
      'expected an EventBridge event, {"patrol": true}, {"manual": {"category": …}} or {"resume": …}',
    ]);
  const { source, "detail-type": type } = envelope.data;
  if (source !== "aws.cloudwatch" || type !== "CloudWatch Alarm State Change")
    return ignored(`an event of another kind: ${clip(type)} from ${clip(source)}`);
  const event = alarmEventSchema.safeParse(input);
  if (!event.success)
    throw new InvalidInputError(
      "An alarm event cannot be read",
      event.error.issues.map((issue) => `${issue.path.map(String).join(".")}: ${issue.message}`),
    );
  return alarmTrigger(event.data, scope);
}

function manualTrigger(category: string, scope: AlarmScope): Trigger {
  return { kind: "manual", category: knownCategory("manual", category, scope) };
}

function resumedTrigger({ resume }: ResumeInput, scope: AlarmScope): Trigger {
  const { alarmName, alarmRegion } = resume;
  const category = knownCategory("resume", resume.category, scope);
  const reason = "taken up after the run that it had started died";
  const facts = { metric: null, value: null, threshold: null, reason };
  return { kind: "alarm", alarmName, alarmRegion, category, at: instantOf(resume.at, "resume.at"), facts };
}

function knownCategory(start: string, category: string, { categories }: AlarmScope): string {
  if (category === ALL_CATEGORIES || categories.includes(category)) return category;
  throw new InvalidInputError(`A ${start} start cannot be used`, [
    `${start}.category: ${clip(category)} is none of ${[ALL_CATEGORIES, ...categories].join(", ")}`,
  ]);
}

function instantOf(text: string, where: string): Instant {
  const at = fromIso(text);
  if (at === null)
    throw new InvalidInputError("An alarm event cannot be read", [`${where}: is no instant with a zone`]);
  return at;
}

function alarmTrigger({ region, detail }: AlarmEvent, scope: AlarmScope): Trigger {
  const { alarmName, state, previousState } = detail;
  if (!scope.alarmPrefixes.some((prefix) => alarmName.startsWith(prefix)))
    return ignored(`the alarm ${clip(alarmName)} is not ours`);
  if (state.value !== "ALARM") return ignored(`a transition to ${clip(state.value)}`);
  if (previousState?.value === "ALARM") return ignored("the alarm had fired before");
  const entries = detail.configuration?.metrics ?? [];
  const metrics = entries.flatMap(({ metricStat }) => metricStat?.metric ?? []);
  if (metrics.length > 0 && metrics.every(({ namespace }) => ownNamespaces.has(namespace)))
    return ignored(`the alarm ${clip(alarmName)} watches our own machinery`);
  const at = instantOf(state.timestamp, "detail.state.timestamp");
  const facts = factsOf(state, entries);
  return { kind: "alarm", alarmName, alarmRegion: region, category: categoryOf(metrics, scope), at, facts };
}

/** For people only: what cannot be read is left out and holds nothing up. */
function factsOf(
  { reason, reasonData }: AlarmEvent["detail"]["state"],
  entries: readonly MetricEntry[],
): Omit<AlarmFacts, "at"> {
  const { recentDatapoints, threshold, recentUpperThresholds } = reasonDataSchema.parse(jsonIn(reasonData));
  const shown = entries.find(({ returnData }) => returnData) ?? entries[0];
  const metric = shown?.label ?? nameOf(shown);
  return {
    metric: metric === undefined ? null : clip(metric),
    value: recentDatapoints.at(-1) ?? null,
    threshold: threshold ?? recentUpperThresholds.at(-1) ?? null,
    reason: reason === undefined ? null : clip(reason, LONGEST_REASON),
  };
}

function nameOf(entry: MetricEntry | undefined): string | undefined {
  const { namespace, name } = entry?.metricStat?.metric ?? {};
  return name === undefined ? undefined : `${namespace} ${name}`;
}

function jsonIn(text = "{}"): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Alarms on our own faults share the name prefix; a run started by them could only fail again. */
const ownNamespaces = new Set([
  METRIC_NAMESPACE,
  "AWS/States",
  "AWS/Lambda",
  "AWS/SQS",
  "AWS/Events",
  "AWS/Scheduler",
  "AWS/DynamoDB",
]);

/**
 * The quota category stands in the metric's dimensions. The order of `metrics` is not fixed and a math alarm has
 * entries without metric, so all are read; two categories in one alarm mean all of them.
 */
function categoryOf(
  metrics: readonly { namespace: string; dimensions?: Readonly<Record<string, string>> | undefined }[],
  { categories }: AlarmScope,
): string {
  const found = new Set(
    metrics.flatMap(({ namespace, dimensions: by }) => (namespace === "AWS/Usage" ? (by?.Resource ?? []) : [])),
  );
  const [category] = found;
  return found.size === 1 && category !== undefined && categories.includes(category) ? category : ALL_CATEGORIES;
}

function ignored(reason: string): Trigger {
  return { kind: "ignored", reason };
}

/** Texts of events end up in logs and reasons; they are cut and made printable. */
function clip(text: string, most = 80): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, most);
}
