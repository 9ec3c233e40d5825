import { InvalidInputError } from "../functions/domain/errors.ts";
import { readProjectFile } from "./project.ts";

const files = ["auth_calls", "cells", "profiles"].map((name) => `functions/detect/queries/${name}.sql`);

/** The evidence query, one text for all windows: times come as execution parameters. */
export function evidenceSql(): string {
  const sql = files.map((file) => readProjectFile(file).trimEnd()).join("\n");
  // Step Functions would take it for a substitution of its own and deploy a query with a hole in it.
  if (sql.includes("${")) throw new InvalidInputError("The evidence query cannot be deployed", ["it contains ${"]);
  return sql;
}
