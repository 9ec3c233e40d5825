import type { Properties } from "../builders.ts";
import type { Synthesis, TemplateRule } from "./synthesis.ts";

const PUBLIC = { Type: "API", Class: "None" } as const;

/** Trap 3: the usage metric counts 1 per call, so only Sum counts calls; a period that is left out is five minutes. */
export const quotaAlarmsCountCalls: TemplateRule = ({ assembly }) =>
  quotaAlarms(assembly).flatMap(({ name, properties }) => {
    const usage = usageOf(properties);
    const dimensions = Object.fromEntries(usage.Metric.Dimensions.map(({ Name, Value }: Properties) => [Name, Value]));
    return [
      ...(usage.Stat === "Sum" ? [] : [`${name}: statistic ${usage.Stat} instead of Sum`]),
      ...(usage.Period === 60 ? [] : [`${name}: period ${usage.Period} instead of 60`]),
      ...Object.entries(PUBLIC).flatMap(([key, value]) =>
        dimensions[key] === value ? [] : [`${name}: dimension ${key} is ${dimensions[key]}`],
      ),
      ...(JSON.stringify(properties).includes("SERVICE_QUOTA(")
        ? [`${name}: SERVICE_QUOTA() is not the provisioned limit`]
        : []),
    ];
  });

/** An alarm on one metric names it in members of its own, one on an expression in a list. */
function usageOf({ Metrics, Dimensions, Statistic, Period }: Properties): Properties {
  const [listed] = (Metrics ?? []).flatMap(({ MetricStat }: Properties) => MetricStat ?? []);
  return listed ?? { Metric: { Dimensions }, Stat: Statistic, Period };
}

/** Trap 4: usage metrics are where the pool is. */
export const quotaAlarmsAreInThePoolsRegion: TemplateRule = ({ assembly }) => {
  const pool = assembly.stacks.find(({ name }) => name.endsWith("-pool"))?.region;
  return quotaAlarms(assembly).flatMap(({ name, region }) => (region === pool ? [] : [`${name} is in ${region}`]));
};

/** Trap 5: alarms start runs by their transition to ALARM alone, and no event is lost when the start fails. */
export const alarmsStartRuns: TemplateRule = ({ assembly }) =>
  assembly.ofType("AWS::Events::Rule").flatMap(({ name, properties }) => {
    const { EventPattern, Targets } = properties as Properties;
    // The fast trail starts nothing, and CloudTrail's own files have what it loses.
    if (JSON.stringify(EventPattern?.source) === '["aws.cognito-idp"]') return [];
    const states = EventPattern?.detail?.state?.value;
    return [
      ...(JSON.stringify(states) === '["ALARM"]' ? [] : [`${name}: starts on ${JSON.stringify(states)}`]),
      ...Targets.flatMap(({ DeadLetterConfig }: Properties) => (DeadLetterConfig ? [] : [`${name}: no dead letters`])),
    ];
  });

/** Alarms on ourselves may look at usage, too: they start no run. */
function quotaAlarms({ ofType }: Synthesis["assembly"]) {
  return ofType("AWS::CloudWatch::Alarm")
    .filter(({ name }) => !name.startsWith("health-"))
    .filter(({ properties }) => JSON.stringify(properties).includes('"AWS/Usage"'));
}
