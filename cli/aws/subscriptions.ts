import { SNSClient } from "@aws-sdk/client-sns";

import { topicSubscriptions } from "../../functions/detect/aws/topic-subscriptions.ts";
import type { SubscriptionReading } from "../doctor/sensor-checks.ts";

export function readSubscriptions(region: string, topicArn: string): Promise<SubscriptionReading> {
  return topicSubscriptions(topicArn, new SNSClient({ region }));
}
