/**
 * AWS WAF: the API that IP sets are written through, and the evaluation of the templates' web ACLs on every request.
 * What a web ACL does is read from the template alone; what it does not understand there stops the boot.
 */
import * as z from "zod";

import { InvalidInputError, NotSupportedError } from "../functions/domain/errors.ts";
import type { AwsService, Clock, InspectedRequest, Inspection, LogSink, Metrics, WebAcls } from "./ports.ts";
import type { Assembly, Resource } from "./template.ts";
import { wafService } from "./waf/api.ts";
import { createIpSet, type IpSet, type WafScope } from "./waf/ip-set.ts";
import { logRecord, type Protected, type Redaction, redaction } from "./waf/log-record.ts";
import { putMetrics } from "./waf/metrics.ts";
import type { BlockAnswer } from "./waf/rule.ts";
import { descriptionSchema, nameSchema, parsePart } from "./waf/template-part.ts";
import { compileWebAcl, type WebAcl } from "./waf/web-acl.ts";

export interface WafOptions {
  readonly clock: Pick<Clock, "now">;
  readonly assembly: Assembly;
  readonly logs: Pick<LogSink, "waf">;
  readonly metrics: Metrics;
}

export interface Waf {
  readonly service: AwsService;
  readonly webAcls: WebAcls;
  readonly ipSets: readonly Pick<IpSet, "name" | "has" | "addresses">[];
}

export function createWaf({ clock, assembly, logs, metrics }: WafOptions): Waf {
  const ipSets = assembly.ofType("AWS::WAFv2::IPSet").map(ipSetOf);
  const acls = assembly.ofType("AWS::WAFv2::WebACL").map((resource) =>
    compileWebAcl(resource, (acl) => ({
      ipSet: (arn, path) => usableSet(ipSets, arn, acl, path).has,
    })),
  );
  const associations = associationsOf(assembly, acls);
  const loggings = loggingsOf(assembly, acls);

  function inspect(resourceArn: string, request: InspectedRequest): Inspection {
    const acl = associations.get(resourceArn);
    // A resource without web ACL lets everything pass, and nothing is logged or counted.
    if (!acl) return { action: "ALLOW", rule: "", response: null };
    const now = clock.now();
    const resource = protectedBy(resourceArn);
    const judgement = acl.judge(request, now);
    const logging = loggings.get(acl.arn);
    if (logging) logs.waf(acl.arn, logRecord({ acl, resource, request: logging.redact(request), judgement, now }));
    putMetrics(metrics, acl, judgement, now);
    const response = judgement.action === "BLOCK" ? (judgement.custom ?? plainAnswer(resource)) : null;
    return { action: judgement.action, rule: judgement.rule, response };
  }

  const service = wafService({
    now: clock.now,
    ipSets,
    webAcls: acls,
    aclOf: (arn) => associations.get(arn),
    loggingOf: (arn) => loggings.get(arn)?.document,
  });
  return { service, webAcls: { inspect }, ipSets };
}

const ipSetSchema = z.strictObject({
  Name: nameSchema,
  Scope: z.enum(["CLOUDFRONT", "REGIONAL"]),
  IPAddressVersion: z.enum(["IPV4", "IPV6"]),
  Addresses: z.array(z.string()),
  Description: descriptionSchema.optional(),
  Tags: z.unknown().optional(),
});

function ipSetOf({ stack, logicalId, region, arn, properties }: Resource): IpSet {
  const path = `${stack}/${logicalId}`;
  const set = parsePart(ipSetSchema, properties, path);
  checkScope(set.Scope, region, path);
  return createIpSet({
    name: set.Name,
    id: arn.split("/").at(-1) ?? "",
    arn,
    scope: set.Scope,
    region,
    version: set.IPAddressVersion,
    addresses: set.Addresses,
    ...(set.Description === undefined ? {} : { description: set.Description }),
  });
}

function checkScope(scope: WafScope, region: string, path: string): void {
  if (scope === "CLOUDFRONT" && region !== "us-east-1")
    throw new InvalidInputError(path, [`scope CLOUDFRONT exists in us-east-1 only, the stack is in ${region}`]);
}

function usableSet(sets: readonly IpSet[], arn: string, acl: { scope: WafScope; region: string }, path: string): IpSet {
  const set = sets.find((each) => each.arn === arn);
  if (!set) throw new InvalidInputError(path, [`no template has the IP set ${arn}`]);
  if (set.scope !== acl.scope || set.region !== acl.region)
    throw new InvalidInputError(path, [`an IP set of another scope or Region cannot be referred to: ${arn}`]);
  return set;
}

/** Which web ACL a resource has: a distribution names its own, everything else is associated. */
function associationsOf(assembly: Assembly, acls: readonly WebAcl[]): ReadonlyMap<string, WebAcl> {
  const byResource = new Map<string, WebAcl>();
  const associate = (resourceArn: string, aclArn: string, scope: WafScope, path: string) => {
    const acl = acls.find(({ arn }) => arn === aclArn);
    if (acl?.scope !== scope) throw new InvalidInputError(path, [`${aclArn} is no web ACL of scope ${scope}`]);
    byResource.set(resourceArn, acl);
  };
  for (const { stack, logicalId, arn, properties } of assembly.ofType("AWS::CloudFront::Distribution")) {
    const path = `${stack}/${logicalId}`;
    const { WebACLId } = parsePart(distribution, properties, path).DistributionConfig;
    if (WebACLId !== undefined) associate(arn, WebACLId, "CLOUDFRONT", path);
  }
  for (const { stack, logicalId, properties } of assembly.ofType("AWS::WAFv2::WebACLAssociation")) {
    const path = `${stack}/${logicalId}`;
    const { ResourceArn, WebACLArn } = parsePart(association, properties, path);
    associate(ResourceArn, WebACLArn, "REGIONAL", path);
  }
  return byResource;
}

const distribution = z.object({ DistributionConfig: z.object({ WebACLId: z.string().optional() }) });
const association = z.strictObject({ ResourceArn: z.string(), WebACLArn: z.string() });
const logging = z.strictObject({
  ResourceArn: z.string(),
  LogDestinationConfigs: z.array(z.string()).length(1),
  RedactedFields: z.array(z.unknown()).default([]),
  LoggingFilter: z.unknown().optional(),
});

interface Logging {
  readonly document: unknown;
  readonly redact: Redaction;
}

function loggingsOf(assembly: Assembly, acls: readonly WebAcl[]): ReadonlyMap<string, Logging> {
  const byAcl = new Map<string, Logging>();
  for (const { stack, logicalId, properties } of assembly.ofType("AWS::WAFv2::LoggingConfiguration")) {
    const path = `${stack}/${logicalId}`;
    const { ResourceArn, RedactedFields, LoggingFilter } = parsePart(logging, properties, path);
    if (LoggingFilter !== undefined) throw new NotSupportedError(`${path}: the local WAF knows no LoggingFilter`);
    if (!acls.some(({ arn }) => arn === ResourceArn))
      throw new InvalidInputError(path, [`no template has the web ACL ${ResourceArn}`]);
    byAcl.set(ResourceArn, { document: properties, redact: redaction(RedactedFields, `${path}.RedactedFields`) });
  }
  return byAcl;
}

function protectedBy(resourceArn: string): Protected {
  if (resourceArn.startsWith("arn:aws:cloudfront:"))
    return { sourceName: "CF", sourceId: resourceArn.split("/").at(-1) ?? "" };
  return { sourceName: "COGNITOIDP", sourceId: resourceArn };
}

/** CloudFront shows a page of its own; a user pool answers with the exception that its SDKs know. */
function plainAnswer({ sourceName }: Protected): BlockAnswer {
  if (sourceName === "CF")
    return {
      status: 403,
      headers: { "content-type": "text/html" },
      body: "<html><body>Request blocked.</body></html>",
    };
  return {
    status: 403,
    headers: { "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify({ __type: "ForbiddenException", message: "Request not allowed due to WAF block." }),
  };
}
