import { CfnOutput, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

import { poolRegion } from "../functions/domain/deployment.ts";
import type { ScopeSets } from "../functions/domain/environment.ts";
import { EDGE_REGION, logFoldersOf } from "../functions/domain/names.ts";
import { AlarmForwarding } from "./alarm-forwarding.ts";
import { FastTrail } from "./fast-trail.ts";
import { PoolAlarms } from "./pool-alarms.ts";
import { PoolRuleGroup } from "./pool-rule-group.ts";
import { PoolRules } from "./pool-rules.ts";
import { PoolTrail } from "./pool-trail.ts";
import { PoolWebAcl } from "./pool-web-acl.ts";
import { QuotaAlarms } from "./quota-alarms.ts";
import { SignInFailures } from "./sign-in-failures.ts";
import type { DeploymentProps } from "./stack-props.ts";
import { WafLogs } from "./waf-logs.ts";

/** All that must be in the user pool's Region: alarms on its quotas, its web ACL, its trail. */
export class PoolStack extends Stack {
  constructor(scope: Construct, props: DeploymentProps) {
    const { deployment, names } = props;
    const region = poolRegion(deployment);
    super(scope, names.poolStack, {
      stackName: names.poolStack,
      env: { account: deployment.account, region },
      description: `Portcullis: alarms, trail and web ACL of user pool ${deployment.userPool.id}`,
    });
    new QuotaAlarms(this, "Quotas", props);
    new PoolAlarms(this, "Alarms", props);
    new SignInFailures(this, "SignIns", props);
    if (!deployment.trail) new PoolTrail(this, "Trail", props);
    new FastTrail(this, "FastTrail", props);
    if (region !== EDGE_REGION) new AlarmForwarding(this, "Forwarding", { names, account: deployment.account });
    if (names.ipSets.pool) this.protectPool(props, names.ipSets.pool);
  }

  private protectPool(props: DeploymentProps, sets: ScopeSets): void {
    const { deployment, names } = props;
    const { rules } = new PoolRules(this, "Rules", { ...props, sets });
    if (deployment.poolProtection === "ruleGroup") {
      const { group } = new PoolRuleGroup(this, "RuleGroup", { names, rules });
      new CfnOutput(this, "PoolRuleGroupArn", {
        value: group.attrArn,
        description: "Refer to this group in the web ACL of the user pool",
      });
      return;
    }
    const { acl } = new PoolWebAcl(this, "WebAcl", { ...props, rules });
    const logNames = { bucketName: names.poolWafLogs, streamName: names.poolLogStream };
    new WafLogs(this, "WafLogs", { deployment, acl, ...logNames, folder: logFoldersOf(deployment).pool });
    new CfnOutput(this, "PoolWebAclArn", { value: acl.attrArn });
  }
}
