import { CfnWebACL, CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

import { managedRules } from "./managed-rules.ts";
import type { DeploymentProps } from "./stack-props.ts";
import { blockBodies, inOrder, type Rule, visibility } from "./waf-rules.ts";

/** The web ACL on the user pool itself: `PoolRules`, and the managed groups that the config asks for. */
export class PoolWebAcl extends Construct {
  readonly acl: CfnWebACL;

  constructor(scope: Construct, id: string, props: DeploymentProps & { rules: readonly Rule[] }) {
    super(scope, id);
    const { deployment, names } = props;
    this.acl = new CfnWebACL(this, "Acl", {
      name: names.poolAcl,
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      customResponseBodies: blockBodies("Denied", "Ungated", "Managed"),
      visibilityConfig: visibility(names.poolAcl),
      rules: inOrder([...props.rules, ...managedRules(deployment.managedRuleGroups.pool)]),
    });
    new CfnWebACLAssociation(this, "Association", { resourceArn: names.poolArn, webAclArn: this.acl.attrArn });
  }
}
