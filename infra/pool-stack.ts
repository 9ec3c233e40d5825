import { CfnOutput, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

import { poolRegion } from "../functions/domain/deployment.ts";
import { EDGE_REGION } from "../functions/domain/names.ts";
import { AlarmForwarding } from "./alarm-forwarding.ts";
import { IpSets } from "./ip-sets.ts";
import { PoolTrail } from "./pool-trail.ts";
import { PoolWebAcl } from "./pool-web-acl.ts";
import { QuotaAlarms } from "./quota-alarms.ts";
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
    new PoolTrail(this, "Trail", props);
    if (region !== EDGE_REGION) new AlarmForwarding(this, "Forwarding", { names, account: deployment.account });
    if (names.ipSets.pool) {
      const sets = new IpSets(this, "IpSets", { scope: "REGIONAL", sets: names.ipSets.pool });
      const { acl } = new PoolWebAcl(this, "WebAcl", { names, sets });
      new WafLogs(this, "WafLogs", { acl, bucketName: names.poolWafLogs, expireDays: deployment.logRetentionDays });
      new CfnOutput(this, "PoolWebAclArn", { value: acl.attrArn });
    }
  }
}
