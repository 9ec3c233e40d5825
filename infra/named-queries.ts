import { readdirSync } from "node:fs";
import { basename } from "node:path";

import { CfnNamedQuery, type CfnWorkGroup } from "aws-cdk-lib/aws-athena";
import { Construct } from "constructs";

import { projectFile, readProjectFile } from "./project.ts";
import type { DeploymentProps } from "./stack-props.ts";

const FOLDER = "functions/detect/queries/people";

interface NamedQueriesProps extends DeploymentProps {
  readonly workGroup: CfnWorkGroup;
}

/** Queries for people, in the workgroup that limits what they may scan. The console asks for their parameters (`?`). */
export class NamedQueries extends Construct {
  constructor(scope: Construct, id: string, { names, workGroup }: NamedQueriesProps) {
    super(scope, id);
    for (const file of readdirSync(projectFile(FOLDER)).sort()) {
      const queryString = readProjectFile(`${FOLDER}/${file}`).trimEnd();
      const name = basename(file, ".sql");
      const query = new CfnNamedQuery(this, name, {
        name: names.functionName(name),
        description: openingComment(queryString),
        database: names.database,
        workGroup: names.workGroup,
        queryString,
      });
      query.addResourceDependency(workGroup);
    }
  }
}

/** What a query's text says of itself before it begins. */
function openingComment(text: string): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("--"));
  return lines
    .slice(0, end)
    .map((line) => line.slice(2).trim())
    .join(" ");
}
