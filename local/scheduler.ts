/**
 * EventBridge Scheduler: the templates' schedules on the world's clock: `rate(…)`, and `cron(…)` for a minute of each hour.
 *
 * Trigger   every rate, the first time at once: a rate schedule without StartDate "starts invoking its target
 *           immediately" (Scheduler User Guide, "Schedule types"). Give `createdAt` for schedules that are older.
 * Overlap   a tick does not wait for the one before it, as on AWS; targets must bear that.
 */
import * as z from "zod";

import { InvalidInputError, NotSupportedError } from "../functions/domain/errors.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../functions/domain/instant.ts";
import { createDeadLetters, type DeadLetters } from "./dead-letters.ts";
import { deliver, type Targets } from "./delivery.ts";
import type { Assembly, Resource } from "./template.ts";

export interface SchedulerOptions extends Omit<Targets, "deadLetters"> {
  readonly assembly: Assembly;
  readonly deadLetters?: DeadLetters;
  /** When the schedules began; now, if not given. */
  readonly createdAt?: Instant;
}

export interface Scheduler {
  readonly deadLetters: DeadLetters;
  stop(): void;
}

const scheduleSchema = z.strictObject({
  Name: z.string().optional(),
  GroupName: z.string().optional(),
  Description: z.string().optional(),
  ScheduleExpression: z.string(),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  // A flexible window only says how late a tick may be; here it is never late.
  FlexibleTimeWindow: z.object({ Mode: z.enum(["OFF", "FLEXIBLE"]) }),
  Target: z.strictObject({
    Arn: z.string(),
    RoleArn: z.string(),
    Input: z.string().optional(),
    DeadLetterConfig: z.strictObject({ Arn: z.string() }).optional(),
    RetryPolicy: z
      .strictObject({
        MaximumEventAgeInSeconds: z.number().optional(),
        MaximumRetryAttempts: z.number().int().min(0).max(185).optional(),
      })
      .optional(),
  }),
});
type Target = z.infer<typeof scheduleSchema>["Target"];

interface Schedule {
  readonly arn: string;
  readonly timing: Timing;
  readonly target: Target;
}
interface Timing {
  readonly every: number;
  /** Ticks lie this far after multiples of `every` on the UTC clock; null: they are counted from the beginning. */
  readonly offset: number | null;
}

const DEFAULT_RETRIES = 185;

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { clock, assembly, deadLetters = createDeadLetters({ clock }) } = options;
  const targets: Targets = { ...options, deadLetters };
  const cancels = new Map<string, () => void>();

  function arm(schedule: Schedule, at: Instant): void {
    const tick = () => {
      arm(schedule, at + schedule.timing.every);
      deliver(targets, deliveryOf(schedule));
    };
    cancels.set(schedule.arn, clock.at(at, tick));
  }

  const now = clock.now();
  for (const schedule of assembly.ofType("AWS::Scheduler::Schedule").flatMap(scheduleOf)) {
    const createdAt = options.createdAt ?? now;
    const { every, offset } = schedule.timing;
    const from = offset ?? createdAt;
    const ticks = Math.ceil((now - from) / every);
    arm(schedule, from + (offset === null ? Math.max(0, ticks) : ticks) * every);
  }
  return { deadLetters, stop: () => cancels.forEach((cancel) => void cancel()) };
}

function deliveryOf({ arn, target }: Schedule) {
  return {
    from: arn,
    targetArn: target.Arn,
    roleArn: target.RoleArn,
    input: target.Input === undefined ? {} : JSON.parse(target.Input),
    maximumRetryAttempts: target.RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_RETRIES,
    deadLetterArn: target.DeadLetterConfig?.Arn,
  };
}

/** Universal targets (`arn:aws:scheduler:::aws-sdk:…`) and other services are refused, and so is another Region. */
function checkTarget(arn: string, region: string, path: string): void {
  const [, , service, targetRegion] = arn.split(":");
  if (service !== "states" && service !== "lambda")
    throw new NotSupportedError(`${path}: the local Scheduler cannot invoke ${arn}`);
  if (targetRegion !== region) throw new InvalidInputError(path, [`the target ${arn} is not in ${region}`]);
}

/** Empty for a schedule that is switched off. */
function scheduleOf({ stack, logicalId, arn, region, properties }: Resource): Schedule[] {
  const path = `${stack}/${logicalId}`;
  const parsed = scheduleSchema.safeParse(properties);
  if (!parsed.success)
    throw new InvalidInputError(
      `${path} is no schedule that the local Scheduler runs`,
      parsed.error.issues.map((issue) => `${issue.path.map(String).join(".")}: ${issue.message}`),
    );
  const { ScheduleExpression, State, Target: target } = parsed.data;
  const timing = cronOf(ScheduleExpression) ?? { every: rateOf(ScheduleExpression, path), offset: null };
  checkTarget(target.Arn, region, path);
  return State === "ENABLED" ? [{ arn, timing, target }] : [];
}

const units: Readonly<Record<string, number>> = { minute: MINUTE, hour: HOUR, day: DAY };

/** `cron(20 * * * ? *)`: twenty past each hour. Null for what is no such. */
function cronOf(expression: string): Timing | null {
  const [, minute] = /^cron\(([0-5]?\d) \* \* \* \? \*\)$/.exec(expression) ?? [];
  return minute === undefined ? null : { every: HOUR, offset: Number(minute) * MINUTE };
}

/** `rate(1 minute)`, `rate(30 minutes)`: AWS refuses "1 minutes" and "30 minute". */
function rateOf(expression: string, path: string): number {
  const match = /^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$/.exec(expression);
  if (!match)
    throw new NotSupportedError(
      `${path}: the local Scheduler runs rate(…) and cron(M * * * ? *) only, not ${expression}`,
    );
  const [, value = "", unit = "", plural] = match;
  if ((value === "1") === (plural === "s"))
    throw new InvalidInputError(path, [`${expression}: wrong number of the unit`]);
  return Number(value) * (units[unit] ?? 0);
}
