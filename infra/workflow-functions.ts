import { Duration } from "aws-cdk-lib";
import { type FunctionUrl, FunctionUrlAuthType } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

import { poolRegion, publicCategories } from "../functions/domain/deployment.ts";
import { type FunctionId, functionMegabytes, functionSeconds } from "../functions/domain/environment.ts";
import { callMetricNamesOf, logFoldersOf } from "../functions/domain/names.ts";
import { policyDifference } from "../functions/domain/policy-difference.ts";
import { functionPermissions, type WorkflowResources } from "./function-permissions.ts";
import { HandlerFunction, type HandlerFunctionProps } from "./handler-function.ts";
import type { Permission } from "./permissions.ts";

type Settings<Id extends FunctionId> = Pick<HandlerFunctionProps<Id>, "description" | "environment">;

/** Every handler of the workflow. */
export class WorkflowFunctions extends Construct {
  readonly admit: HandlerFunction<"admit">;
  readonly score: HandlerFunction<"score">;
  readonly plan: HandlerFunction<"plan">;
  readonly apply: HandlerFunction<"apply">;
  readonly notify: HandlerFunction<"notify">;
  readonly report: HandlerFunction<"report">;
  readonly watch: HandlerFunction<"watch">;
  readonly rollup: HandlerFunction<"rollup">;
  readonly sensors: HandlerFunction<"sensors">;
  readonly sweep: HandlerFunction<"sweep">;
  readonly gates: HandlerFunction<"gates">;
  readonly ask: HandlerFunction<"ask">;
  /** Null where people decide by command. */
  readonly approvalPage: FunctionUrl | null;

  private readonly resources: WorkflowResources;
  private readonly permissions: Record<FunctionId, Permission[]>;

  constructor(scope: Construct, id: string, resources: WorkflowResources) {
    super(scope, id);
    this.resources = resources;
    this.permissions = functionPermissions(resources);
    this.admit = this.buildAdmit();
    this.score = this.buildScore();
    this.plan = this.buildPlan();
    this.apply = this.buildApply();
    this.notify = this.buildNotify();
    this.report = this.buildReport();
    this.watch = this.buildWatch();
    this.rollup = this.buildRollup();
    this.sensors = this.buildSensors();
    this.sweep = this.buildSweep();
    this.gates = this.buildGates();
    this.approvalPage = resources.deployment.approval.method === "page" ? this.buildApprovalPage() : null;
    this.ask = this.buildAsk();
  }

  private build<Id extends FunctionId>(id: Id, settings: Settings<Id>): HandlerFunction<Id> {
    const { names } = this.resources;
    const limits = { timeout: Duration.seconds(functionSeconds[id]), memoryMegabytes: functionMegabytes[id] };
    return new HandlerFunction(this, {
      names,
      function: id,
      ...limits,
      permissions: this.permissions[id],
      ...settings,
    });
  }

  private buildAdmit() {
    return this.build("admit", {
      description: "Decides whether an event starts a run, and takes the lease of its category",
      environment: this.runEnvironment(),
    });
  }

  private buildWatch() {
    return this.build("watch", {
      description: "Decides whether a run looks again, and when",
      environment: this.runEnvironment(),
    });
  }

  private buildRollup() {
    return this.build("rollup", {
      description: "Says which hour or day of the logs is rolled up next, and which rows of it count",
      environment: { ...this.ledger(), ...this.evidence(), ...this.calls() },
    });
  }

  private buildSensors() {
    const { names, edgeAclArn } = this.resources;
    return this.build("sensors", {
      description: "Senses whether logs, web ACLs and those who are told are still there",
      environment: {
        ...this.ledger(),
        ...this.topic(),
        ...this.counts(),
        LOG_FOLDERS: JSON.stringify(logFoldersOf(this.resources.deployment)),
        EDGE_ACL_ARN: edgeAclArn,
        POOL_ARN: names.poolArn,
        TRAIL_ARN: names.trailArn ?? "-",
        EDGE_FUNCTION: names.functionName("edge"),
      },
    });
  }

  private buildScore() {
    const { userPool } = this.resources.deployment;
    return this.build("score", {
      description: "Turns evidence rows into verdicts with reasons",
      environment: {
        ...this.ledger(),
        ...this.evidence(),
        ...this.policy(),
        ...this.counts(),
        CLIENT_IDS: JSON.stringify(userPool.clientIds),
        POOL_ID: userPool.id,
        INITIAL_MODE: this.resources.deployment.mode,
      },
    });
  }

  private buildPlan() {
    return this.build("plan", {
      description: "Applies the guards: what is banned at once, what a person is asked, what is refused",
      environment: {
        ...this.ledger(),
        ...this.evidence(),
        ...this.enforcement(),
        APPROVE_MACHINE_ARN: this.resources.names.approveMachineArn,
      },
    });
  }

  private buildApply() {
    return this.build("apply", {
      description: "Writes claims to the ledger and makes the IP sets equal to it",
      environment: { ...this.ledger(), ...this.evidence(), ...this.enforcement() },
    });
  }

  private buildSweep() {
    return this.build("sweep", {
      description: "Releases bans whose time has come and makes the IP sets equal to the ledger",
      environment: {
        ...this.ledger(),
        ...this.evidence(),
        ...this.enforcement(),
        ...this.topic(),
        APPROVE_MACHINE_ARN: this.resources.names.approveMachineArn,
        MITIGATE_MACHINE_ARN: this.resources.names.mitigateMachineArn,
        APPROVAL_MINUTES: this.approvalTime().APPROVAL_MINUTES,
      },
    });
  }

  private buildGates() {
    const { deployment, names, secrets } = this.resources;
    return this.build("gates", {
      description: "Makes and replaces the gates that tell our calls in the logs",
      environment: {
        SECRET_ARN: secrets.clients.secretArn,
        GATE_SET: deployment.gate === "off" ? "-" : names.gatePatterns,
        POOL_REGION: poolRegion(deployment),
        ROTATE_DAYS: String(deployment.gateRotationDays),
      },
    });
  }

  private buildNotify() {
    const { deployment } = this.resources;
    return this.build("notify", {
      description: "Tells people what was banned and why, what was not, and what it relieved",
      environment: {
        ...this.ledger(),
        ...this.evidence(),
        ...this.topic(),
        RUNBOOK_URL: deployment.runbookUrl,
        DEPLOYMENT: deployment.name,
        QUOTAS: JSON.stringify(deployment.quotas),
        CALL_METRICS: this.counts().CALL_METRICS,
      },
    });
  }

  private buildReport() {
    return this.build("report", {
      description: "Writes the report of a run",
      environment: {
        ...this.ledger(),
        ...this.evidence(),
        QUOTAS: JSON.stringify(this.resources.deployment.quotas),
        CALL_METRICS: this.counts().CALL_METRICS,
      },
    });
  }

  private buildApproval(): HandlerFunction<"approval"> {
    return this.build("approval", {
      description: "The approval page: GET shows a proposal, POST decides it",
      environment: {
        ...this.ledger(),
        ...this.evidence(),
        ...this.approvalKey(),
        ...this.approvalTime(),
        APPROVE_MACHINE_ARN: this.resources.names.approveMachineArn,
      },
    });
  }

  /** Public on purpose: a link from a mail must open. What protects it is the signed, expiring link (threat model). */
  private buildApprovalPage(): FunctionUrl {
    return this.buildApproval().live.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
  }

  private buildAsk() {
    return this.build("ask", {
      description: "Asks a person about a proposal, and decides it when nobody answers",
      environment: {
        ...this.ledger(),
        ...this.evidence(),
        ...this.topic(),
        ...this.approvalKey(),
        APPROVAL_URL: this.approvalPage?.url ?? "-",
        ...this.approvalTime(),
      },
    });
  }

  private runEnvironment() {
    const { deployment, names } = this.resources;
    return {
      ...this.ledger(),
      ...this.calls(),
      ALARM_PREFIXES: JSON.stringify(names.alarmPrefixes),
      POOL_REGION: poolRegion(deployment),
      CATEGORIES: JSON.stringify(Object.keys(publicCategories)),
      ROUND_SECONDS: String(deployment.run.roundSeconds),
      MAX_ROUNDS: String(deployment.run.maxRounds),
      WORK_GROUP: names.workGroup,
      SCAN_BUDGET_GIGABYTES: String(deployment.scanBudgetGigabytesPerHour),
    };
  }

  private calls() {
    const { deployment, secrets } = this.resources;
    return {
      CLIENT_IDS: JSON.stringify(deployment.userPool.clientIds),
      ALLOWED_ORIGINS: JSON.stringify(deployment.allowedOrigins ?? []),
      SECRET_ARN: secrets.clients.secretArn,
      LOG_FOLDERS: JSON.stringify(logFoldersOf(deployment)),
    };
  }

  private counts() {
    const metrics = callMetricNamesOf(this.resources.deployment);
    return { CATEGORIES: JSON.stringify(Object.keys(publicCategories)), CALL_METRICS: JSON.stringify(metrics) };
  }

  private enforcement() {
    const { deployment, names } = this.resources;
    return {
      ...this.policy(),
      IP_SETS: JSON.stringify(names.ipSets),
      EGRESS: JSON.stringify(deployment.egress),
      INITIAL_MODE: deployment.mode,
    };
  }

  private ledger() {
    return { LEDGER_TABLE: this.resources.names.ledgerTable };
  }

  private evidence() {
    return { EVIDENCE_BUCKET: this.resources.names.evidenceBucket };
  }

  private policy() {
    return { POLICY: JSON.stringify(policyDifference(this.resources.deployment.policy)) };
  }

  private topic() {
    return { TOPIC_ARN: this.resources.topic.topicArn };
  }

  private approvalTime() {
    const { timeoutMinutes, onTimeout } = this.resources.deployment.approval;
    return { APPROVAL_MINUTES: String(timeoutMinutes), ON_TIMEOUT: onTimeout };
  }

  private approvalKey() {
    return { APPROVAL_KEY_ARN: this.resources.secrets.approvalKey.secretArn };
  }
}
