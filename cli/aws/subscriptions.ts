/** Reads who is subscribed to a topic. Never writes. */
import { paginateListSubscriptionsByTopic, SNSClient } from "@aws-sdk/client-sns";

import type { SubscriptionReading } from "../doctor/sensor-checks.ts";

export async function readSubscriptions(region: string, TopicArn: string): Promise<SubscriptionReading[]> {
  const client = new SNSClient({ region });
  const subscriptions: SubscriptionReading[] = [];
  // Until it is confirmed a subscription has this word in place of its ARN.
  for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn }))
    for (const { Protocol, SubscriptionArn } of page.Subscriptions ?? [])
      subscriptions.push({ protocol: Protocol ?? "", confirmed: SubscriptionArn !== "PendingConfirmation" });
  return subscriptions;
}
