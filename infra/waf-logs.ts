import { Stack } from "aws-cdk-lib";
import { CfnLoggingConfiguration, type CfnWebACL } from "aws-cdk-lib/aws-wafv2";
import { Construct, type IDependable } from "constructs";

import type { Deployment } from "../functions/domain/deployment.ts";
import { LogBucket } from "./log-bucket.ts";
import { allowLogDelivery } from "./log-delivery-policy.ts";
import { LogStream } from "./log-stream.ts";

interface WafLogsProps {
  readonly deployment: Deployment;
  readonly acl: CfnWebACL;
  readonly bucketName: string;
  readonly streamName: string;
  /** S3 address of the folder that holds the log's partitions. */
  readonly folder: string;
}

interface Destination {
  readonly arn: string;
  readonly after: IDependable | undefined;
}

/** The log of one web ACL in a bucket of its own, straight or through Firehose; credentials in headers are redacted. */
export class WafLogs extends Construct {
  constructor(scope: Construct, id: string, props: WafLogsProps) {
    super(scope, id);
    const { deployment, acl, bucketName } = props;
    const bucket = new LogBucket(this, "Bucket", { bucketName, expireDays: deployment.logRetentionDays });
    const { arn, after } = deployment.logs === "fast" ? this.throughFirehose(bucket, props) : this.straight(bucket);
    const logging = new CfnLoggingConfiguration(this, "Logging", {
      resourceArn: acl.attrArn,
      logDestinationConfigs: [arn],
      redactedFields: ["authorization", "cookie"].map((header) => ({ singleHeader: { Name: header } })),
    });
    if (after) logging.node.addDependency(after);
  }

  private straight(bucket: LogBucket): Destination {
    const { account, region } = Stack.of(this);
    const policy = allowLogDelivery(bucket, {
      prefix: `AWSLogs/${account}`,
      sourceArn: `arn:aws:logs:${region}:${account}:*`,
    });
    return { arn: bucket.bucketArn, after: policy };
  }

  private throughFirehose(bucket: LogBucket, { bucketName, streamName, folder }: WafLogsProps): Destination {
    const prefix = new URL(folder).pathname.slice(1);
    const stream = new LogStream(this, "Stream", { name: streamName, bucket, bucketName, prefix });
    return { arn: stream.arn, after: stream };
  }
}
