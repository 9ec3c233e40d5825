import { type Duration, Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { type Alias, Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

import { type FunctionEnvironment, type FunctionId, functionEntries } from "../functions/domain/environment.ts";
import { InvalidInputError } from "../functions/domain/errors.ts";
import { acknowledge } from "./acknowledge.ts";
import { bundling, nameEntry } from "./bundling.ts";
import { allow, grantAll, type Permission } from "./permissions.ts";
import { projectFile } from "./project.ts";
import type { Names } from "./stack-props.ts";

const ENVIRONMENT_BYTES = 4096;

export interface HandlerFunctionProps<Id extends FunctionId> {
  readonly names: Names;
  readonly function: Id;
  readonly description: string;
  readonly environment: FunctionEnvironment<Id>;
  readonly permissions: readonly Permission[];
  readonly timeout: Duration;
  readonly memoryMegabytes: number;
}

/**
 * One handler as a Lambda function with the alias `live`, an own role that holds its statements and nothing else,
 * and a log group with retention. Callers use the alias, so a run in flight keeps the version it can go back to.
 */
export class HandlerFunction<Id extends FunctionId> extends Construct {
  readonly live: Alias;
  readonly functionName: string;

  constructor(scope: Construct, props: HandlerFunctionProps<Id>) {
    super(scope, props.function);
    this.functionName = props.names.functionName(props.function);
    const logGroup = this.buildLogGroup();
    const handler = new NodejsFunction(this, "Function", {
      functionName: this.functionName,
      description: props.description,
      entry: projectFile(functionEntries[props.function]),
      handler: "handler",
      runtime: Runtime.NODEJS_22_X,
      architecture: Architecture.X86_64,
      timeout: props.timeout,
      memorySize: props.memoryMegabytes,
      environment: withinLimit(props.function, props.environment),
      awsSdkConnectionReuse: false,
      role: this.buildRole(props.permissions, logGroup),
      logGroup,
      ...bundling(),
    });
    nameEntry(handler, functionEntries[props.function]);
    this.live = handler.addAlias("live");
    acknowledge(handler, { "AwsSolutions-L1": "Node.js 22 is what the bundle is built for and tested on." });
  }

  private buildLogGroup(): LogGroup {
    return new LogGroup(this, "Logs", {
      logGroupName: `/aws/lambda/${this.functionName}`,
      retention: RetentionDays.THREE_MONTHS,
    });
  }

  private buildRole(permissions: readonly Permission[], logGroup: LogGroup): Role {
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      description: `Execution role of ${this.functionName} in ${Stack.of(this).stackName}`,
    });
    grantAll(role, [allow(["logs:CreateLogStream", "logs:PutLogEvents"], [logGroup.logGroupArn]), ...permissions]);
    return role;
  }
}

/** Lambda refuses more than 4 KB of environment, but only at deployment. What is known by then alone is counted short. */
function withinLimit(id: FunctionId, environment: FunctionEnvironment<FunctionId>): Record<string, string> {
  const variables = Object.entries(environment);
  const bytes = variables.reduce((sum, [name, value]) => sum + Buffer.byteLength(`${name}${value}`), 0);
  if (bytes > ENVIRONMENT_BYTES)
    throw new InvalidInputError(`The environment of ${id} does not fit into a Lambda function`, [
      `it takes ${bytes} of ${ENVIRONMENT_BYTES} bytes: use fewer autoShards, egress ranges, client ids or policy values`,
    ]);
  return Object.fromEntries(variables);
}
