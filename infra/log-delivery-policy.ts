import { Stack } from "aws-cdk-lib";
import { Effect, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Bucket } from "aws-cdk-lib/aws-s3";

/**
 * Lets AWS's log delivery write below `prefix`. AWS adds such statements by itself, which CloudFormation then sees
 * as drift and a later update takes away again: so they are ours. Returns what a delivery must depend on.
 */
export function allowLogDelivery(bucket: Bucket, props: { prefix: string; sourceArn: string }) {
  const { account } = Stack.of(bucket);
  const ours = { StringEquals: { "aws:SourceAccount": account }, ArnLike: { "aws:SourceArn": props.sourceArn } };
  const principals = [new ServicePrincipal("delivery.logs.amazonaws.com")];
  const write = bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: "AWSLogDeliveryWrite",
      effect: Effect.ALLOW,
      principals,
      actions: ["s3:PutObject"],
      resources: [bucket.arnForObjects(`${props.prefix}/*`)],
      conditions: {
        ...ours,
        StringEquals: { ...ours.StringEquals, "s3:x-amz-acl": "bucket-owner-full-control" },
      },
    }),
  );
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: "AWSLogDeliveryAclCheck",
      effect: Effect.ALLOW,
      principals,
      actions: ["s3:GetBucketAcl", "s3:ListBucket"],
      resources: [bucket.bucketArn],
      conditions: ours,
    }),
  );
  return write.policyDependable;
}
