import { RemovalPolicy } from "aws-cdk-lib";
import { type IRole, Role } from "aws-cdk-lib/aws-iam";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { DefinitionBody, LogLevel, StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";

import { evidenceSql } from "./evidence-sql.ts";
import type { HandlerFunction } from "./handler-function.ts";
import type { LogLake } from "./log-lake.ts";
import { acknowledgeWildcards, allow, forThisAccount, grantAll, type Permission } from "./permissions.ts";
import { readProjectFile } from "./project.ts";
import { lookPermissions, queryPermissions, rollupPermissions } from "./query-permissions.ts";
import type { RollupTables } from "./rollup-tables.ts";
import type { DeploymentProps } from "./stack-props.ts";
import type { WorkflowFunctions } from "./workflow-functions.ts";

interface WorkflowProps extends DeploymentProps {
  readonly functions: WorkflowFunctions;
  readonly lake: LogLake;
  readonly rollups: RollupTables;
}

/**
 * The state machines, from the files that also run locally. The definition stands in the template as text, so CDK
 * checks it and the local world reads it; therefore roles and time-outs are written by hand (CDK derives neither).
 */
export class Workflow extends Construct {
  readonly mitigate: StateMachine;
  readonly approve: StateMachine;
  readonly rollup: StateMachine;

  constructor(scope: Construct, id: string, props: WorkflowProps) {
    super(scope, id);
    const { functions, names } = props;
    const { admit, score, plan, apply, notify, report, watch, ask, rollup } = functions;
    const queries = { Database: names.database, WorkGroup: names.workGroup };
    this.mitigate = this.buildMachine("Mitigate", {
      name: names.mitigateMachine,
      file: "statemachines/mitigate.asl.json",
      functions: { Admit: admit, Score: score, Plan: plan, Apply: apply, Notify: notify, Report: report, Watch: watch },
      substitutions: {
        ProfilesSql: evidenceSql("profiles"),
        SlowSql: evidenceSql("slow"),
        HistorySql: evidenceSql("history"),
        CoverageSql: evidenceSql("coverage"),
        AccountsSql: evidenceSql("accounts"),
        SlowAccountsSql: evidenceSql("slowAccounts"),
        ...queries,
      },
      permissions: [...queryPermissions(props), ...lookPermissions(props)],
    });
    this.approve = this.buildMachine("Approve", {
      name: names.approveMachine,
      file: "statemachines/approve.asl.json",
      functions: { Ask: ask, Apply: apply, Notify: notify, Report: report },
      substitutions: approvalTimes(props.deployment.approval.timeoutMinutes),
      permissions: [],
    });
    this.rollup = this.buildMachine("Rollup", {
      name: names.rollupMachine,
      file: "statemachines/rollup.asl.json",
      functions: { Rollup: rollup },
      substitutions: { CellsSql: evidenceSql("cells"), UserDaysSql: evidenceSql("userDays"), ...queries },
      permissions: [...queryPermissions(props), ...rollupPermissions(props)],
    });
  }

  private buildMachine(id: string, machine: MachineProps): StateMachine {
    const role = this.buildRole(id, machine);
    const built = new StateMachine(this, id, {
      stateMachineName: machine.name,
      definitionBody: DefinitionBody.fromString(readProjectFile(machine.file)),
      definitionSubstitutions: { ...aliasArns(machine.functions), ...machine.substitutions },
      role,
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, `${id}Logs`, {
          // Step Functions can write to many groups only below this prefix.
          logGroupName: `/aws/vendedlogs/states/${machine.name}`,
          retention: RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        // Inputs hold task tokens, and who has one can approve.
        includeExecutionData: false,
      },
    });
    built.node.addDependency(role);
    return built;
  }

  private buildRole(id: string, { name, functions, permissions }: MachineProps): IRole {
    const role = new Role(this, `${id}Role`, {
      assumedBy: forThisAccount(this, "states.amazonaws.com"),
      description: `Role of the state machine ${name}`,
    });
    grantAll(role, [allow(["lambda:InvokeFunction"], Object.values(aliasArns(functions))), ...permissions]);
    acknowledgeWildcards(role, ["*"], "CDK adds X-Ray and log delivery, which AWS grants on * only.");
    return role;
  }
}

interface MachineProps {
  readonly name: string;
  readonly file: string;
  readonly functions: Readonly<Record<string, { readonly live: HandlerFunction<"admit">["live"] }>>;
  readonly substitutions: Readonly<Record<string, string>>;
  readonly permissions: readonly Permission[];
}

/** Three quarters of the time, then a reminder, then the rest. */
function approvalTimes(minutes: number): Record<string, string> {
  return { FirstSeconds: String(minutes * 45), LastSeconds: String(minutes * 15) };
}

function aliasArns(functions: MachineProps["functions"]): Record<string, string> {
  return Object.fromEntries(Object.entries(functions).map(([name, { live }]) => [`${name}Function`, live.functionArn]));
}
