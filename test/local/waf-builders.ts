import type { InspectedRequest, LogSink, MetricDatum, Metrics } from "../../local/ports.ts";
import type { Resource } from "../../local/template.ts";
import { createWaf } from "../../local/waf.ts";
import { ACCOUNT, anAssembly, aResource } from "./hand-assembly.ts";
import { type HandClock, handClock } from "./hand-clock.ts";

export const NOON = Date.parse("2026-11-22T12:00:00Z");
const DISTRIBUTION = `arn:aws:cloudfront::${ACCOUNT}:distribution/E2EXAMPLE`;
export const POOL = `arn:aws:cognito-idp:eu-west-1:${ACCOUNT}:userpool/eu-west-1_Ab12Cd34E`;
export const ACL_ARN = `arn:aws:wafv2:us-east-1:${ACCOUNT}:global/webacl/edge/id-of-edge`;
export const POOL_ACL_ARN = `arn:aws:wafv2:eu-west-1:${ACCOUNT}:regional/webacl/pool/id-of-pool`;

export const visibility = (name: string) => ({
  CloudWatchMetricsEnabled: true,
  SampledRequestsEnabled: true,
  MetricName: name,
});

export function aRequest(request: Partial<InspectedRequest> = {}): InspectedRequest {
  return {
    clientIp: "198.51.100.7",
    country: null,
    method: "POST",
    uri: "/",
    args: "",
    httpVersion: "HTTP/1.1",
    headers: [{ name: "X-Amz-Target", value: "AWSCognitoIdentityProviderService.InitiateAuth" }],
    body: Buffer.alloc(0),
    requestId: "request-1",
    ja4: "t13d1516h2_8daaf6152771_b186095e22b6",
    ...request,
  };
}

export function setArn(name: string, region = "us-east-1"): string {
  return `arn:aws:wafv2:${region}:${ACCOUNT}:${region === "us-east-1" ? "global" : "regional"}/ipset/${name}/id-of-${name}`;
}

export function anIpSet(
  name: string,
  addresses: readonly string[],
  properties: Record<string, unknown> = {},
): Resource {
  return aResource({
    type: "AWS::WAFv2::IPSet",
    logicalId: name,
    arn: setArn(name),
    properties: { Name: name, Scope: "CLOUDFRONT", IPAddressVersion: "IPV4", Addresses: addresses, ...properties },
  });
}

export function aRule(name: string, priority: number, statement: unknown, rule: Record<string, unknown> = {}) {
  return {
    Name: name,
    Priority: priority,
    Statement: statement,
    Action: { Block: {} },
    VisibilityConfig: visibility(name),
    ...rule,
  };
}

export function aWebAcl(rules: readonly unknown[], properties: Record<string, unknown> = {}): Resource {
  return aResource({
    type: "AWS::WAFv2::WebACL",
    logicalId: "Acl",
    arn: ACL_ARN,
    properties: {
      Name: "edge",
      Scope: "CLOUDFRONT",
      DefaultAction: { Allow: {} },
      Rules: rules,
      VisibilityConfig: visibility("edge"),
      ...properties,
    },
  });
}

const distribution = aResource({
  type: "AWS::CloudFront::Distribution",
  logicalId: "Distribution",
  arn: DISTRIBUTION,
  properties: { DistributionConfig: { WebACLId: ACL_ARN, Enabled: true } },
});

export function aLoggingConfiguration(properties: Record<string, unknown> = {}): Resource {
  return aResource({
    type: "AWS::WAFv2::LoggingConfiguration",
    logicalId: "Logging",
    properties: {
      ResourceArn: ACL_ARN,
      LogDestinationConfigs: ["arn:aws:s3:::aws-waf-logs-edge"],
      ...properties,
    },
  });
}

/** A WAF over `resources` and a distribution that the web ACL `ACL_ARN` protects. */
export function wafOver(resources: readonly Resource[], clock: HandClock = handClock(NOON)) {
  const records: Record<string, unknown>[] = [];
  const data: (MetricDatum & { region: string })[] = [];
  const logs: Pick<LogSink, "waf"> = { waf: (_arn, record) => void records.push(record) };
  const metrics: Metrics = { put: (region, datum) => void data.push({ region, ...datum }) };
  const waf = createWaf({ clock, assembly: anAssembly([...resources, distribution]), logs, metrics });
  const inspect = (request: Partial<InspectedRequest> = {}) => waf.webAcls.inspect(DISTRIBUTION, aRequest(request));
  return { ...waf, inspect, records, data, clock };
}
