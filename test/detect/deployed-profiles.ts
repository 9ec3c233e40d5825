/** Profiles as a deployment's own query makes them, which knows the gates. */
import { queryText } from "../../cli/analysis.ts";
import { evidenceValues } from "../../functions/detect/evidence-query.ts";
import { type Profile, readProfiles } from "../../functions/detect/profiles.ts";
import { MINUTE, type Window } from "../../functions/domain/instant.ts";
import { queryRows } from "../../local/duckdb.ts";
import type { LogFile } from "../../local/log-files.ts";
import { openLogs, scope } from "./case-logs.ts";
import { T0 } from "./traffic.ts";

export async function profilesOf(
  files: readonly LogFile[],
  window: Window = { from: T0, to: T0 + 10 * MINUTE },
): Promise<readonly Profile[]> {
  const db = await openLogs(files);
  try {
    const sql = queryText("auth_calls", "cells", "profiles");
    return readProfiles(await queryRows(db.connection, sql, evidenceValues(window, scope))).profiles;
  } finally {
    db.close();
  }
}
