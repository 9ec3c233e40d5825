import { CfnWebACL } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

import type { Deployment } from "../functions/domain/deployment.ts";
import type { IpSets } from "./ip-sets.ts";
import { managedRules } from "./managed-rules.ts";
import type { DeploymentProps } from "./stack-props.ts";
import {
  allOf,
  anyOf,
  block,
  blockBodies,
  headerIs,
  headerStartsWith,
  inOrder,
  inSets,
  methodIs,
  not,
  type Rule,
  type Statement,
  visibility,
} from "./waf-rules.ts";

const RATE_LIMIT = "RateLimit";
const TARGET_HEADER = "x-amz-target";
const COGNITO_TARGET = "AWSCognitoIdentityProviderService.";

/** The web ACL of the distribution: AllowList ▸ DenyList ▸ Valid ▸ RateLimit, and what the config adds. */
export class EdgeWebAcl extends Construct {
  readonly acl: CfnWebACL;
  /** Names of the rules that block, under which their metrics stand; the rate rules among them. */
  readonly blockingRules: readonly string[];
  readonly rateRules: readonly string[];

  constructor(scope: Construct, id: string, { deployment, names, sets }: DeploymentProps & { sets: IpSets }) {
    super(scope, id);
    const rules = edgeRules(deployment, sets);
    this.blockingRules = rules.filter(({ action }) => action && "block" in action).map(({ name }) => name);
    this.rateRules = this.blockingRules.filter((name) => name.startsWith(RATE_LIMIT));
    this.acl = new CfnWebACL(this, "Acl", {
      name: names.edgeAcl,
      scope: "CLOUDFRONT",
      defaultAction: { allow: {} },
      customResponseBodies: blockBodies("Denied", "Invalid", "TooMany", "Managed"),
      visibilityConfig: visibility(names.edgeAcl),
      rules: inOrder(rules),
    });
  }
}

function edgeRules(deployment: Deployment, sets: IpSets): Rule[] {
  return [
    clientAsn,
    // Ends the evaluation: an allow-listed address is not rate limited either. Deliberate, for load tests and
    // offices; the edge function still refuses what is no call of the API.
    { name: "AllowList", action: { allow: {} }, statement: inSets(sets.allow) },
    { name: "DenyList", action: block("Denied"), statement: inSets([...sets.deny, ...sets.auto]) },
    { name: "Valid", action: block("Invalid"), statement: not(validRequest()) },
    ...managedRules(deployment.managedRuleGroups.edge),
    { name: RATE_LIMIT, action: block("TooMany"), statement: perAddress({ limit: deployment.RateLimit }) },
    // After RateLimit, which so counts what these block, too.
    ...operationRules(deployment),
  ];
}

/**
 * AWS WAF logs the caller's autonomous system only where a statement asks for one. 64496 is for documentation, so nobody
 * comes from it; the rule stands first, for a rule behind one that ends the evaluation is not asked.
 */
const clientAsn: Rule = {
  name: "ClientAsn",
  action: { count: {} },
  statement: { asnMatchStatement: { asnList: [64_496] } },
};

/** A preflight, or a POST that names an operation of the user pools' API: all else the edge would refuse anyway. */
function validRequest(): Statement {
  const call = allOf(methodIs("POST"), headerStartsWith(TARGET_HEADER, COGNITO_TARGET));
  return anyOf([methodIs("OPTIONS"), call]);
}

/**
 * Addresses only: a rate rule with a key of its own does not count requests that lack the key, so whoever leaves the
 * header out is never limited.
 */
function perAddress({ limit, windowSeconds = 300 }: { limit: number; windowSeconds?: number }, only?: Statement) {
  const statement = { limit, aggregateKeyType: "IP", evaluationWindowSec: windowSeconds };
  return { rateBasedStatement: only ? { ...statement, scopeDownStatement: only } : statement };
}

function operationRules({ operationLimits }: Deployment): Rule[] {
  return Object.entries(operationLimits).map(([name, { operations, action, ...limit }]) => ({
    name: `${RATE_LIMIT}-${name}`,
    action: action === "count" ? { count: {} } : block("TooMany"),
    statement: perAddress(
      limit,
      anyOf(operations.map((operation) => headerIs(TARGET_HEADER, `${COGNITO_TARGET}${operation}`))),
    ),
  }));
}
