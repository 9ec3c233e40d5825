import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";

import { patience } from "../../block/aws/patience.ts";
import { retryable } from "../../block/aws/retryable.ts";
import type { CallMetricNames } from "../../domain/environment.ts";
import { RetryableError } from "../../domain/errors.ts";
import type { Window } from "../../domain/instant.ts";
import { EDGE_REGION } from "../../domain/names.ts";
import { addUp, type MinuteCounts } from "../coverage.ts";
import type { CallMetrics } from "../coverage-run.ts";

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What CloudWatch counted of the calls: the requests of the web ACLs, and the use of each quota of the account. */
export function cloudWatchMetrics(
  names: CallMetricNames,
  categories: readonly string[],
  clientFor = (region: string) => new CloudWatchClient({ ...patience, region }),
): CallMetrics {
  const edge = clientFor(EDGE_REGION);
  const pool = clientFor(names.poolRegion);
  return {
    async read(range) {
      // The Region's dimension is left out for CloudFront.
      const [edgeCounts, poolCounts, calls] = await Promise.all([
        sums(edge, requestsOf(names.edgeAcl, {}), range),
        names.poolAcl === null ? null : sums(pool, requestsOf(names.poolAcl, { Region: names.poolRegion }), range),
        sums(pool, callCounts(categories, names.usageService), range),
      ]);
      return {
        edge: addUp(edgeCounts),
        pool: poolCounts && addUp(poolCounts),
        categories: new Map(categories.map((category, index) => [category, calls[index] ?? new Map()])),
      };
    },
  };
}

function requestsOf(WebACL: string, place: Readonly<Record<string, string>>): Metric[] {
  const dimensions = { WebACL, Rule: "ALL", ...place };
  return ["AllowedRequests", "BlockedRequests"].map((name) => ({ namespace: "AWS/WAFV2", name, dimensions }));
}

function callCounts(categories: readonly string[], Service: string): Metric[] {
  return categories.map((Resource) => {
    return { namespace: "AWS/Usage", name: "CallCount", dimensions: { Type: "API", Resource, Service, Class: "None" } };
  });
}

/** Sums by minute, one for each metric; minutes without calls are left out, as CloudWatch leaves them out. */
export async function sums(
  client: CloudWatchClient,
  metrics: readonly Metric[],
  { from, to }: Window,
  step = { Period: 60, Stat: "Sum" },
) {
  const counts = metrics.map((): Map<number, number> => new Map());
  const request = {
    MetricDataQueries: metrics.map((metric, index) => queryOf(metric, index, step)),
    StartTime: new Date(from),
    EndTime: new Date(to),
    ScanBy: "TimestampAscending" as const,
  };
  let token: string | undefined;
  do {
    const command = new GetMetricDataCommand({ ...request, ...(token === undefined ? {} : { NextToken: token }) });
    const page = await retryable("CloudWatch")(() => client.send(command));
    // A proxy's page reads as an answer without results, which would pass for no calls at all.
    if (!page.MetricDataResults) throw new RetryableError("CloudWatch answers without results; try again");
    for (const { Id, StatusCode, Timestamps = [], Values = [] } of page.MetricDataResults) {
      // A metric of which a part could not be read must not pass for fewer calls.
      if (StatusCode === "InternalError" || StatusCode === "Forbidden")
        throw new RetryableError(`CloudWatch answers ${StatusCode} for ${Id}; try again`);
      const of = counts[Number(Id?.slice(1))];
      Timestamps.forEach((at, index) => {
        of?.set(at.getTime(), Values[index] ?? 0);
      });
    }
    token = page.NextToken;
  } while (token !== undefined);
  return counts satisfies MinuteCounts[];
}

function queryOf(
  { namespace, name, dimensions }: Metric,
  index: number,
  step: { Period: number; Stat: string },
): MetricDataQuery {
  return {
    Id: `m${index}`,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: name,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      ...step,
    },
  };
}
