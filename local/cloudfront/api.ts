/** CloudFront's own API (REST, XML), as somebody sees it who looks up the distribution. */
import * as z from "zod";

import { AwsError, unknownOperation, xmlAnswer } from "../aws-wire.ts";
import type { AwsService } from "../ports.ts";
import type { Resource } from "../template.ts";

const NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/";
const GET_DISTRIBUTION = /^\/2020-05-31\/distribution\/([A-Z0-9]+)$/;

const configSchema = z.object({
  Enabled: z.boolean(),
  Comment: z.string().default(""),
  WebACLId: z.string().default(""),
  DefaultCacheBehavior: z.object({
    LambdaFunctionAssociations: z
      .array(
        z.object({ EventType: z.string(), LambdaFunctionARN: z.string(), IncludeBody: z.boolean().default(false) }),
      )
      .default([]),
  }),
});

export function cloudFrontService({ physicalId, arn, properties }: Resource): AwsService {
  const config = configSchema.parse(properties.DistributionConfig);
  const associations = config.DefaultCacheBehavior.LambdaFunctionAssociations;

  const distribution = {
    Id: physicalId,
    ARN: arn,
    Status: "Deployed",
    DistributionConfig: {
      Enabled: config.Enabled,
      Comment: config.Comment,
      WebACLId: config.WebACLId,
      DefaultCacheBehavior: {
        LambdaFunctionAssociations: {
          Quantity: associations.length,
          ...(associations.length > 0 && { Items: { LambdaFunctionAssociation: associations } }),
        },
      },
    },
  };

  return {
    call(call) {
      const [, id] = GET_DISTRIBUTION.exec(call.path) ?? [];
      if (call.method !== "GET" || id === undefined) throw unknownOperation(call);
      if (id !== physicalId)
        throw new AwsError("NoSuchDistribution", "The specified distribution does not exist.", { status: 404 });
      return xmlAnswer(200, "Distribution", distribution, NAMESPACE);
    },
    needs: () => [{ action: "cloudfront:GetDistribution", resource: arn }],
  };
}
