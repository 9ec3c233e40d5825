/**
 * Service Quotas, of which only Cognito's list is here: the account's limit of each category, which says nothing of what
 * is provisioned, and the metric under which its calls are counted.
 */
import * as z from "zod";

import { type Deployment, publicCategories } from "../functions/domain/deployment.ts";
import { AwsError, jsonService } from "./aws-wire.ts";
import type { AwsService } from "./ports.ts";

const listInput = z.object({
  ServiceCode: z.string(),
  MaxResults: z.int().min(1).max(100).default(100),
  NextToken: z.string().optional(),
});

/** The real list is some hundred quotas long; a page of ours ends early, so that whoever does not turn it is found. */
const PAGE = 3;

export function createServiceQuotas({ usageService }: Pick<Deployment, "usageService">): AwsService {
  const quotas = [
    // Resources, such as app clients of a pool, have no metric.
    { QuotaName: "Apps per user pool", QuotaCode: "L-00000000", Value: 1000, Unit: "None", Adjustable: true },
    ...Object.entries(publicCategories).map(([category, rate], index) => ({
      QuotaName: `Rate of ${category} requests`,
      QuotaCode: `L-0000000${index + 1}`,
      Value: 2 * rate,
      Unit: "None",
      Adjustable: category !== "UserAccountRecovery",
      UsageMetric: {
        MetricNamespace: "AWS/Usage",
        MetricName: "CallCount",
        MetricDimensions: { Class: "None", Resource: category, Service: usageService, Type: "API" },
        MetricStatisticRecommendation: "Sum",
      },
      Period: { PeriodValue: 1, PeriodUnit: "SECOND" },
    })),
  ];
  return jsonService({
    version: "1.1",
    operations: {
      ListServiceQuotas: (asked) => {
        const { ServiceCode, MaxResults, NextToken } = listInput.parse(asked);
        if (ServiceCode !== "cognito-idp")
          throw new AwsError("NoSuchResourceException", `The local world has no quotas of ${ServiceCode}`);
        const from = Number(NextToken ?? 0);
        const to = from + Math.min(PAGE, MaxResults);
        const page = quotas.slice(from, to).map((quota) => ({ ServiceCode, ServiceName: "Amazon Cognito", ...quota }));
        return { Quotas: page, ...(to < quotas.length && { NextToken: String(to) }) };
      },
    },
  });
}
