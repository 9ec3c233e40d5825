import { InvalidInputError } from "../functions/domain/errors.ts";
import { readProjectFile } from "./project.ts";

/** Each query is one text for all times, which come as execution parameters. */
const statements = {
  profiles: { files: ["auth_calls", "cells", "profiles"] },
  slow: { files: ["registered-cells", "profiles"] },
  accounts: { files: ["auth_calls", "cells", "accounts-at-risk"] },
  slowAccounts: { files: ["registered-cells", "accounts-at-risk"] },
  history: { files: ["established"] },
  coverage: { files: ["coverage"] },
  cells: { into: "call_cells", files: ["auth_calls", "cells", "generation", "rollup-cells"] },
  userDays: { into: "user_days", files: ["day-cells", "generation", "rollup-user-days"] },
} as const satisfies Record<string, { readonly into?: string; readonly files: readonly string[] }>;

/** A query of functions/detect/queries/ as it stands in a state machine's definition. */
export function evidenceSql(statement: keyof typeof statements): string {
  const { files, into } = { into: undefined, ...statements[statement] };
  const sql = files.map((file) => readProjectFile(`functions/detect/queries/${file}.sql`).trimEnd()).join("\n");
  // Step Functions would take it for a substitution of its own and deploy a query with a hole in it.
  if (sql.includes("${")) throw new InvalidInputError("The evidence query cannot be deployed", ["it contains ${"]);
  const text = into === undefined ? sql : `INSERT INTO ${into}\n${sql}`;
  // The text goes into a JSON string, so it is escaped as one.
  return JSON.stringify(text).slice(1, -1);
}
