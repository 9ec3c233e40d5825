import { Duration } from "aws-cdk-lib";
import { Metric, type MetricProps } from "aws-cdk-lib/aws-cloudwatch";

import { dimensionOf, METRIC_NAMESPACE, type OwnMetricName } from "../functions/domain/own-metrics.ts";
import type { DeploymentProps } from "./stack-props.ts";

/** Counted minute by minute, where not said otherwise. */
export function aMetric(
  namespace: string,
  metricName: string,
  dimensionsMap: Record<string, string>,
  over: Pick<MetricProps, "statistic" | "period" | "region" | "label"> = {},
): Metric {
  return new Metric({ namespace, metricName, dimensionsMap, statistic: "Sum", period: Duration.minutes(1), ...over });
}

/** What our functions measure, under the deployment's name and, where it is counted for several things, for one of them. */
export function ownMetric(
  { deployment }: DeploymentProps,
  name: OwnMetricName,
  over: Pick<MetricProps, "statistic" | "period" | "label"> & { readonly of?: string } = {},
): Metric {
  const { of, ...rest } = over;
  const dimension = dimensionOf(name);
  const by = dimension !== undefined && of !== undefined ? { [dimension]: of } : {};
  return aMetric(METRIC_NAMESPACE, name, { Deployment: deployment.name, ...by }, rest);
}
