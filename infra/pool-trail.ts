import { CfnTrail } from "aws-cdk-lib/aws-cloudtrail";
import { Effect, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";

import { poolRegion } from "../functions/domain/deployment.ts";
import { LogBucket } from "./log-bucket.ts";
import type { DeploymentProps } from "./stack-props.ts";

/**
 * A trail of the pool's Region, for what Cognito answered. Calls of the public API are management events, of which
 * read-only ones (GetUser) matter too; KMS and RDS, by far the most of any account, are left out.
 */
export class PoolTrail extends Construct {
  constructor(scope: Construct, id: string, { deployment, names }: DeploymentProps) {
    super(scope, id);
    const trailName = names.trail;
    const bucket = new LogBucket(this, "Bucket", {
      bucketName: names.trailLogs,
      expireDays: deployment.logRetentionDays,
    });
    const policy = this.allowTrail(bucket, {
      account: deployment.account,
      trailArn: `arn:aws:cloudtrail:${poolRegion(deployment)}:${deployment.account}:trail/${trailName}`,
    });
    const trail = new CfnTrail(this, "Trail", {
      trailName,
      s3BucketName: bucket.bucketName,
      isLogging: true,
      isMultiRegionTrail: false,
      includeGlobalServiceEvents: false,
      enableLogFileValidation: true,
      eventSelectors: [
        {
          readWriteType: "All",
          includeManagementEvents: true,
          excludeManagementEventSources: ["kms.amazonaws.com", "rdsdata.amazonaws.com"],
        },
      ],
    });
    if (policy) trail.node.addDependency(policy);
  }

  private allowTrail(bucket: LogBucket, { account, trailArn }: { account: string; trailArn: string }) {
    const principals = [new ServicePrincipal("cloudtrail.amazonaws.com")];
    const ours = { "aws:SourceArn": trailArn };
    bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: "AWSCloudTrailAclCheck",
        effect: Effect.ALLOW,
        principals,
        actions: ["s3:GetBucketAcl"],
        resources: [bucket.bucketArn],
        conditions: { StringEquals: ours },
      }),
    );
    return bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: "AWSCloudTrailWrite",
        effect: Effect.ALLOW,
        principals,
        actions: ["s3:PutObject"],
        resources: [bucket.arnForObjects(`AWSLogs/${account}/*`)],
        conditions: { StringEquals: { ...ours, "s3:x-amz-acl": "bucket-owner-full-control" } },
      }),
    ).policyDependable;
  }
}
