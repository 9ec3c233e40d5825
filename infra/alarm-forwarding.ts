import { EventBus as Bus, Rule } from "aws-cdk-lib/aws-events";
import { EventBus } from "aws-cdk-lib/aws-events-targets";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";

import { EDGE_REGION } from "../functions/domain/names.ts";
import { alarmPattern } from "./alarm-pattern.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { Names } from "./stack-props.ts";

/** Sends alarms to us-east-1: a rule sees its own Region only, and the workflow is over there. */
export class AlarmForwarding extends Construct {
  constructor(scope: Construct, id: string, { names, account }: { names: Names; account: string }) {
    super(scope, id);
    const bus = Bus.fromEventBusArn(this, "EdgeBus", `arn:aws:events:${EDGE_REGION}:${account}:event-bus/default`);
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("events.amazonaws.com") });
    new Rule(this, "Alarms", {
      ruleName: names.forwardRule,
      description: `Alarms of this deployment go to the workflow in ${EDGE_REGION}`,
      eventPattern: alarmPattern(names.alarmPrefixes),
      targets: [
        new EventBus(bus, {
          role,
          deadLetterQueue: new DeadLetters(this, "DeadLetters", { queueName: names.deadLetters }),
        }),
      ],
    });
  }
}
