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
import { createPatternSet, type PatternSet } from "./waf/pattern-set.ts";
import type { BlockAnswer } from "./waf/rule-action.ts";
import { compileRuleGroup } from "./waf/rule-group.ts";
import { descriptionSchema, nameSchema, parsePart } from "./waf/template-part.ts";
import { compileWebAcl, type ScopeOf, type WebAcl } from "./waf/web-acl.ts";

export interface WafOptions {
  readonly clock: Pick<Clock, "now">;
  readonly assembly: Assembly;
  readonly logs: Pick<LogSink, "waf">;
  readonly metrics: Metrics;
}

export interface Waf {
  readonly service: AwsService;
  readonly webAcls: WebAcls;
  readonly ipSets: readonly Pick<IpSet, "name" | "scope" | "has" | "addresses">[];
}

export function createWaf({ clock, assembly, logs, metrics }: WafOptions): Waf {
  const ipSets = assembly.ofType("AWS::WAFv2::IPSet").map(ipSetOf);
  const patternSets = assembly.ofType("AWS::WAFv2::RegexPatternSet").map(patternSetOf);
  const scopeOf = scopes(assembly, ipSets, patternSets);
  // A group that no web ACL refers to yet must be right as well: people refer to it in theirs.
  for (const group of assembly.ofType("AWS::WAFv2::RuleGroup")) checkGroup(group, scopeOf);
  const acls = assembly.ofType("AWS::WAFv2::WebACL").map((resource) => compileWebAcl(resource, scopeOf));
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
    patternSets,
    webAcls: acls,
    aclOf: (arn) => associations.get(arn),
    loggingOf: (arn) => loggings.get(arn)?.document,
    setLogging(arn, document) {
      if (document === undefined) loggings.delete(arn);
      else loggings.set(arn, loggingOf(parsePart(logging, document, arn), arn));
    },
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

const patternSetSchema = z.strictObject({
  Name: nameSchema,
  Scope: z.enum(["CLOUDFRONT", "REGIONAL"]),
  RegularExpressionList: z.array(z.string()),
  Description: descriptionSchema.optional(),
  Tags: z.unknown().optional(),
});

function patternSetOf({ stack, logicalId, region, arn, properties }: Resource): PatternSet {
  const path = `${stack}/${logicalId}`;
  const set = parsePart(patternSetSchema, properties, path);
  checkScope(set.Scope, region, path);
  return createPatternSet(
    { name: set.Name, id: arn.split("/").at(-1) ?? "", arn, scope: set.Scope, region },
    { patterns: set.RegularExpressionList, description: set.Description },
  );
}

function checkGroup({ stack, logicalId, arn, region, properties }: Resource, scopeOf: ScopeOf): void {
  const scope = properties["Scope"] === "CLOUDFRONT" ? "CLOUDFRONT" : "REGIONAL";
  scopeOf({ scope, region }).ruleGroup(arn, `${stack}/${logicalId}`);
}

/** What web ACLs and rule groups may refer to: only what has their own scope and Region. */
function scopes(assembly: Assembly, ipSets: readonly IpSet[], patternSets: readonly PatternSet[]): ScopeOf {
  const groups = assembly.ofType("AWS::WAFv2::RuleGroup");
  return (acl) => {
    const sets = {
      ipSet: (arn: string, path: string) => usable(ipSets, "IP set", arn, acl, path).has,
      patternSet: (arn: string, path: string) => usable(patternSets, "regex pattern set", arn, acl, path).matches,
    };
    const ruleGroup = (arn: string, path: string) => {
      const resource = groups.find((each) => each.arn === arn);
      const group = resource && { ...compileRuleGroup(resource, sets), arn, region: resource.region };
      return usable(group ? [group] : [], "rule group", arn, acl, path);
    };
    return { ...sets, ruleGroup };
  };
}

function checkScope(scope: WafScope, region: string, path: string): void {
  if (scope === "CLOUDFRONT" && region !== "us-east-1")
    throw new InvalidInputError(path, [`scope CLOUDFRONT exists in us-east-1 only, the stack is in ${region}`]);
}

function usable<T extends { readonly arn: string; readonly scope: WafScope; readonly region: string }>(
  all: readonly T[],
  what: string,
  arn: string,
  acl: { scope: WafScope; region: string },
  path: string,
): T {
  const found = all.find((each) => each.arn === arn);
  if (!found) throw new InvalidInputError(path, [`no template has the ${what} ${arn}`]);
  if (found.scope !== acl.scope || found.region !== acl.region)
    throw new InvalidInputError(path, [`${what} of another scope or Region cannot be referred to: ${arn}`]);
  return found;
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

function loggingsOf(assembly: Assembly, acls: readonly WebAcl[]): Map<string, Logging> {
  const byAcl = new Map<string, Logging>();
  for (const { stack, logicalId, properties } of assembly.ofType("AWS::WAFv2::LoggingConfiguration")) {
    const path = `${stack}/${logicalId}`;
    const document = parsePart(logging, properties, path);
    if (!acls.some(({ arn }) => arn === document.ResourceArn))
      throw new InvalidInputError(path, [`no template has the web ACL ${document.ResourceArn}`]);
    byAcl.set(document.ResourceArn, loggingOf(document, path));
  }
  return byAcl;
}

function loggingOf(document: z.infer<typeof logging>, path: string): Logging {
  const { RedactedFields, LoggingFilter } = document;
  if (LoggingFilter !== undefined) throw new NotSupportedError(`${path}: the local WAF knows no LoggingFilter`);
  return { document, redact: redaction(RedactedFields, `${path}.RedactedFields`) };
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
