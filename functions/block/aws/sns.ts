import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";

import type { Topic } from "../ports.ts";
import { patience } from "./patience.ts";
import { retryable } from "./retryable.ts";

/**
 * One message in two forms: SNS hands the schema of the chat service to HTTPS subscribers, as that service is one, and
 * plain text to everybody else. A topic of its own for the chat could get a notice twice, or not at all, when the second
 * of two calls fails.
 */
export function snsTopic(topicArn: string): Topic {
  // Whoever tells people is tried again as a whole: each try of the SDK's whose answer is lost would be another mail.
  const client = new SNSClient({ ...patience, maxAttempts: 1 });
  return {
    async publish({ subject, text, chat }) {
      const Message = JSON.stringify({ default: text, https: JSON.stringify(chat) });
      const command = new PublishCommand({ TopicArn: topicArn, Subject: subject, Message, MessageStructure: "json" });
      await retryable(topicArn)(() => client.send(command));
    },
  };
}
