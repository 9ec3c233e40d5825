import { CfnWorkGroup } from "aws-cdk-lib/aws-athena";
import { Construct } from "constructs";

import { LogBucket } from "./log-bucket.ts";
import type { DeploymentProps } from "./stack-props.ts";

const MEGABYTE = 1024 * 1024;

/** Query results (`athena/`), verdicts and plans (`runs/`), reports (`reports/`), what bans answered (`bans/`), which hours count (`registered/`), and the workgroup that limits what a query may scan. */
export class EvidenceStore extends Construct {
  readonly bucket: LogBucket;
  readonly workGroup: CfnWorkGroup;

  constructor(scope: Construct, id: string, { deployment, names }: DeploymentProps) {
    super(scope, id);
    this.bucket = new LogBucket(this, "Bucket", {
      bucketName: names.evidenceBucket,
      expireDays: deployment.logRetentionDays,
    });
    this.workGroup = new CfnWorkGroup(this, "WorkGroup", {
      name: names.workGroup,
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        bytesScannedCutoffPerQuery: deployment.scanLimitMegabytes * MEGABYTE,
        publishCloudWatchMetricsEnabled: true,
        engineVersion: { selectedEngineVersion: "AUTO" },
        resultConfiguration: {
          outputLocation: this.bucket.s3UrlForObject("athena/"),
          encryptionConfiguration: { encryptionOption: "SSE_S3" },
        },
      },
    });
  }
}
