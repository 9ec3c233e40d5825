import { Stack } from "aws-cdk-lib";
import { CfnRule } from "aws-cdk-lib/aws-events";
import { Role } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";

import { fastTrailFolder } from "../functions/domain/names.ts";
import { LogBucket } from "./log-bucket.ts";
import { LogStream } from "./log-stream.ts";
import { allow, forThisAccount, grantAll } from "./permissions.ts";
import type { DeploymentProps } from "./stack-props.ts";

/** The trail's own files have the same records; these are for the looks of a day. */
const KEEP_DAYS = 3;
/** By then the trail's own files have what Firehose would not take. */
const MAX_EVENT_AGE_SECONDS = 15 * 60;

/**
 * With fast logs CloudTrail's records of Cognito once more, minutes earlier than in files of the trail: EventBridge hands each
 * one to Firehose, which writes a file a minute (ADR 41). Best effort: what is lost or late here is in the trail's files all the
 * same. The bucket is there in any case: it would stay when fast logs are switched off, and be in the way when they are on again.
 */
export class FastTrail extends Construct {
  constructor(scope: Construct, id: string, props: DeploymentProps) {
    super(scope, id);
    const { names } = props;
    const bucketName = names.fastTrailLogs;
    const bucket = new LogBucket(this, "Bucket", { bucketName, expireDays: KEEP_DAYS });
    if (props.deployment.logs !== "fast") return;
    const prefix = new URL(fastTrailFolder(props.deployment)).pathname.slice(1);
    const stream = new LogStream(this, "Stream", {
      ...{ name: names.fastTrail, bucket, bucketName, prefix },
      endsLines: true,
    });
    this.buildRule(props, stream);
  }

  private buildRule({ names }: DeploymentProps, stream: LogStream): void {
    const { account, region } = Stack.of(this);
    const role = new Role(this, "Role", { assumedBy: forThisAccount(this, "events.amazonaws.com") });
    grantAll(role, [allow(["firehose:PutRecord", "firehose:PutRecordBatch"], [stream.arn])]);
    const rule = new CfnRule(this, "Rule", {
      name: names.fastTrail,
      description: "CloudTrail's records of Cognito go to the log lake by Firehose",
      // Whether Cognito calls a public operation read-only is written nowhere: this takes those, too.
      state: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
      eventPattern: {
        source: ["aws.cognito-idp"],
        "detail-type": ["AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"],
        // Other accounts and Regions may forward their events to this bus.
        account: [account],
        region: [region],
      },
      targets: [
        {
          id: "Stream",
          arn: stream.arn,
          roleArn: role.roleArn,
          inputPath: "$.detail",
          retryPolicy: { maximumEventAgeInSeconds: MAX_EVENT_AGE_SECONDS },
        },
      ],
    });
    rule.node.addDependency(stream, role);
  }
}
