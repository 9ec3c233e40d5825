import { CfnQueryDefinition } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

import type { FunctionId } from "../functions/domain/environment.ts";
import { readProjectFile } from "./project.ts";
import type { DeploymentProps } from "./stack-props.ts";

const decided = ["plan", "apply", "sweep", "ask", "approval"] as const satisfies readonly FunctionId[];

/** Each query of functions/block/insights/ with the functions whose log lines it reads. */
const queries = {
  "banned-and-why": ["apply", "sweep"],
  "most-banned": ["apply", "sweep"],
  "one-source": decided,
  "refused-and-filed": decided,
  rounds: ["score", "watch"],
} as const satisfies Readonly<Record<string, readonly FunctionId[]>>;

/** Queries for people over the decisions that the functions log, for CloudWatch Logs Insights. */
export class LogQueries extends Construct {
  constructor(scope: Construct, id: string, { names }: Pick<DeploymentProps, "names">) {
    super(scope, id);
    for (const [name, functions] of Object.entries(queries))
      new CfnQueryDefinition(this, name, {
        // A slash makes a folder in the console.
        name: `${names.functionName("decisions")}/${name}`,
        queryString: readProjectFile(`functions/block/insights/${name}.insights`).trimEnd(),
        logGroupNames: functions.map((each) => `/aws/lambda/${names.functionName(each)}`),
      });
  }
}
