/** The service integrations of the machines: what a Task's Resource does, and the errors it ends with. */
import * as z from "zod";

import { AwsError } from "../aws-wire.ts";
import type { Functions, Permission } from "../ports.ts";
import type { Json, Machine } from "./machine.ts";
import { StateError } from "./retry.ts";
import type { Integration } from "./task.ts";

/** A query from start to end, as `.sync` waits for it. */
export interface QueryRunner {
  /** Takes a StartQueryExecution request; resolves with GetQueryExecution's `QueryExecution` once the query is over. */
  runQuery(request: unknown, region: string): Promise<QueryExecution>;
  /** What the role that runs a query needs beside Athena's own actions. */
  needs?(request: unknown): readonly Permission[];
}
export interface QueryExecution {
  readonly QueryExecutionId: string;
  readonly Status: { readonly State: string; readonly [member: string]: unknown };
  readonly [member: string]: unknown;
}

export interface IntegrationWorld {
  readonly functions: Functions;
  readonly athena: QueryRunner;
  /** Throws `AwsError` if the machine's role may not do this. */
  readonly authorize: (roleArn: string, needs: readonly Permission[]) => void;
}

const invokeSchema = z.strictObject({ FunctionName: z.string(), Payload: z.json().optional() });

export function integrationsOf(world: IntegrationWorld, machine: Machine): Integration {
  return async (resource, parameters) => {
    switch (resource) {
      case "lambda:invoke":
      case "lambda:invoke.waitForTaskToken":
        return invokeFunction(world, machine, parameters);
      case "athena:startQueryExecution.sync":
        return runQuery(world, machine, parameters);
      default:
        throw new StateError("States.Runtime", `The local world has no integration ${resource}`);
    }
  };
}

async function invokeFunction(world: IntegrationWorld, machine: Machine, parameters: Json): Promise<Json> {
  const { FunctionName, Payload = {} } = invokeSchema.parse(parameters);
  try {
    world.authorize(machine.roleArn, [{ action: "lambda:InvokeFunction", resource: FunctionName }]);
    const end = await world.functions.invoke(FunctionName, Payload);
    if (end.ok) return { ExecutedVersion: "$LATEST", Payload: jsonOf(end.payload), StatusCode: 200 };
    const { errorType, errorMessage, trace } = end;
    throw new StateError(errorType, JSON.stringify({ errorType, errorMessage, trace }));
  } catch (error) {
    throw serviceError("Lambda", error);
  }
}

async function runQuery(world: IntegrationWorld, machine: Machine, parameters: Json): Promise<Json> {
  try {
    const { WorkGroup } = z.looseObject({ WorkGroup: z.string() }).parse(parameters);
    const workGroup = `arn:aws:athena:${machine.region}:${machine.account}:workgroup/${WorkGroup}`;
    // `.sync` polls, and stops the query if the execution is stopped.
    const operations = ["StartQueryExecution", "GetQueryExecution", "StopQueryExecution"];
    const actions = operations.map((operation) => ({ action: `athena:${operation}`, resource: workGroup }));
    world.authorize(machine.roleArn, [...actions, ...(world.athena.needs?.(parameters) ?? [])]);
    const execution = await world.athena.runQuery(parameters, machine.region);
    if (execution.Status.State !== "SUCCEEDED") throw new StateError("States.TaskFailed", JSON.stringify(execution));
    return { QueryExecution: jsonOf(execution) };
  } catch (error) {
    throw serviceError("Athena", error);
  }
}

/** Step Functions puts the service before the name of its exceptions. */
function serviceError(service: string, error: unknown): unknown {
  return error instanceof AwsError ? new StateError(`${service}.${error.code}`, error.message) : error;
}

function jsonOf(value: unknown): Json {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
