import { Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnDeliveryStream } from "aws-cdk-lib/aws-kinesisfirehose";
import { Construct } from "constructs";

import { EVERY_MINUTE } from "./glue-table.ts";
import type { LogBucket } from "./log-bucket.ts";
import { allow, grantAll } from "./permissions.ts";

interface LogStreamProps {
  readonly name: string;
  readonly bucket: LogBucket;
  readonly bucketName: string;
  /** Below it lie the folders of minutes. */
  readonly prefix: string;
  /** For records that do not end with a line break of their own. */
  readonly endsLines?: boolean;
}

/**
 * Firehose from a web ACL or an event bus to its bucket, in folders of the minute in which a file's first record came. A file is closed
 * after a minute, the shortest time that costs nothing extra in requests, or when it is full.
 */
export class LogStream extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, bucket, bucketName, prefix, endsLines = false }: LogStreamProps) {
    super(scope, id);
    const role = new Role(this, "Role", { assumedBy: this.ourFirehose() });
    grantAll(role, [
      allow(
        ["s3:AbortMultipartUpload", "s3:PutObject"],
        [`arn:aws:s3:::${bucketName}/*`],
        "Firehose names objects by the minute, and lays what it cannot deliver beside them.",
      ),
      allow(["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], [bucket.bucketArn]),
    ]);
    const stream = new CfnDeliveryStream(this, "Stream", {
      deliveryStreamName: name,
      deliveryStreamType: "DirectPut",
      deliveryStreamEncryptionConfigurationInput: { keyType: "AWS_OWNED_CMK" },
      extendedS3DestinationConfiguration: {
        bucketArn: bucket.bucketArn,
        roleArn: role.roleArn,
        prefix: `${prefix}!{timestamp:${EVERY_MINUTE}}/`,
        errorOutputPrefix: "undelivered/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/",
        bufferingHints: { intervalInSeconds: 60, sizeInMBs: 64 },
        compressionFormat: "GZIP",
        ...(endsLines && {
          processingConfiguration: { enabled: true, processors: [{ type: "AppendDelimiterToRecord" }] },
        }),
      },
    });
    stream.node.addDependency(role);
    this.arn = Stack.of(this).formatArn({ service: "firehose", resource: "deliverystream", resourceName: name });
  }

  /** Firehose names the account for which it takes a role as the external id, where others have a source account. */
  private ourFirehose(): ServicePrincipal {
    return new ServicePrincipal("firehose.amazonaws.com", {
      conditions: { StringEquals: { "sts:ExternalId": Stack.of(this).account } },
    });
  }
}
