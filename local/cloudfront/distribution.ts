/** The distribution of the template, as far as a request to it shows. What is not understood stops the boot. */
import * as z from "zod";

import { NotSupportedError } from "../../functions/domain/errors.ts";
import type { Resource } from "../template.ts";
import { findTemplateHeaderProblems } from "./origin-rules.ts";

export interface Distribution {
  readonly id: string;
  readonly arn: string;
  readonly domainName: string;
  readonly origin: Origin;
  readonly methods: readonly string[];
  readonly edge: { readonly functionArn: string; readonly includesBody: boolean } | null;
  /** Whether the origin sees the viewer's Host header instead of its own name. */
  readonly forwardsHost: boolean;
}

interface Origin {
  readonly domainName: string;
  readonly path: string;
  readonly readTimeout: number;
  readonly keepaliveTimeout: number;
  readonly sslProtocols: readonly string[];
  readonly customHeaders: readonly { readonly name: string; readonly value: string }[];
}

const association = z.object({
  EventType: z.string(),
  LambdaFunctionARN: z.string(),
  IncludeBody: z.boolean().default(false),
});

const behavior = z.object({
  TargetOriginId: z.string(),
  AllowedMethods: z.array(z.string()).default(["HEAD", "GET"]),
  CachePolicyId: z.string(),
  OriginRequestPolicyId: z.string().optional(),
  LambdaFunctionAssociations: z.array(association).default([]),
  FunctionAssociations: z.array(z.never()).default([]),
});

const origin = z.object({
  Id: z.string(),
  DomainName: z.string(),
  OriginPath: z.string().default(""),
  OriginCustomHeaders: z.array(z.object({ HeaderName: z.string(), HeaderValue: z.string() })).default([]),
  CustomOriginConfig: z.object({
    OriginReadTimeout: z.number().default(30),
    OriginKeepaliveTimeout: z.number().default(5),
    OriginSSLProtocols: z.array(z.string()).default([]),
  }),
});

const propertiesSchema = z.object({
  DistributionConfig: z.object({
    Enabled: z.literal(true),
    Origins: z.array(origin).min(1),
    DefaultCacheBehavior: behavior,
    CacheBehaviors: z.array(z.never()).default([]),
  }),
});

const CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac";
const ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3";

export function readDistribution({ stack, logicalId, physicalId, arn, properties }: Resource): Distribution {
  const parsed = propertiesSchema.safeParse(properties);
  if (!parsed.success)
    throw new NotSupportedError(`${stack}/${logicalId} cannot be played here: ${z.prettifyError(parsed.error)}`);
  const { Origins, DefaultCacheBehavior: behaviour } = parsed.data.DistributionConfig;
  const target = Origins.find((each) => each.Id === behaviour.TargetOriginId);
  if (!target) throw new NotSupportedError(`${stack}/${logicalId}: there is no origin ${behaviour.TargetOriginId}`);
  if (behaviour.CachePolicyId !== CACHING_DISABLED)
    throw new NotSupportedError(`${stack}/${logicalId}: only the cache policy CachingDisabled can be played here`);
  const problems = findTemplateHeaderProblems(readOrigin(target).customHeaders);
  if (problems.length > 0)
    throw new NotSupportedError(
      `${stack}/${logicalId}: CloudFront refuses the origin's custom headers: ${problems.join("; ")}`,
    );
  return {
    id: physicalId,
    arn,
    domainName: `${physicalId.toLowerCase()}.cloudfront.net`,
    origin: readOrigin(target),
    methods: behaviour.AllowedMethods,
    edge: readEdge(behaviour.LambdaFunctionAssociations, `${stack}/${logicalId}`),
    forwardsHost: readPolicy(behaviour.OriginRequestPolicyId, `${stack}/${logicalId}`),
  };
}

function readOrigin(target: z.infer<typeof origin>): Origin {
  const { OriginReadTimeout, OriginKeepaliveTimeout, OriginSSLProtocols } = target.CustomOriginConfig;
  return {
    domainName: target.DomainName,
    path: target.OriginPath,
    readTimeout: OriginReadTimeout,
    keepaliveTimeout: OriginKeepaliveTimeout,
    sslProtocols: OriginSSLProtocols,
    customHeaders: target.OriginCustomHeaders.map(({ HeaderName: name, HeaderValue: value }) => ({ name, value })),
  };
}

function readEdge(associations: readonly z.infer<typeof association>[], where: string): Distribution["edge"] {
  const [first, ...more] = associations;
  if (!first) return null;
  if (more.length > 0 || first.EventType !== "origin-request")
    throw new NotSupportedError(`${where}: only one function, on origin-request, can be played here`);
  // CloudFront takes no $LATEST and no alias.
  if (!/^arn:aws:lambda:us-east-1:\d{12}:function:[\w-]+:\d+$/.test(first.LambdaFunctionARN))
    throw new NotSupportedError(`${where}: ${first.LambdaFunctionARN} is no numbered version in us-east-1`);
  return { functionArn: first.LambdaFunctionARN, includesBody: first.IncludeBody };
}

function readPolicy(policyId: string | undefined, where: string): boolean {
  if (policyId === ALL_VIEWER_EXCEPT_HOST) return false;
  if (policyId === ALL_VIEWER) return true;
  throw new NotSupportedError(`${where}: origin request policy ${policyId} cannot be played here`);
}
