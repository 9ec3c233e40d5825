import type { Deployment } from "../functions/domain/deployment.ts";
import { managedRuleGroups } from "../functions/domain/managed-rule-groups.ts";
import { anyOf, block, type Rule, type Statement } from "./waf-rules.ts";

type Chosen = Deployment["managedRuleGroups"]["edge"];

/**
 * AWS's groups only count, which marks what they match; where the config says `block`, one rule of ours blocks what is
 * marked. So the answer is JSON that SDKs can parse, and no group ever answers by a challenge.
 */
export function managedRules(chosen: Chosen): Rule[] {
  const groups = chosen.map(
    ({ name }): Rule => ({
      name,
      overrideAction: { count: {} },
      statement: { managedRuleGroupStatement: { vendorName: "AWS", name } },
    }),
  );
  const marks = chosen.filter(({ action }) => action === "block").flatMap(({ name }) => marksOf(name));
  if (marks.length === 0) return groups;
  return [...groups, { name: "Managed", action: block("Managed"), statement: anyOf(marks) }];
}

function marksOf(name: string): Statement[] {
  const marks = managedRuleGroups.find((group) => group.name === name)?.marks ?? [];
  return marks.map((key) => ({ labelMatchStatement: { scope: key.endsWith(":") ? "NAMESPACE" : "LABEL", key } }));
}
