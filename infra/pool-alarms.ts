import { Construct } from "constructs";

import { type Category, publicCategories } from "../functions/domain/deployment.ts";
import { aMetric } from "./metric.ts";
import { buildRunAlarm } from "./run-alarm.ts";
import type { DeploymentProps } from "./stack-props.ts";

/** Alarms of the pool's Region beside those on quota use. Each starts a run on the category of its metric. */
export class PoolAlarms extends Construct {
  private readonly props: DeploymentProps;

  constructor(scope: Construct, id: string, props: DeploymentProps) {
    super(scope, id);
    this.props = props;
    for (const category of Object.keys(publicCategories) as Category[]) this.buildThrottleAlarm(category);
    const { signUpsPerMinute, resendsPerMinute } = props.deployment.alarms;
    this.buildRateAlarm("sign-ups", "UserCreation", signUpsPerMinute);
    this.buildRateAlarm("codes-sent-again", "UserResourceRead", resendsPerMinute);
  }

  /** A mean over a minute at half of the quota hides a second at twice of it; this one does not. */
  private buildThrottleAlarm(category: Category): void {
    buildRunAlarm(
      this,
      {
        id: `${category}-throttled`,
        article: "throttled",
        text: `Cognito throttled calls of ${category}`,
        metric: this.usage("ThrottleCount", category),
        threshold: 1,
      },
      this.props,
    );
  }

  /** Below any quota, and costly: accounts that nobody wants, and messages that somebody pays for. */
  private buildRateAlarm(id: string, category: Category, perMinute: number): void {
    buildRunAlarm(
      this,
      {
        id,
        article: "sign-ups-and-codes",
        text: `${perMinute} calls of ${category} or more in a minute`,
        metric: this.usage("CallCount", category),
        threshold: perMinute,
      },
      this.props,
    );
  }

  private usage(name: "CallCount" | "ThrottleCount", category: Category) {
    const Service = this.props.deployment.usageService;
    return aMetric("AWS/Usage", name, { Type: "API", Resource: category, Service, Class: "None" });
  }
}
