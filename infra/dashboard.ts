import { Duration } from "aws-cdk-lib";
import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  MathExpression,
  SingleValueWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { IStateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";

import { type Category, poolRegion, publicCategories } from "../functions/domain/deployment.ts";
import { EDGE_REGION } from "../functions/domain/names.ts";
import { countedLogs, edgeFunctionRegions, sensorsOf } from "../functions/domain/sensors.ts";
import { aMetric, ownMetric } from "./metric.ts";
import type { DeploymentProps } from "./stack-props.ts";

interface DashboardProps extends DeploymentProps {
  readonly mitigate: IStateMachine;
  readonly approve: IStateMachine;
  readonly rollup: IStateMachine;
  /** Of the distribution's web ACL. */
  readonly blockingRules: readonly string[];
}

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);
/** A row is 24 wide: three graphs, or one for each category. */
const WIDTH = 8;
const QUOTA_WIDTH = 4;

/** One page for whoever is on call: what comes in, what was done about it, and whether we still see and act. */
export class Dashboard extends Construct {
  private readonly props: DashboardProps;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    this.props = props;
    const dashboard = new CloudWatchDashboard(this, "Dashboard", {
      dashboardName: props.names.dashboard,
      defaultInterval: Duration.hours(3),
    });
    dashboard.addWidgets(...this.quotaUse());
    dashboard.addWidgets(this.requests(), this.blockedByRule(), this.throttled());
    dashboard.addWidgets(this.bans(), this.activeBans(), this.setFill());
    dashboard.addWidgets(this.runs(), this.approvals(), this.reconciling());
    dashboard.addWidgets(this.coverage(), this.sensors(), this.edgeErrors());
    dashboard.addWidgets(this.pulse());
  }

  /** A graph for each category, with the thresholds at which runs start. */
  private quotaUse(): GraphWidget[] {
    const { deployment } = this.props;
    return (Object.keys(publicCategories) as Category[]).map((category) => {
      const usage = this.usage("CallCount", category);
      const used = new MathExpression({
        expression: `100*(usage/PERIOD(usage))/${deployment.quotas[category]}`,
        usingMetrics: { usage },
        period: MINUTE,
        label: "% of the quota",
        searchRegion: poolRegion(deployment),
      });
      const marks = deployment.thresholds.map((value) => ({ value, label: `${value} %` }));
      return this.graph(category, [used], {
        ...{ leftAnnotations: marks, leftYAxis: { min: 0 }, period: MINUTE, width: QUOTA_WIDTH },
      });
    });
  }

  private throttled(): GraphWidget {
    const categories = Object.keys(publicCategories) as Category[];
    const metrics = categories.map((category) => this.usage("ThrottleCount", category, category));
    return this.graph("Calls that Cognito throttled", metrics);
  }

  private usage(name: "CallCount" | "ThrottleCount", category: Category, label?: string) {
    const { deployment } = this.props;
    const dimensions = { Type: "API", Resource: category, Service: deployment.usageService, Class: "None" };
    return aMetric("AWS/Usage", name, dimensions, { region: poolRegion(deployment), ...(label ? { label } : {}) });
  }

  private requests(): GraphWidget {
    const { deployment, names } = this.props;
    const region = poolRegion(deployment);
    const at = (door: string, WebACL: string, place: Record<string, string>, where: string) =>
      ["AllowedRequests", "BlockedRequests"].map((name) =>
        aMetric(
          "AWS/WAFV2",
          name,
          { WebACL, Rule: "ALL", ...place },
          {
            region: where,
            label: `${name === "AllowedRequests" ? "allowed" : "blocked"} at the ${door}`,
          },
        ),
      );
    const pool = this.hasPoolAcl() ? at("pool", names.poolAcl, { Region: region }, region) : [];
    return this.graph("Requests", [...at("edge", names.edgeAcl, {}, EDGE_REGION), ...pool]);
  }

  private blockedByRule(): GraphWidget {
    const { names, blockingRules } = this.props;
    const metrics = blockingRules.map((Rule) =>
      aMetric("AWS/WAFV2", "BlockedRequests", { WebACL: names.edgeAcl, Rule }, { region: EDGE_REGION, label: Rule }),
    );
    return this.graph("Blocked at the edge, by rule", metrics);
  }

  private bans(): GraphWidget {
    return this.graph("Bans", [
      this.own("BansMade", "made"),
      this.own("BansSimulated", "simulated"),
      this.own("BansExtended", "made longer"),
      this.own("BansReleased", "released"),
      this.own("BansRefused", "stopped by a guard"),
    ]);
  }

  private activeBans(): GraphWidget {
    return this.graph("In force", [
      this.own("ActiveBans", "bans", { statistic: "Maximum" }),
      this.own("SetLines", "lines in the IP sets", { statistic: "Maximum" }),
      this.own("BansWithoutRoom", "bans without room", { statistic: "Maximum" }),
    ]);
  }

  private setFill(): GraphWidget {
    const fill = this.own("SetFillPercent", "fill of the fullest IP set, %", { statistic: "Maximum" });
    return this.graph("Room", [fill], { leftYAxis: { min: 0, max: 100 }, leftAnnotations: [{ value: 90 }] });
  }

  private runs(): GraphWidget {
    const { mitigate, approve, rollup } = this.props;
    return this.graph("Runs", [
      executions("ExecutionsStarted", mitigate, "started"),
      executions("ExecutionsSucceeded", mitigate, "ended well"),
      executions("ExecutionsFailed", mitigate, "failed"),
      executions("ExecutionsFailed", approve, "approvals failed"),
      executions("ExecutionsFailed", rollup, "rollups failed"),
    ]);
  }

  /** One proposal is open per category at most; what was asked and has not ended waits. */
  private approvals(): GraphWidget {
    const { approve } = this.props;
    const left = [
      executions("ExecutionsStarted", approve, "asked"),
      executions("ExecutionsSucceeded", approve, "decided, changed or over"),
    ];
    return this.graph("Approvals", left, {
      right: [this.own("ApprovalWait", "longest wait for a decision, s", { statistic: "Maximum" })],
    });
  }

  private reconciling(): GraphWidget {
    const time = this.own("ReconcileTime", "slowest sweep or apply, ms", { statistic: "Maximum" });
    return this.graph("Writing the IP sets", [time], {
      right: [this.own("LockConflicts", "lock conflicts"), this.own("Drift", "lines that others changed")],
    });
  }

  private pulse(): SingleValueWidget {
    return new SingleValueWidget({
      title: "Pulse",
      width: 3 * WIDTH,
      region: EDGE_REGION,
      metrics: [
        this.own("SweepHeartbeat", "sweeps in five minutes", { period: FIVE_MINUTES }),
        this.own("ReleaseBacklog", "latest release, s", { statistic: "Maximum", period: FIVE_MINUTES }),
        this.own("SetsMissing", "IP sets missing", { statistic: "Maximum", period: FIVE_MINUTES }),
        this.own("NoticesWaiting", "notices waiting for SNS", { statistic: "Maximum", period: FIVE_MINUTES }),
        this.own("PolicyUnusable", "set policy unusable", { statistic: "Maximum", period: FIVE_MINUTES }),
        this.own("RollupLag", "since the last hour rolled up, s", { statistic: "Maximum", period: FIVE_MINUTES }),
        this.own("SmsSpend", "SMS this month, USD", { statistic: "Maximum", period: Duration.days(1) }),
      ],
    });
  }

  private coverage(): GraphWidget {
    const logs = countedLogs({ hasPoolAcl: this.hasPoolAcl() });
    const metrics = logs.map((of) => this.own("Coverage", of, { of, statistic: "Maximum", period: FIVE_MINUTES }));
    const budget = this.own("ScanBudgetPercent", "scanned, of the query budget", { statistic: "Maximum" });
    return this.graph("Rows found of what CloudWatch counted, %", metrics, {
      leftYAxis: { min: 0, max: 100 },
      right: [budget],
      rightAnnotations: [{ value: 100 }],
    });
  }

  private sensors(): GraphWidget {
    const { deployment, names } = this.props;
    const hasFastTrail = deployment.logs === "fast";
    const sensors = sensorsOf({ hasPoolAcl: this.hasPoolAcl(), trailArn: names.trailArn, hasFastTrail });
    const metrics = sensors.map((of) => this.own("SensorOk", of, { of, statistic: "Minimum", period: FIVE_MINUTES }));
    return this.graph("Sensors (1: works)", metrics, { leftYAxis: { min: 0, max: 1 } });
  }

  private edgeErrors(): GraphWidget {
    const metrics = edgeFunctionRegions.map((of) =>
      this.own("EdgeFunctionErrors", of, { of, statistic: "Maximum", period: FIVE_MINUTES }),
    );
    return this.graph("Errors of the edge function", metrics);
  }

  private hasPoolAcl(): boolean {
    return this.props.deployment.poolProtection === "webAcl";
  }

  private own(
    name: Parameters<typeof ownMetric>[1],
    label: string,
    over: Parameters<typeof ownMetric>[2] = {},
  ): IMetric {
    return ownMetric(this.props, name, { label, ...over });
  }

  private graph(title: string, left: readonly IMetric[], over: GraphWidgetProps = {}): GraphWidget {
    return new GraphWidget({ title, region: EDGE_REGION, width: WIDTH, left: [...left], ...over });
  }
}

function executions(name: string, { stateMachineArn }: IStateMachine, label: string) {
  return aMetric("AWS/States", name, { StateMachineArn: stateMachineArn }, { region: EDGE_REGION, label });
}
