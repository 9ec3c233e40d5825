import { CfnWebACL, CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

import type { IpSets } from "./ip-sets.ts";
import type { Names } from "./stack-props.ts";
import { anyOf, block, blockBodies, inOrder, visibility } from "./waf-rules.ts";

/**
 * The web ACL on the user pool itself. It stops banned callers who go round the proxy, before their calls count
 * against the quota. It has no Valid and no RateLimit: managed login and proxied calls (which arrive from
 * CloudFront's addresses, or from Lambda's where the edge sends them itself) pass here too.
 */
export class PoolWebAcl extends Construct {
  readonly acl: CfnWebACL;

  constructor(scope: Construct, id: string, { names, sets }: { names: Names; sets: IpSets }) {
    super(scope, id);
    this.acl = new CfnWebACL(this, "Acl", {
      name: names.poolAcl,
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      customResponseBodies: { Denied: blockBodies.Denied },
      visibilityConfig: visibility(names.poolAcl),
      rules: inOrder([{ name: "DenyList", action: block("Denied"), statement: anyOf(sets.auto) }]),
    });
    new CfnWebACLAssociation(this, "Association", { resourceArn: names.poolArn, webAclArn: this.acl.attrArn });
  }
}
