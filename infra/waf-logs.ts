import { Stack } from "aws-cdk-lib";
import { CfnLoggingConfiguration, type CfnWebACL } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

import { LogBucket } from "./log-bucket.ts";
import { allowLogDelivery } from "./log-delivery-policy.ts";

/** The log of one web ACL, in five-minute files in a bucket of its own; credentials in headers are redacted. */
export class WafLogs extends Construct {
  readonly bucket: LogBucket;

  constructor(scope: Construct, id: string, props: { acl: CfnWebACL; bucketName: string; expireDays: number }) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    this.bucket = new LogBucket(this, "Bucket", props);
    const policy = allowLogDelivery(this.bucket, {
      prefix: `AWSLogs/${account}`,
      sourceArn: `arn:aws:logs:${region}:${account}:*`,
    });
    const logging = new CfnLoggingConfiguration(this, "Logging", {
      resourceArn: props.acl.attrArn,
      logDestinationConfigs: [this.bucket.bucketArn],
      redactedFields: ["authorization", "cookie"].map((header) => ({ singleHeader: { Name: header } })),
    });
    if (policy) logging.node.addDependency(policy);
  }
}
