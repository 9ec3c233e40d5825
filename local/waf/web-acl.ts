/** One web ACL of the templates: a request passes its rules in order of priority until one of them ends the passage. */
import { randomUUID } from "node:crypto";

import * as z from "zod";

import { InvalidInputError } from "../../functions/domain/errors.ts";
import type { Instant } from "../../functions/domain/instant.ts";
import type { InspectedRequest } from "../ports.ts";
import type { Resource } from "../template.ts";
import { capacityOf, LARGEST_CAPACITY } from "./capacity.ts";
import type { WafScope } from "./ip-set.ts";
import {
  compileRules,
  type Ending,
  passRules,
  type Rule,
  type Surroundings,
  type Trail,
  visibilitySchema,
} from "./rule.ts";
import { type BlockAnswer, bodiesSchema, compileAction } from "./rule-action.ts";
import { descriptionSchema, nameSchema, parsePart } from "./template-part.ts";

export interface WebAcl {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly scope: WafScope;
  readonly region: string;
  /** Null where the template switches the web ACL's metrics off. */
  readonly metricName: string | null;
  readonly lockToken: string;
  /** The template's own description of it, for GetWebACL. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Whether a rule asks for the caller's autonomous system, which the log then names. */
  readonly asksForAsn: boolean;
  judge(request: InspectedRequest, now: Instant): Judgement;
}

/** What became of one request, as the log tells it. */
export interface Judgement extends Pick<Trail, "counted" | "rateHits" | "groups"> {
  readonly action: "ALLOW" | "BLOCK";
  /** The terminating rule's name, or `Default_Action`. */
  readonly rule: string;
  readonly ruleType: Ending["type"];
  readonly ruleMetric: string | null;
  /** The Block's own answer; null for an Allow and for WAF's plain answer. */
  readonly custom: BlockAnswer | null;
  readonly labels: readonly string[];
}

/** "AWS WAF quotas": references to IP sets, regex sets and rule groups together; rate-based rules. */
const MOST_REFERENCES = 50;
const MOST_RATE_RULES = 10;

const webAclSchema = z.strictObject({
  Name: nameSchema,
  Scope: z.enum(["CLOUDFRONT", "REGIONAL"]),
  Description: descriptionSchema.optional(),
  DefaultAction: z.unknown(),
  Rules: z.array(z.looseObject({ Statement: z.unknown() })).default([]),
  CustomResponseBodies: bodiesSchema,
  VisibilityConfig: visibilitySchema,
  Tags: z.unknown().optional(),
});

/** What a web ACL of a scope and Region may refer to. */
export type ScopeOf = (acl: {
  scope: WafScope;
  region: string;
}) => Pick<Surroundings, "ipSet" | "patternSet" | "ruleGroup">;

export function compileWebAcl(resource: Resource, scopeOf: ScopeOf): WebAcl {
  const path = `${resource.stack}/${resource.logicalId}`;
  const acl = parsePart(webAclSchema, resource.properties, path);
  const { region, account, arn } = resource;
  const scope = limited(scopeOf({ scope: acl.Scope, region }));
  const bodies = acl.CustomResponseBodies;
  const labelPrefix = `awswaf:${account}:webacl:${acl.Name}:`;
  const rules = compileRules(acl.Rules, path, { ...scope, arn, labelPrefix, bodies });
  checkSizes(acl.Rules, rules, path, (groupArn) => scope.ruleGroup(groupArn, path).capacity);
  const byDefault = defaultEnding(acl.DefaultAction, path);
  return {
    name: acl.Name,
    id: arn.split("/").at(-1) ?? "",
    arn,
    scope: acl.Scope,
    region,
    metricName: acl.VisibilityConfig.CloudWatchMetricsEnabled ? acl.VisibilityConfig.MetricName : null,
    lockToken: randomUUID(),
    document: { DefaultAction: acl.DefaultAction, Rules: acl.Rules, VisibilityConfig: acl.VisibilityConfig },
    asksForAsn: JSON.stringify(acl.Rules).includes('"AsnMatchStatement"'),
    judge: (request, now) => judge(rules, byDefault, request, now),
  };
}

/** Each set and group counts once, however many rules refer to it. */
function limited(scope: ReturnType<ScopeOf>): ReturnType<ScopeOf> {
  const referred = new Set<string>();
  const noted =
    <T>(find: (arn: string, path: string) => T) =>
    (arn: string, path: string): T => {
      referred.add(arn);
      if (referred.size > MOST_REFERENCES)
        throw new InvalidInputError(path, [`a web ACL refers to at most ${MOST_REFERENCES} sets`]);
      return find(arn, path);
    };
  return { ipSet: noted(scope.ipSet), patternSet: noted(scope.patternSet), ruleGroup: noted(scope.ruleGroup) };
}

function checkSizes(
  documents: readonly { readonly Statement?: unknown }[],
  rules: readonly Rule[],
  path: string,
  groupCapacity: (arn: string) => number,
): void {
  const rateRules = rules.filter(({ kind }) => kind === "RateBasedStatement").length;
  if (rateRules > MOST_RATE_RULES)
    throw new InvalidInputError(path, [`a web ACL has at most ${MOST_RATE_RULES} rate-based rules, not ${rateRules}`]);
  const capacity = documents.reduce((sum, { Statement }) => sum + capacityOf(Statement, groupCapacity), 0);
  if (capacity > LARGEST_CAPACITY)
    throw new InvalidInputError(path, [`the rules need ${capacity} capacity units, a web ACL has ${LARGEST_CAPACITY}`]);
}

function defaultEnding(document: unknown, path: string): Ending {
  const action = compileAction(document, `${path}.DefaultAction`, {});
  if (action.kind === "COUNT") throw new InvalidInputError(path, ["DefaultAction: must be Allow or Block"]);
  return { name: "Default_Action", type: "REGULAR", metricName: "Default_Action", action };
}

function judge(rules: readonly Rule[], byDefault: Ending, request: InspectedRequest, now: Instant): Judgement {
  const trail: Trail = { request, labels: new Set(), counted: [], rateHits: [], groups: [] };
  const { name, type, metricName, action } = passRules(rules, trail, now) ?? byDefault;
  const { counted, rateHits, groups, labels } = trail;
  return {
    action: action.kind,
    rule: name,
    ruleType: type,
    ruleMetric: metricName,
    custom: action.kind === "BLOCK" ? action.custom : null,
    counted,
    rateHits,
    groups,
    labels: [...labels],
  };
}
