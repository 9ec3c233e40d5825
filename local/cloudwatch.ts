/**
 * CloudWatch: keeps what the other stand-ins measure and evaluates the templates' alarms on it.
 *
 * Trigger    each period of an alarm, a moment after it has closed, on the world's clock.
 * Once       an alarm that stays in ALARM tells nobody a second time, as on AWS: only transitions are events.
 * Gotcha     an alarm on dimensions that nobody sends sees no data; with `notBreaching` it is OK for ever.
 */
import { NotSupportedError } from "../functions/domain/errors.ts";
import { MINUTE, SECOND } from "../functions/domain/instant.ts";
import { type AlarmDefinition, alarmDefinition } from "./cloudwatch/alarm-definition.ts";
import { evaluateAlarm } from "./cloudwatch/alarm-evaluation.ts";
import { alarmEvent, describeState, initialState } from "./cloudwatch/alarm-event.ts";
import { type AlarmView, cloudWatchService } from "./cloudwatch/api.ts";
import { createCompositeAlarms } from "./cloudwatch/composite-alarms.ts";
import { createMetricStore, type MetricStore } from "./cloudwatch/metric-store.ts";
import type { AwsService, BusEvent, Clock, EventBus } from "./ports.ts";
import type { Assembly } from "./template.ts";

export interface CloudWatchOptions {
  readonly clock: Clock;
  readonly assembly: Assembly;
  readonly bus: EventBus;
  /** Delivers to the SNS topic that an alarm names as its action. */
  readonly publish?: (topicArn: string, message: { readonly subject: string; readonly message: string }) => void;
}

export interface Alarms {
  /** All alarms of the templates with the states they are in. */
  list(): readonly AlarmView[];
  /** Tells of every transition, after the event went onto the bus; returns how to stop listening. */
  onChange(listener: (alarm: AlarmView, event: BusEvent) => void): () => void;
}

export interface CloudWatch {
  readonly service: AwsService;
  readonly metrics: MetricStore;
  readonly alarms: Alarms;
  stop(): void;
}

/** AWS evaluates some time after a period's end, when its data should have come in; how long is not documented. */
const EVALUATION_DELAY = 10 * SECOND;

export function createCloudWatch({ clock, assembly, bus, publish }: CloudWatchOptions): CloudWatch {
  const [composite] = assembly.ofType("AWS::CloudWatch::CompositeAlarm");
  if (composite)
    throw new NotSupportedError(`${composite.stack}/${composite.logicalId}: composite alarms are people's, not ours`);
  const store = createMetricStore();
  const alarms = assembly
    .ofType("AWS::CloudWatch::Alarm")
    .map(alarmDefinition)
    .map((definition) => ({ definition, state: initialState(clock.now()) }));
  const composites = createCompositeAlarms({
    account: assembly.stacks[0]?.account ?? "",
    now: clock.now,
    put: (region, event) => bus.put(region, event),
    childOf(region, child) {
      const found = alarms.find(
        ({ definition }) => definition.region === region && [definition.name, definition.arn].includes(child),
      );
      return found && { arn: found.definition.arn, state: found.state };
    },
  });
  const listeners = new Set<(alarm: AlarmView, event: BusEvent) => void>();
  // Broken expressions shall stop the boot, not the first evaluation.
  for (const { definition } of alarms) evaluateAlarm(definition, store, clock.now());

  function evaluate(alarm: (typeof alarms)[number]): void {
    const { definition, state: previous } = alarm;
    const now = clock.now();
    const evaluation = evaluateAlarm(definition, store, now);
    const next = evaluation.state ?? previous.value;
    if (next === previous.value) return;
    alarm.state = describeState(definition, previous.value, next, evaluation, now);
    const event = alarmEvent(definition, previous, alarm.state, now);
    bus.put(definition.region, event);
    const view = { ...definition, state: alarm.state };
    for (const topic of definition.actions[next]) publish?.(topic, notice(view, event));
    for (const listener of listeners) listener(view, event);
  }

  function tick(): void {
    const minute = Math.floor(clock.now() / MINUTE) * MINUTE;
    cancel = clock.at(minute + MINUTE + EVALUATION_DELAY, tick);
    for (const alarm of alarms) if (minute % (alarm.definition.periodSeconds * SECOND) === 0) evaluate(alarm);
    composites.evaluate();
  }
  let cancel = clock.at(Math.floor(clock.now() / MINUTE) * MINUTE + MINUTE + EVALUATION_DELAY, tick);

  const list = () => alarms.map(({ definition, state }) => ({ ...definition, state }));
  return {
    service: cloudWatchService({ now: clock.now, store, alarms: list, composites }),
    metrics: store,
    alarms: {
      list,
      onChange(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    stop: () => cancel(),
  };
}

/** An alarm action's message on a topic, shortened to what a reader of the local world's mail needs. */
function notice(alarm: AlarmDefinition & AlarmView, event: BusEvent) {
  return {
    subject: `${alarm.state.value}: "${alarm.name}" in ${alarm.region}`,
    message: JSON.stringify({
      AlarmName: alarm.name,
      AlarmDescription: alarm.description ?? null,
      AWSAccountId: alarm.account,
      NewStateValue: alarm.state.value,
      NewStateReason: alarm.state.reason,
      StateChangeTime: alarm.state.timestamp,
      Region: alarm.region,
      AlarmArn: alarm.arn,
      EventTime: event.time,
    }),
  };
}
