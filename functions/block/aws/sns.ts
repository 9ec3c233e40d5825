import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";

import type { Topic } from "../ports.ts";
import { retryable } from "./retryable.ts";

/** Plain text to the notices topic. */
export function snsTopic(topicArn: string): Topic {
  const client = new SNSClient({});
  return {
    async publish(subject, text) {
      const command = new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: text });
      await retryable(topicArn)(() => client.send(command));
    },
  };
}
