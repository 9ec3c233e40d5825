import { Stack } from "aws-cdk-lib";
import { CfnSlackChannelConfiguration } from "aws-cdk-lib/aws-chatbot";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";

import type { Deployment } from "../functions/domain/deployment.ts";
import type { DeploymentProps } from "./stack-props.ts";

type Channel = Deployment["approval"]["slack"][number];

/** The topic people listen to: what was banned and why, what waits for approval, what is wrong with ourselves. */
export class Notices extends Topic {
  constructor(scope: Construct, id: string, { deployment, names }: DeploymentProps) {
    super(scope, id, { topicName: names.topic, displayName: "Portcullis", enforceSSL: true });
    // A topic with a policy of its own loses the default one, which let the account's alarms publish.
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsOfThisAccount",
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    );
    const { emails, slack } = deployment.approval;
    for (const email of emails) this.addSubscription(new EmailSubscription(email));
    for (const channel of slack) this.tellSlack(channel, names.slackChannel(channel.channelId));
  }

  /** The service subscribes to the topic by itself. It may do nothing here: nobody can act on AWS from the channel. */
  private tellSlack({ workspaceId, channelId }: Channel, name: string): void {
    const role = new Role(this, `${channelId}Role`, {
      assumedBy: new ServicePrincipal("chatbot.amazonaws.com"),
      description: `Role of the chat configuration ${name}; it has no permission`,
    });
    new CfnSlackChannelConfiguration(this, channelId, {
      configurationName: name,
      slackWorkspaceId: workspaceId,
      slackChannelId: channelId,
      iamRoleArn: role.roleArn,
      snsTopicArns: [this.topicArn],
      guardrailPolicies: ["arn:aws:iam::aws:policy/AWSDenyAll"],
      loggingLevel: "ERROR",
    });
  }
}
