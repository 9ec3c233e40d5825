import { CfnRuleGroup } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

import type { Names } from "./stack-props.ts";
import { blockBodies, inOrder, type Rule, visibility } from "./waf-rules.ts";

/**
 * What the largest config needs (40 shards, 37 app clients, the gate), with room to spare. A constant: another capacity
 * replaces the group, which AWS WAF refuses while a web ACL refers to it.
 */
const CAPACITY = 300;

/** `PoolRules` for a user pool that has a web ACL already, whose owner adds a reference to this group. */
export class PoolRuleGroup extends Construct {
  readonly group: CfnRuleGroup;

  constructor(scope: Construct, id: string, { names, rules }: { names: Names; rules: readonly Rule[] }) {
    super(scope, id);
    this.group = new CfnRuleGroup(this, "Group", {
      name: names.poolRuleGroup,
      scope: "REGIONAL",
      capacity: CAPACITY,
      customResponseBodies: blockBodies("Denied", "Ungated"),
      visibilityConfig: visibility(names.poolRuleGroup),
      rules: inOrder(rules.map(spelled)),
    });
  }
}

/**
 * What a rule does, as a rule group has it: CDK takes the content of its actions for `any` and writes it into the
 * template as it is, while it puts a web ACL's keys into CloudFormation's capitals.
 */
function spelled({ action = {}, ...rule }: Rule): Rule {
  return {
    ...rule,
    action: Object.fromEntries(Object.entries(action).map(([kind, content]) => [kind, inCapitals(content)])),
  };
}

function inCapitals(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCapitals);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    `${key.charAt(0).toUpperCase()}${key.slice(1)}`,
    inCapitals(inner),
  ]);
  return Object.fromEntries(entries);
}
