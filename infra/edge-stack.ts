import { CfnOutput, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

import { EDGE_REGION, logFoldersOf } from "../functions/domain/names.ts";
import { CloudFrontLogs } from "./cloudfront-logs.ts";
import { Dashboard } from "./dashboard.ts";
import { EdgeFunction } from "./edge-function.ts";
import { EdgeProxy } from "./edge-proxy.ts";
import { EdgeWebAcl } from "./edge-web-acl.ts";
import { EvidenceStore } from "./evidence-store.ts";
import { HealthAlarms } from "./health-alarms.ts";
import { IpSets } from "./ip-sets.ts";
import { LedgerTable } from "./ledger-table.ts";
import { LogLake } from "./log-lake.ts";
import { LogQueries } from "./log-queries.ts";
import { NamedQueries } from "./named-queries.ts";
import { Notices } from "./notices.ts";
import { RateLimitAlarm } from "./rate-limit-alarm.ts";
import { RollupTables } from "./rollup-tables.ts";
import { Secrets } from "./secrets.ts";
import { SensorAlarms } from "./sensor-alarms.ts";
import type { DeploymentProps } from "./stack-props.ts";
import { ToldTables } from "./told-tables.ts";
import { Triggers } from "./triggers.ts";
import { WafLogs } from "./waf-logs.ts";
import { Workflow } from "./workflow.ts";
import { WorkflowFunctions } from "./workflow-functions.ts";

/** All that must be in us-east-1 (CloudFront, its web ACL, its logs) and, beside it, the workflow that writes there. */
export class EdgeStack extends Stack {
  constructor(scope: Construct, props: DeploymentProps) {
    const { deployment, names } = props;
    super(scope, names.edgeStack, {
      stackName: names.edgeStack,
      env: { account: deployment.account, region: EDGE_REGION },
      description: `Portcullis: proxy, logs and workflow for user pool ${deployment.userPool.id}`,
    });
    const secrets = new Secrets(this, "Secrets", props);
    const sets = new IpSets(this, "IpSets", { scope: "CLOUDFRONT", sets: names.ipSets.edge, deployment });
    const { acl, blockingRules, rateRules } = new EdgeWebAcl(this, "WebAcl", { ...props, sets });
    const edge = new EdgeFunction(this, "Edge", { ...props, secret: secrets.clients });
    const { distribution } = new EdgeProxy(this, "Proxy", {
      deployment,
      webAcl: acl,
      edge: edge.version,
      secret: secrets.clients,
    });

    const logNames = { bucketName: names.edgeWafLogs, streamName: names.edgeLogStream };
    new WafLogs(this, "WafLogs", { deployment, acl, ...logNames, folder: logFoldersOf(deployment).edge });
    new CloudFrontLogs(this, "CloudFrontLogs", { ...props, distribution });
    const lake = new LogLake(this, "LogLake", props);
    new ToldTables(this, "Told", { ...props, lake });
    const rollups = new RollupTables(this, "Rollups", { ...props, lake });
    const evidence = new EvidenceStore(this, "Evidence", props);
    new NamedQueries(this, "NamedQueries", { ...props, workGroup: evidence.workGroup });
    new LogQueries(this, "LogQueries", props);

    const table = new LedgerTable(this, "Ledger", { names });
    const topic = new Notices(this, "Notices", props);
    const functions = new WorkflowFunctions(this, "Functions", {
      ...props,
      ...{ table, secrets, topic, sets, edgeAclArn: acl.attrArn },
    });
    const { mitigate, approve, rollup } = new Workflow(this, "Workflow", { ...props, functions, lake, rollups });
    const { sweep, sensors, gates } = functions;
    const triggers = new Triggers(this, "Triggers", { names, mitigate, rollup, sweep, sensors, gates });
    new HealthAlarms(this, "Health", { ...props, mitigate, approve, rollup, distribution, topic });
    new Dashboard(this, "Overview", { ...props, mitigate, approve, rollup, blockingRules });
    new RateLimitAlarm(this, "RateLimits", { ...props, rateRules });
    // Their first reading comes with the schedule: alarms that are older would take its absence for a fault.
    new SensorAlarms(this, "Sensors", { ...props, topic }).node.addDependency(triggers);

    this.output("DistributionDomainName", distribution.distributionDomainName, "Where clients send their calls");
    this.output("DistributionId", distribution.distributionId);
    this.output("EdgeFunctionVersion", edge.version.functionArn);
    this.output("WebAclArn", acl.attrArn);
    if (functions.approvalPage) this.output("ApprovalUrl", functions.approvalPage.url);
    this.output("LedgerTableName", table.tableName);
    this.output("EvidenceBucketName", evidence.bucket.bucketName);
    this.output("ClientSecretArn", secrets.clients.secretArn, "Put gates and app client secrets here");
    this.output("MitigateMachineArn", mitigate.stateMachineArn);
    this.output("ApproveMachineArn", approve.stateMachineArn);
    this.output("TopicArn", topic.topicArn);
  }

  private output(id: string, value: string, description?: string): void {
    new CfnOutput(this, id, description === undefined ? { value } : { value, description });
  }
}
