import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";

import { acknowledge } from "./acknowledge.ts";

/** A private bucket that AWS delivers logs to, or that holds evidence. It stays when its stack is deleted. */
export class LogBucket extends Bucket {
  constructor(scope: Construct, id: string, props: { bucketName: string; expireDays: number }) {
    super(scope, id, {
      bucketName: props.bucketName,
      // Log delivery takes SSE-S3 or a customer key, never the AWS-managed KMS key.
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        { expiration: Duration.days(props.expireDays), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    acknowledge(this, {
      "AwsSolutions-S1": "This bucket holds logs; access to it is recorded by CloudTrail where data events are wanted.",
    });
  }
}
