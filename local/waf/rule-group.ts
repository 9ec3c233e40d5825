/** Groups of rules that a rule of a web ACL refers to: those of the templates, and those that AWS keeps. */
import * as z from "zod";
import { InvalidInputError, NotSupportedError } from "../../functions/domain/errors.ts";
import type { Instant } from "../../functions/domain/instant.ts";
import { managedRuleGroups } from "../../functions/domain/managed-rule-groups.ts";
import type { Resource } from "../template.ts";
import { capacityOf } from "./capacity.ts";
import type { WafScope } from "./ip-set.ts";
import {
  compileRules,
  type Ending,
  type GroupHit,
  passRules,
  type Surroundings,
  type Trail,
  visibilitySchema,
} from "./rule.ts";
import { bodiesSchema } from "./rule-action.ts";
import { descriptionSchema, nameSchema, parsePart } from "./template-part.ts";

/** One use of a group: rate-based rules in it count for each web ACL by itself. */
export interface Group {
  readonly capacity: number;
  pass(trail: Trail, now: Instant): { readonly ending: Ending | null; readonly hit: GroupHit };
}

interface GroupKind {
  readonly type: Ending["type"];
  compile(body: unknown, path: string, ruleGroup: Surroundings["ruleGroup"]): Group;
}

export const groupKinds: Readonly<Record<string, GroupKind>> = {
  RuleGroupReferenceStatement: {
    type: "GROUP",
    compile: (body, path, ruleGroup) => ruleGroup(parsePart(z.strictObject({ Arn: z.string() }), body, path).Arn, path),
  },
  ManagedRuleGroupStatement: { type: "MANAGED_RULE_GROUP", compile: compileManaged },
};

const managedSchema = z.strictObject({ VendorName: z.literal("AWS"), Name: z.string() });

/** What is in AWS's groups only AWS knows: here they match nothing, but whoever refers to one must write it right. */
function compileManaged(body: unknown, path: string): Group {
  const { Name } = parsePart(managedSchema, body, path);
  const group = managedRuleGroups.find((each) => each.name === Name);
  if (!group) throw new NotSupportedError(`${path}: the local WAF knows no managed rule group ${Name}`);
  const hit = {
    ruleGroupId: `AWS#${Name}`,
    terminatingRule: null,
    nonTerminatingMatchingRules: [],
    excludedRules: null,
  };
  return { capacity: group.capacity, pass: () => ({ ending: null, hit }) };
}

const groupSchema = z.strictObject({
  Name: nameSchema,
  Scope: z.enum(["CLOUDFRONT", "REGIONAL"]),
  Capacity: z.number().int().min(1),
  Description: descriptionSchema.optional(),
  Rules: z.array(z.looseObject({ Statement: z.unknown() })).default([]),
  CustomResponseBodies: bodiesSchema,
  VisibilityConfig: visibilitySchema,
  Tags: z.unknown().optional(),
});

/** "AWS WAF quotas": rate-based rules in a rule group. */
const MOST_RATE_RULES = 4;

export function compileRuleGroup(
  { stack, logicalId, account, arn, properties }: Resource,
  scope: Pick<Surroundings, "ipSet" | "patternSet">,
): Group & { readonly scope: WafScope } {
  const path = `${stack}/${logicalId}`;
  const group = parsePart(groupSchema, properties, path);
  const needed = group.Rules.reduce((sum, { Statement }) => sum + capacityOf(Statement, () => 0), 0);
  if (needed > group.Capacity)
    throw new InvalidInputError(path, [`Capacity: the rules need ${needed}, the group has ${group.Capacity}`]);
  const rules = compileRules(group.Rules, path, {
    ...scope,
    arn,
    labelPrefix: `awswaf:${account}:rulegroup:${group.Name}:`,
    bodies: group.CustomResponseBodies,
    ruleGroup: (_arn, at) => {
      throw new InvalidInputError(at, ["a rule group cannot refer to another"]);
    },
  });
  if (rules.filter(({ kind }) => kind === "RateBasedStatement").length > MOST_RATE_RULES)
    throw new InvalidInputError(path, [`a rule group has at most ${MOST_RATE_RULES} rate-based rules`]);
  return {
    scope: group.Scope,
    capacity: group.Capacity,
    pass(trail, now) {
      const counted: Trail["counted"] = [];
      const ending = passRules(rules, { ...trail, counted }, now);
      return { ending, hit: groupHit(arn, ending, counted) };
    },
  };
}

function groupHit(arn: string, ending: Ending | null, counted: Trail["counted"]): GroupHit {
  return {
    ruleGroupId: arn,
    terminatingRule: ending && { ruleId: ending.name, action: ending.action.kind, ruleMatchDetails: null },
    nonTerminatingMatchingRules: counted.map(({ name }) => ({ ruleId: name, action: "COUNT" as const })),
    excludedRules: null,
  };
}
