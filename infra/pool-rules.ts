import { CfnRegexPatternSet } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";
import type { ScopeSets } from "../functions/domain/environment.ts";
import { ANY_GATE, gateHeaders } from "../functions/domain/gate.ts";
import { IpSets } from "./ip-sets.ts";
import type { DeploymentProps } from "./stack-props.ts";
import { allOf, anyOf, block, headerExists, headerIs, headerMatches, inSets, not, type Rule } from "./waf-rules.ts";

interface PoolRulesProps extends DeploymentProps {
  readonly sets: ScopeSets;
}

/**
 * The rules for the user pool, whoever's web ACL they stand in. They stop banned callers who go round the proxy, before
 * their calls count against the quota. There is no Valid and no RateLimit: managed login and proxied calls (which arrive
 * from CloudFront's addresses, or from Lambda's where the edge sends them itself) pass here too.
 */
export class PoolRules extends Construct {
  readonly rules: readonly Rule[];

  constructor(scope: Construct, id: string, props: PoolRulesProps) {
    super(scope, id);
    const { deployment, names } = props;
    const sets = new IpSets(scope, "IpSets", {
      scope: "REGIONAL",
      sets: { ...props.sets, allow: deployment.gate === "off" ? props.sets.allow : names.poolAllow },
      deployment,
    });
    const deny = { name: "DenyList", action: block("Denied"), statement: inSets(sets.auto) };
    this.rules = deployment.gate === "off" ? [deny] : [deny, this.buildGate(props, sets)];
  }

  /**
   * Calls of our app clients to the native API that carry no valid gate. Managed login names no operation, operations
   * with a token name no app client, and Admin operations don't pass here at all: none of them is touched.
   */
  private buildGate({ deployment, names }: PoolRulesProps, sets: IpSets): Rule {
    const patterns = this.buildPatterns(names.gatePatterns);
    const isOurs = anyOf(deployment.userPool.clientIds.map((id) => headerIs("x-amzn-cognito-client-id", id)));
    const hasGate = anyOf(gateHeaders.map((header) => headerMatches(header, patterns)));
    const passes = sets.allow.length > 0 ? anyOf([hasGate, inSets(sets.allow)]) : hasGate;
    return {
      name: "Gate",
      action: deployment.gate === "block" ? block("Ungated") : { count: {} },
      statement: allOf(isOurs, headerExists("x-amzn-cognito-operation-name"), not(passes)),
    };
  }

  /**
   * Gotcha: like the IP sets, frozen. CloudFormation answers any change of it by writing the template's patterns, and
   * would so forget the gates.
   */
  private buildPatterns(name: string): CfnRegexPatternSet {
    return new CfnRegexPatternSet(this, "Gates", { name, scope: "REGIONAL", regularExpressionList: [ANY_GATE] });
  }
}
