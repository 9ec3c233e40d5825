import { Duration } from "aws-cdk-lib";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

import { acknowledge } from "./acknowledge.ts";

/** Where events go that could not be delivered; an alarm or an operator reads it, nothing else does. */
export class DeadLetters extends Queue {
  constructor(scope: Construct, id: string, { queueName }: { queueName: string }) {
    super(scope, id, {
      queueName,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(this, { "AwsSolutions-SQS3": "It is a dead-letter queue itself, of a rule or a schedule." });
  }
}
