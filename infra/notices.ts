import { Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";

import type { DeploymentProps } from "./stack-props.ts";

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
    for (const email of deployment.approval.emails) this.addSubscription(new EmailSubscription(email));
  }
}
