/** One web ACL of the templates: a request passes its rules in order of priority until one of them ends the passage. */
import { randomUUID } from "node:crypto";

import * as z from "zod";

import { InvalidInputError } from "../../functions/domain/errors.ts";
import type { Instant } from "../../functions/domain/instant.ts";
import type { InspectedRequest } from "../ports.ts";
import type { Resource } from "../template.ts";
import type { WafScope } from "./ip-set.ts";
import { type BlockAnswer, compileAction, compileRule, type RateHit, type Rule, visibilitySchema } from "./rule.ts";
import type { Scope } from "./statement.ts";
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
  judge(request: InspectedRequest, now: Instant): Judgement;
}

/** What became of one request, as the log tells it. */
export interface Judgement {
  readonly action: "ALLOW" | "BLOCK";
  /** The terminating rule's name, or `Default_Action`. */
  readonly rule: string;
  readonly ruleType: Rule["type"];
  readonly ruleMetric: string | null;
  /** The Block's own answer; null for an Allow and for WAF's plain answer. */
  readonly custom: BlockAnswer | null;
  readonly counted: readonly Rule[];
  readonly rateHits: readonly RateHit[];
  readonly labels: readonly string[];
}

/** "AWS WAF quotas": references to IP sets, regex sets and rule groups together. */
const MOST_REFERENCES = 50;

const webAclSchema = z.strictObject({
  Name: nameSchema,
  Scope: z.enum(["CLOUDFRONT", "REGIONAL"]),
  Description: descriptionSchema.optional(),
  DefaultAction: z.unknown(),
  Rules: z.array(z.unknown()).default([]),
  CustomResponseBodies: z
    .record(z.string(), z.strictObject({ ContentType: z.string(), Content: z.string().max(4096) }))
    .default({}),
  VisibilityConfig: visibilitySchema,
  Tags: z.unknown().optional(),
});

export function compileWebAcl(
  resource: Resource,
  scopeOf: (acl: { scope: WafScope; region: string }) => Scope,
): WebAcl {
  const path = `${resource.stack}/${resource.logicalId}`;
  const acl = parsePart(webAclSchema, resource.properties, path);
  const { region, account, arn } = resource;
  const scope = scopeOf({ scope: acl.Scope, region });
  let references = 0;
  const around = {
    ipSet(setArn: string, at: string) {
      references += 1;
      if (references > MOST_REFERENCES)
        throw new InvalidInputError(at, [`a web ACL refers to at most ${MOST_REFERENCES} sets`]);
      return scope.ipSet(setArn, at);
    },
    aclArn: arn,
    labelPrefix: `awswaf:${account}:webacl:${acl.Name}:`,
    bodies: acl.CustomResponseBodies,
  };
  const rules = acl.Rules.map((rule, index) => compileRule(rule, `${path}.Rules[${index}]`, around));
  checkPriorities(rules, path);
  rules.sort((a, b) => a.priority - b.priority);
  const defaultAction = compileAction(acl.DefaultAction, `${path}.DefaultAction`, around.bodies);
  if (defaultAction.kind === "COUNT") throw new InvalidInputError(path, ["DefaultAction: must be Allow or Block"]);
  const byDefault: Ending = {
    name: "Default_Action",
    type: "REGULAR",
    metricName: "Default_Action",
    action: defaultAction,
    rateHit: null,
  };
  return {
    name: acl.Name,
    id: arn.split("/").at(-1) ?? "",
    arn,
    scope: acl.Scope,
    region,
    metricName: acl.VisibilityConfig.CloudWatchMetricsEnabled ? acl.VisibilityConfig.MetricName : null,
    lockToken: randomUUID(),
    document: { DefaultAction: acl.DefaultAction, Rules: acl.Rules, VisibilityConfig: acl.VisibilityConfig },
    judge: (request, now) => judge(rules, byDefault, request, now),
  };
}

/** WAF refuses two rules of the same priority or name, since their order would be anyone's guess. */
function checkPriorities(rules: readonly Rule[], path: string): void {
  for (const key of ["priority", "name"] as const)
    if (new Set(rules.map((rule) => rule[key])).size !== rules.length)
      throw new InvalidInputError(path, [`two rules have the same ${key}`]);
}

type Ending = Pick<Rule, "name" | "type" | "metricName" | "action" | "rateHit">;

function judge(rules: readonly Rule[], byDefault: Ending, request: InspectedRequest, now: Instant): Judgement {
  const labels = new Set<string>();
  const counted: Rule[] = [];
  const rateHits: RateHit[] = [];
  for (const rule of rules) {
    if (!rule.matches({ request, labels }, now)) continue;
    for (const label of rule.labels) labels.add(label);
    if (rule.rateHit) rateHits.push(rule.rateHit);
    if (rule.action.kind !== "COUNT") return judgement(rule, counted, rateHits, labels);
    counted.push(rule);
  }
  return judgement(byDefault, counted, rateHits, labels);
}

function judgement(end: Ending, counted: Rule[], rateHits: RateHit[], labels: ReadonlySet<string>): Judgement {
  return {
    action: end.action.kind === "BLOCK" ? "BLOCK" : "ALLOW",
    rule: end.name,
    ruleType: end.type,
    ruleMetric: end.metricName,
    custom: end.action.kind === "BLOCK" ? end.action.custom : null,
    counted,
    rateHits,
    labels: [...labels],
  };
}
