/**
 * Composite alarms, which people make beside ours: none is in a template. In ALARM while the rule holds, else OK; as on
 * AWS, children are alarms of the same Region.
 */
import { randomUUID } from "node:crypto";

import * as z from "zod";

import { type Instant, SECOND, toIso } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";
import type { BusEvent } from "../ports.ts";
import type { AlarmState } from "./alarm-evaluation.ts";
import { awsTime, initialState, type StateDescription } from "./alarm-event.ts";
import { type AlarmRule, compileAlarmRule } from "./alarm-rule.ts";

export interface Child {
  readonly arn: string;
  readonly state: StateDescription;
}

export interface CompositeAlarm {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly text: string;
  readonly rule: AlarmRule;
  state: StateDescription;
}

const input = z.object({ AlarmName: z.string().min(1).max(255), AlarmRule: z.string().min(1).max(10_240) });

export function createCompositeAlarms(options: {
  readonly account: string;
  readonly now: () => Instant;
  readonly childOf: (region: string, nameOrArn: string) => Child | undefined;
  readonly put: (region: string, event: BusEvent) => void;
}) {
  const { account, now, childOf } = options;
  const alarms = new Map<string, CompositeAlarm>();

  function evaluate(alarm: CompositeAlarm): void {
    const stateOf = (child: string): AlarmState => childOf(alarm.region, child)?.state.value ?? "INSUFFICIENT_DATA";
    const value = alarm.rule.holds(stateOf) ? "ALARM" : "OK";
    if (value === alarm.state.value) return;
    const previous = alarm.state;
    const children = alarm.rule.children.flatMap((child) => childOf(alarm.region, child) ?? []);
    alarm.state = describe(value, children, now());
    options.put(alarm.region, eventOf(alarm, previous, { account, now: now() }));
  }

  return {
    list: (): readonly CompositeAlarm[] => [...alarms.values()],
    evaluate: () => alarms.forEach(evaluate),
    putAlarm(asked: unknown, region: string) {
      const { AlarmName: name, AlarmRule: text } = input.parse(asked);
      const rule = compileAlarmRule(text);
      const missing = rule.children.find((child) => childOf(region, child) === undefined);
      if (missing !== undefined) throw new AwsError("ValidationError", `The alarm ${missing} does not exist`);
      const arn = `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;
      const state = alarms.get(arn)?.state ?? initialState(now());
      alarms.set(arn, { name, arn, region, text, rule, state });
    },
  };
}

/** Which child's transition it was that decided is told in words; the newest is taken for it. */
function describe(value: AlarmState, children: readonly Child[], now: Instant): StateDescription {
  const triggering = children.filter(({ state }) => state.value === value);
  const [newest] = [...(triggering.length > 0 ? triggering : children)].sort((a, b) =>
    b.state.timestamp < a.state.timestamp ? -1 : 1,
  );
  const reasonData = {
    triggeringAlarms: triggering.map(({ arn, state: { value, timestamp } }) => ({ arn, state: { value, timestamp } })),
  };
  return {
    value,
    reason: newest ? `${newest.arn} transitioned to ${newest.state.value} at ${newest.state.timestamp}` : "Unchecked",
    reasonData: JSON.stringify(reasonData),
    timestamp: awsTime(now),
  };
}

/** A rule in place of metrics (User Guide, "Alarm events and EventBridge"). */
function eventOf(
  { name, arn, region, text, state }: CompositeAlarm,
  previousState: StateDescription,
  { account, now }: { readonly account: string; readonly now: Instant },
): BusEvent {
  return {
    ...{ version: "0", id: randomUUID(), "detail-type": "CloudWatch Alarm State Change", source: "aws.cloudwatch" },
    ...{ account, time: `${toIso(now).slice(0, 19)}Z`, region, resources: [arn] },
    detail: { alarmName: name, configuration: { alarmRule: text }, previousState, state },
  };
}

export function describeComposite({ name, arn, text, state }: CompositeAlarm) {
  return {
    ...{ AlarmName: name, AlarmArn: arn, AlarmRule: text, ActionsEnabled: true },
    ...{ AlarmActions: [], OKActions: [], InsufficientDataActions: [] },
    StateValue: state.value,
    StateReason: state.reason,
    StateReasonData: state.reasonData,
    StateUpdatedTimestamp: Date.parse(state.timestamp.replace("+0000", "Z")) / SECOND,
  };
}
