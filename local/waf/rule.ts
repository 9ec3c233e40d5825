/** The rules of a web ACL or rule group as the template has them, and how a request passes them. */
import * as z from "zod";

import { InvalidInputError } from "../../functions/domain/errors.ts";
import type { Instant } from "../../functions/domain/instant.ts";
import { createRateLimit } from "./rate-limit.ts";
import { type CustomBodies, compileAction, type RuleAction } from "./rule-action.ts";
import { type Group, groupKinds } from "./rule-group.ts";
import { compileStatement, type Matcher, type Passage, type Scope } from "./statement.ts";
import { nameSchema, onlyEntry, parsePart } from "./template-part.ts";

/** What the log says of a rate-based rule that acted on a request. */
export interface RateHit {
  readonly rateBasedRuleId: string;
  readonly rateBasedRuleName: string;
  readonly limitKey: "IP";
  readonly maxRateAllowed: number;
  readonly evaluationWindowSec: string;
}

/** What the log says of a rule group that a request passed. */
export interface GroupHit {
  readonly ruleGroupId: string;
  readonly terminatingRule: {
    readonly ruleId: string;
    readonly action: string;
    readonly ruleMatchDetails: null;
  } | null;
  readonly nonTerminatingMatchingRules: readonly { readonly ruleId: string; readonly action: "COUNT" }[];
  readonly excludedRules: null;
}

interface Measured {
  readonly name: string;
  /** Null where the template switches the rule's metrics off. */
  readonly metricName: string | null;
}

/** The rule that ended a request's passage, and how. */
export interface Ending extends Measured {
  readonly type: "REGULAR" | "RATE_BASED" | "GROUP" | "MANAGED_RULE_GROUP";
  readonly action: Exclude<RuleAction, { kind: "COUNT" }>;
}

/** A request on its way, with all that rules noted about it. */
export interface Trail extends Passage {
  readonly counted: Measured[];
  readonly rateHits: RateHit[];
  readonly groups: GroupHit[];
}

export interface Rule extends Measured {
  readonly priority: number;
  readonly kind: string;
  /** How the passage ends at this rule; null if it goes on. */
  readonly pass: (trail: Trail, now: Instant) => Ending | null;
}

export const visibilitySchema = z.strictObject({
  CloudWatchMetricsEnabled: z.boolean(),
  SampledRequestsEnabled: z.boolean(),
  MetricName: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
});

const common = {
  Name: nameSchema,
  Priority: z.number().int().min(0),
  Statement: z.unknown(),
  VisibilityConfig: visibilitySchema,
};
const ruleSchema = z.strictObject({
  ...common,
  Action: z.unknown(),
  RuleLabels: z.array(z.strictObject({ Name: z.string().min(1) })).default([]),
});
/** A rule that refers to a group has no action: the group's rules have theirs, and all of them may be made to count. */
const groupRuleSchema = z.strictObject({
  ...common,
  OverrideAction: z.union([
    z.strictObject({ None: z.strictObject({}) }),
    z.strictObject({ Count: z.strictObject({}) }),
  ]),
});

/** What a rule needs to know of the web ACL or rule group it stands in. */
export interface Surroundings extends Scope {
  readonly arn: string;
  readonly bodies: CustomBodies;
  /** Throws for a group that this web ACL cannot use. */
  ruleGroup(arn: string, path: string): Group;
}

export function compileRules(documents: readonly unknown[], path: string, around: Surroundings): Rule[] {
  const rules = documents.map((rule, index) => compileRule(rule, `${path}.Rules[${index}]`, around));
  // WAF refuses two rules of the same priority or name, since their order would be anyone's guess.
  for (const key of ["priority", "name"] as const)
    if (new Set(rules.map((rule) => rule[key])).size !== rules.length)
      throw new InvalidInputError(path, [`two rules have the same ${key}`]);
  return rules.sort((a, b) => a.priority - b.priority);
}

/** A request passes rules in the order of their priorities, until one of them ends the passage. */
export function passRules(rules: readonly Rule[], trail: Trail, now: Instant): Ending | null {
  for (const rule of rules) {
    const ending = rule.pass(trail, now);
    if (ending) return ending;
  }
  return null;
}

function compileRule(document: unknown, path: string, around: Surroundings): Rule {
  const { Statement } = parsePart(z.looseObject({ Statement: z.unknown() }), document, path);
  const [kind, body] = onlyEntry(Statement, `${path}.Statement`);
  const groupKind = groupKinds[kind];
  if (!groupKind) return compilePlain(document, path, around);
  const rule = parsePart(groupRuleSchema, document, path);
  const { CloudWatchMetricsEnabled, MetricName } = rule.VisibilityConfig;
  const itself = { name: rule.Name, metricName: CloudWatchMetricsEnabled ? MetricName : null };
  const group = groupKind.compile(body, `${path}.Statement.${kind}`, around.ruleGroup);
  const pass = (trail: Trail, now: Instant): Ending | null => {
    const { ending, hit } = group.pass(trail, now);
    trail.groups.push(hit);
    if (!ending) return null;
    if ("None" in rule.OverrideAction) return { ...itself, type: groupKind.type, action: ending.action };
    trail.counted.push(itself);
    return null;
  };
  return { ...itself, priority: rule.Priority, kind, pass };
}

function compilePlain(document: unknown, path: string, around: Surroundings): Rule {
  const rule = parsePart(ruleSchema, document, path);
  const { CloudWatchMetricsEnabled, MetricName } = rule.VisibilityConfig;
  const itself = { name: rule.Name, metricName: CloudWatchMetricsEnabled ? MetricName : null };
  const action = compileAction(rule.Action, `${path}.Action`, around.bodies);
  const labels = rule.RuleLabels.map(({ Name }) => `${around.labelPrefix}${Name}`);
  const { kind, type, matches, rateHit } = compileTop(rule.Name, rule.Statement, `${path}.Statement`, around);
  const pass = (trail: Trail, now: Instant): Ending | null => {
    if (!matches(trail, now)) return null;
    for (const label of labels) trail.labels.add(label);
    if (rateHit) trail.rateHits.push(rateHit);
    if (action.kind !== "COUNT") return { ...itself, type, action };
    trail.counted.push(itself);
    return null;
  };
  return { ...itself, priority: rule.Priority, kind, pass };
}

/** A rate-based statement may only stand at the top of a rule. */
function compileTop(name: string, statement: unknown, path: string, around: Surroundings) {
  const [kind, body] = onlyEntry(statement, path);
  if (kind === "RateBasedStatement") return { kind, ...compileRateBased(name, body, `${path}.${kind}`, around) };
  return { kind, type: "REGULAR", matches: compileStatement(statement, path, around), rateHit: null } as const;
}

const rateBased = z.strictObject({
  Limit: z.number().int().min(10).max(2_000_000_000),
  // An address that the caller can choose (FORWARDED_IP, CUSTOM_KEYS) is refused with every other value.
  AggregateKeyType: z.literal("IP"),
  EvaluationWindowSec: z.union([z.literal(60), z.literal(120), z.literal(300), z.literal(600)]).default(300),
  ScopeDownStatement: z.unknown().optional(),
});

function compileRateBased(name: string, body: unknown, path: string, around: Surroundings) {
  const { Limit, EvaluationWindowSec, ScopeDownStatement } = parsePart(rateBased, body, path);
  const counts: Matcher =
    ScopeDownStatement === undefined
      ? () => true
      : compileStatement(ScopeDownStatement, `${path}.ScopeDownStatement`, around);
  const limit = createRateLimit(Limit, EvaluationWindowSec);
  return {
    type: "RATE_BASED",
    matches: (passage: Passage, now: Instant) => counts(passage) && limit.isOver(passage.request.clientIp, now),
    rateHit: {
      rateBasedRuleId: `${around.arn}_rulename_${name}`,
      rateBasedRuleName: name,
      limitKey: "IP",
      maxRateAllowed: Limit,
      // A text in AWS's log examples, unlike the limit.
      evaluationWindowSec: String(EvaluationWindowSec),
    },
  } as const;
}
