/**
 * EventBridge: the default bus of each Region with the templates' rules on it. A rule sees events on the bus of its
 * own Region only; an alarm elsewhere arrives because a rule over there forwards it.
 */
import { randomUUID } from "node:crypto";

import * as z from "zod";

import { InvalidInputError, NotSupportedError } from "../functions/domain/errors.ts";
import { AwsError } from "./aws-wire.ts";
import { createDeadLetters, type DeadLetters } from "./dead-letters.ts";
import { deliver, type Targets } from "./delivery.ts";
import { compileEventPattern, type EventMatcher } from "./event-pattern.ts";
import type { BusEvent, EventBus } from "./ports.ts";
import type { Assembly, Resource } from "./template.ts";

export interface EventBridgeOptions extends Omit<Targets, "deadLetters"> {
  readonly assembly: Assembly;
  /** Shared with Scheduler where both use the same queues. */
  readonly deadLetters?: DeadLetters;
}

export interface EventBridge {
  readonly bus: EventBus;
  readonly deadLetters: DeadLetters;
}

/** The state of a rule that gets CloudTrail's read-only events, too. */
const WITH_READS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

const targetSchema = z.strictObject({
  Id: z.string(),
  Arn: z.string(),
  RoleArn: z.string().optional(),
  /** A constant text in place of the event. */
  Input: z.string().optional(),
  /** The part of the event that the target gets: members by name, and no lists. */
  InputPath: z
    .string()
    .regex(/^\$(\.[A-Za-z0-9_-]+)*$/)
    .optional(),
  DeadLetterConfig: z.strictObject({ Arn: z.string() }).optional(),
  RetryPolicy: z
    .strictObject({
      MaximumEventAgeInSeconds: z.number().optional(),
      MaximumRetryAttempts: z.number().int().min(0).max(185).optional(),
    })
    .optional(),
});
type Target = z.infer<typeof targetSchema>;

// InputTransformer is refused with the other unknown fields, ScheduleExpression too: use Scheduler.
const ruleSchema = z.strictObject({
  Name: z.string().optional(),
  Description: z.string().optional(),
  EventBusName: z.literal("default").optional(),
  EventPattern: z.record(z.string(), z.unknown()),
  State: z.enum(["ENABLED", "DISABLED", WITH_READS]).default("ENABLED"),
  RoleArn: z.string().optional(),
  Targets: z.array(targetSchema).default([]),
  Tags: z.unknown().optional(),
});

interface Rule {
  readonly arn: string;
  readonly region: string;
  readonly matches: EventMatcher;
  readonly targets: readonly Target[];
}

/** AWS's number when a target has no retry policy. */
const DEFAULT_RETRIES = 185;

export function createEventBridge(options: EventBridgeOptions): EventBridge {
  const { assembly, clock, deadLetters = createDeadLetters({ clock }) } = options;
  const targets: Targets = { ...options, deadLetters };
  const rules = assembly.ofType("AWS::Events::Rule").map(ruleOf);

  function put(region: string, event: BusEvent): void {
    // As it is on the wire: what is no JSON does not arrive.
    const sent: BusEvent = JSON.parse(JSON.stringify(event));
    for (const rule of rules)
      if (rule.region === region && rule.matches(sent)) for (const target of rule.targets) send(rule, target, sent);
  }

  function send(rule: Rule, target: Target, event: BusEvent): void {
    const forwardTo = busRegion(target.Arn);
    if (forwardTo !== null) forward(rule, target, event, forwardTo);
    else deliverTo(rule, target, event);
  }

  function deliverTo(rule: Rule, target: Target, event: BusEvent): void {
    deliver(targets, {
      from: rule.arn,
      targetArn: target.Arn,
      roleArn: target.RoleArn,
      input: inputOf(target, event),
      executionName: `${event.id}_${randomUUID()}`,
      maximumRetryAttempts: target.RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_RETRIES,
      deadLetterArn: target.DeadLetterConfig?.Arn,
    });
  }

  /** The event arrives as it was sent, with the Region that it comes from; only its bus is another. */
  function forward(rule: Rule, target: Target, event: BusEvent, region: string): void {
    try {
      if (target.RoleArn === undefined) throw new AwsError("AccessDeniedException", "The target has no role");
      options.authorize?.(target.RoleArn, [{ action: "events:PutEvents", resource: target.Arn }]);
    } catch (error) {
      const { name: errorCode, message: errorMessage } = error instanceof Error ? error : new Error(String(error));
      const queueArn = target.DeadLetterConfig?.Arn ?? "";
      deadLetters.put({ queueArn, from: rule.arn, targetArn: target.Arn, errorCode, errorMessage, body: event });
      return;
    }
    // AWS sends no event on from a bus it was forwarded to; here that would be an endless circle.
    if (event.region === rule.region) put(region, event);
  }

  return { bus: { put }, deadLetters };
}

function ruleOf(resource: Resource): Rule {
  const path = `${resource.stack}/${resource.logicalId}`;
  const parsed = ruleSchema.safeParse(resource.properties);
  if (!parsed.success)
    throw new InvalidInputError(
      `${path} is no rule that the local EventBridge runs`,
      parsed.error.issues.map((issue) => `${issue.path.map(String).join(".")}: ${issue.message}`),
    );
  const { EventPattern, State, Targets } = parsed.data;
  for (const { Arn } of Targets) checkTarget(Arn, resource, path);
  const matches = compileEventPattern(EventPattern, `${path}.EventPattern`);
  return {
    arn: resource.arn,
    region: resource.region,
    matches: (event) => isMet(State, event) && matches(event),
    targets: Targets,
  };
}

function isMet(state: z.infer<typeof ruleSchema>["State"], event: unknown): boolean {
  if (state !== "ENABLED") return state === WITH_READS;
  const { "detail-type": type, detail } = event as BusEvent;
  const isOfTrail = type.endsWith(" via CloudTrail");
  return !(isOfTrail && (detail as { readonly readOnly?: unknown }).readOnly === true);
}

function inputOf({ Input, InputPath }: Target, event: BusEvent): unknown {
  if (Input !== undefined) return JSON.parse(Input);
  const members = InputPath?.split(".").slice(1) ?? [];
  return members.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], event);
}

/** Only a bus may be in another Region; a machine or function there makes PutTargets fail. */
function checkTarget(arn: string, { region }: Resource, path: string): void {
  const [, , service, targetRegion] = arn.split(":");
  const bus = busRegion(arn);
  if (bus === region) throw new InvalidInputError(path, ["a rule cannot send events to its own bus"]);
  if (bus !== null) return;
  if (service !== "states" && service !== "lambda" && service !== "firehose")
    throw new NotSupportedError(`${path}: the local EventBridge cannot deliver to ${arn}`);
  if (targetRegion !== region) throw new InvalidInputError(path, [`the target ${arn} is not in ${region}`]);
}

/** The Region of a default event bus; null if the ARN names something else. */
function busRegion(arn: string): string | null {
  return /^arn:aws:events:([a-z0-9-]+):\d{12}:event-bus\/default$/.exec(arn)?.[1] ?? null;
}
