import { Duration } from "aws-cdk-lib";
import { Rule } from "aws-cdk-lib/aws-events";
import { SfnStateMachine } from "aws-cdk-lib/aws-events-targets";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import type { IStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";

import { alarmPattern } from "./alarm-pattern.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { HandlerFunction } from "./handler-function.ts";
import { allow, forThisAccount, grantAll } from "./permissions.ts";
import type { Names } from "./stack-props.ts";

interface TriggersProps {
  readonly names: Names;
  readonly mitigate: IStateMachine;
  readonly rollup: IStateMachine;
  readonly sweep: HandlerFunction<"sweep">;
  readonly sensors: HandlerFunction<"sensors">;
  readonly gates: HandlerFunction<"gates">;
}
interface Tick {
  readonly name: string;
  readonly every: string;
  readonly targetArn: string;
  readonly action: string;
  readonly input: unknown;
  readonly retries: number;
}

/** What sets things going: alarms, the patrol for attacks that never alarm, the rollup, the sweep and the sensors. */
export class Triggers extends Construct {
  readonly deadLetters: DeadLetters;

  constructor(scope: Construct, id: string, props: TriggersProps) {
    super(scope, id);
    const { names, mitigate, rollup, sweep, sensors, gates } = props;
    this.deadLetters = new DeadLetters(this, "DeadLetters", { queueName: names.deadLetters });
    this.buildAlarmRule(names, mitigate);
    this.buildSchedule("Patrol", {
      name: names.patrolSchedule,
      every: "rate(30 minutes)",
      targetArn: mitigate.stateMachineArn,
      action: "states:StartExecution",
      input: { patrol: true },
      retries: 3,
    });
    this.buildSchedule("Rollup", {
      name: names.rollupSchedule,
      // Logs of an hour are there some minutes after its end.
      every: "cron(20 * * * ? *)",
      targetArn: rollup.stateMachineArn,
      action: "states:StartExecution",
      input: {},
      retries: 3,
    });
    this.buildSchedule("Sweep", {
      name: names.sweepSchedule,
      every: "rate(1 minute)",
      targetArn: sweep.live.functionArn,
      action: "lambda:InvokeFunction",
      input: {},
      // The next tick is the retry.
      retries: 0,
    });
    this.buildSchedule("Sensors", {
      name: names.sensorsSchedule,
      every: "rate(5 minutes)",
      targetArn: sensors.live.functionArn,
      action: "lambda:InvokeFunction",
      input: {},
      retries: 0,
    });
    this.buildSchedule("Gates", {
      name: names.gatesSchedule,
      // A rate's first tick comes at once: it makes the gates of a new deployment.
      every: "rate(15 minutes)",
      targetArn: gates.live.functionArn,
      action: "lambda:InvokeFunction",
      input: {},
      retries: 0,
    });
  }

  private buildAlarmRule(names: Names, mitigate: IStateMachine): void {
    const role = new Role(this, "AlarmRole", { assumedBy: new ServicePrincipal("events.amazonaws.com") });
    new Rule(this, "Alarms", {
      ruleName: names.alarmRule,
      description: "Alarms of this deployment start a run",
      eventPattern: alarmPattern(names.alarmPrefixes),
      targets: [
        new SfnStateMachine(mitigate, {
          role,
          deadLetterQueue: this.deadLetters,
          retryAttempts: 10,
          maxEventAge: Duration.hours(1),
        }),
      ],
    });
  }

  private buildSchedule(id: string, { name, every, targetArn, action, input, retries }: Tick): void {
    const role = new Role(this, `${id}Role`, { assumedBy: forThisAccount(this, "scheduler.amazonaws.com") });
    grantAll(role, [allow([action], [targetArn]), allow(["sqs:SendMessage"], [this.deadLetters.queueArn])]);
    const schedule = new CfnSchedule(this, id, {
      name,
      scheduleExpression: every,
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: targetArn,
        roleArn: role.roleArn,
        input: JSON.stringify(input),
        deadLetterConfig: { arn: this.deadLetters.queueArn },
        retryPolicy: { maximumRetryAttempts: retries, maximumEventAgeInSeconds: 300 },
      },
    });
    schedule.node.addDependency(role);
  }
}
