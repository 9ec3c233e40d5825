import { CfnWebACL } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

import type { IpSets } from "./ip-sets.ts";
import type { DeploymentProps } from "./stack-props.ts";
import { anyOf, block, blockBodies, headerStartsWith, inOrder, methodIs, visibility } from "./waf-rules.ts";

const COGNITO_TARGET = "AWSCognitoIdentityProviderService.";

/** The web ACL of the distribution: AllowList ▸ DenyList ▸ Valid ▸ RateLimit. */
export class EdgeWebAcl extends Construct {
  readonly acl: CfnWebACL;

  constructor(scope: Construct, id: string, { deployment, names, sets }: DeploymentProps & { sets: IpSets }) {
    super(scope, id);
    this.acl = new CfnWebACL(this, "Acl", {
      name: names.edgeAcl,
      scope: "CLOUDFRONT",
      defaultAction: { allow: {} },
      customResponseBodies: blockBodies,
      visibilityConfig: visibility(names.edgeAcl),
      rules: inOrder([
        // Ends the evaluation: an allow-listed address is not rate limited either. Deliberate, for load tests and
        // offices; the edge function still refuses what is no call of the API.
        { name: "AllowList", action: { allow: {} }, statement: anyOf(sets.allow) },
        { name: "DenyList", action: block("Denied"), statement: anyOf([...sets.deny, ...sets.auto]) },
        { name: "Valid", action: block("Invalid"), statement: { notStatement: { statement: validRequest() } } },
        {
          name: "RateLimit",
          action: block("TooMany"),
          statement: {
            rateBasedStatement: { limit: deployment.RateLimit, aggregateKeyType: "IP", evaluationWindowSec: 300 },
          },
        },
      ]),
    });
  }
}

/** A preflight, or a POST that names an operation of the user pools' API: all else the edge would refuse anyway. */
function validRequest(): CfnWebACL.StatementProperty {
  const call = { andStatement: { statements: [methodIs("POST"), headerStartsWith("x-amz-target", COGNITO_TARGET)] } };
  return { orStatement: { statements: [methodIs("OPTIONS"), call] } };
}
