/** Reads what CloudFront knows of the distribution. Never writes. */
import { CloudFrontClient, GetDistributionCommand } from "@aws-sdk/client-cloudfront";

import type { Deployment } from "../../functions/domain/deployment.ts";
import { EDGE_REGION, namesOf } from "../../functions/domain/names.ts";
import type { EdgeReading } from "../doctor/edge-checks.ts";
import { readStackOutput } from "./stack-outputs.ts";

/** Throws `NotFoundError` where the edge stack is not deployed. */
export async function readDistribution(deployment: Deployment): Promise<EdgeReading> {
  const output = (key: string) => readStackOutput(EDGE_REGION, namesOf(deployment).edgeStack, key);
  const [Id, expectedFunction, expectedWebAclArn] = await Promise.all(
    ["DistributionId", "EdgeFunctionVersion", "WebAclArn"].map(output),
  );
  const { Distribution } = await new CloudFrontClient({ region: EDGE_REGION }).send(new GetDistributionCommand({ Id }));
  const config = Distribution?.DistributionConfig;
  const associations = config?.DefaultCacheBehavior?.LambdaFunctionAssociations?.Items ?? [];
  return {
    deployment,
    enabled: config?.Enabled === true,
    status: Distribution?.Status ?? "unknown",
    webAclArn: config?.WebACLId ?? "",
    expectedWebAclArn: expectedWebAclArn ?? "",
    functions: associations
      .filter(({ EventType }) => EventType === "origin-request")
      .flatMap(({ LambdaFunctionARN }) => LambdaFunctionARN ?? []),
    expectedFunction: expectedFunction ?? "",
  };
}
