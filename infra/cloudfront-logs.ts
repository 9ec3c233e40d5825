import { Stack } from "aws-cdk-lib";
import type { IDistribution } from "aws-cdk-lib/aws-cloudfront";
import { CfnDelivery, CfnDeliveryDestination, CfnDeliverySource } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

import { LogBucket } from "./log-bucket.ts";
import { allowLogDelivery } from "./log-delivery-policy.ts";
import { cloudFrontFields } from "./log-tables.ts";
import type { DeploymentProps } from "./stack-props.ts";

/** Prefix of the objects; with one, CloudFront puts nothing of its own before the hour. */
export const CLOUDFRONT_PREFIX = "cloudfront";

/** CloudFront standard logging v2: Parquet below `cloudfront/yyyy/MM/dd/HH/`. */
export class CloudFrontLogs extends Construct {
  readonly bucket: LogBucket;

  constructor(scope: Construct, id: string, props: DeploymentProps & { distribution: IDistribution }) {
    super(scope, id);
    const { deployment, names, distribution } = props;
    const { account, region } = Stack.of(this);
    this.bucket = new LogBucket(this, "Bucket", {
      bucketName: names.cloudFrontLogs,
      expireDays: deployment.logRetentionDays,
    });
    const policy = allowLogDelivery(this.bucket, {
      prefix: CLOUDFRONT_PREFIX,
      sourceArn: `arn:aws:logs:${region}:${account}:delivery-source:${deployment.name}-cloudfront`,
    });
    const source = new CfnDeliverySource(this, "Source", {
      name: `${deployment.name}-cloudfront`,
      logType: "ACCESS_LOGS",
      resourceArn: `arn:aws:cloudfront::${account}:distribution/${distribution.distributionId}`,
    });
    const destination = new CfnDeliveryDestination(this, "Destination", {
      name: `${deployment.name}-cloudfront`,
      destinationResourceArn: this.bucket.arnForObjects(CLOUDFRONT_PREFIX),
      outputFormat: "parquet",
    });
    // Source and policy must be there first, else S3 answers the delivery with a conflict (409).
    if (policy) destination.node.addDependency(policy);
    destination.node.addDependency(source);
    new CfnDelivery(this, "Delivery", {
      // `ref`, not the name: only a reference makes CloudFormation wait for the source.
      deliverySourceName: source.ref,
      deliveryDestinationArn: destination.attrArn,
      recordFields: [...cloudFrontFields],
      s3SuffixPath: "{yyyy}/{MM}/{dd}/{HH}",
      s3EnableHiveCompatiblePath: false,
    });
  }
}
