import { ListSubscriptionsByTopicCommand, SNSClient } from "@aws-sdk/client-sns";

import { oneForAll } from "../../block/aws/kept-clients.ts";
import { patience } from "../../block/aws/patience.ts";
import { RetryableError } from "../../domain/errors.ts";

const ownClient = oneForAll(() => new SNSClient(patience));

/** What SNS writes in place of an ARN until a subscriber has confirmed. */
const PENDING = "PendingConfirmation";

/** Who listens to a topic. SNS forgets subscriptions that nobody confirms after some days; those count as none. */
export async function topicSubscriptions(TopicArn: string, client = ownClient()) {
  const arns: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListSubscriptionsByTopicCommand({ TopicArn, ...(token === undefined ? {} : { NextToken: token }) }),
    );
    // A proxy's page reads as an answer without a list, which would pass for a topic that nobody listens to.
    if (!page.Subscriptions)
      throw new RetryableError(`SNS answers without the subscriptions of ${TopicArn}; try again`);
    for (const { SubscriptionArn } of page.Subscriptions) arns.push(SubscriptionArn ?? PENDING);
    token = page.NextToken;
  } while (token !== undefined);
  const pending = arns.filter((arn) => arn === PENDING).length;
  return { confirmed: arns.length - pending, pending };
}
