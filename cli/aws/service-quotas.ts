import { paginateListServiceQuotas, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";

import { type Deployment, poolRegion, publicCategories } from "../../functions/domain/deployment.ts";

/** How Service Quotas spells the dimension `Service` of the metrics that count Cognito's calls; null if it names none. */
export async function readUsageService(deployment: Deployment): Promise<string | null> {
  const client = new ServiceQuotasClient({ region: poolRegion(deployment) });
  for await (const { Quotas } of paginateListServiceQuotas({ client }, { ServiceCode: "cognito-idp" }))
    for (const { UsageMetric } of Quotas ?? []) {
      const { Resource = "", Service } = UsageMetric?.MetricDimensions ?? {};
      if (UsageMetric?.MetricName === "CallCount" && Object.hasOwn(publicCategories, Resource) && Service)
        return Service;
    }
  return null;
}
