/** Rollups around midnight, inserted by the local Athena: of each hour and day two generations, of which the second counts. */
import { createHash } from "node:crypto";
import { hourPartition, hoursOf, type Piece } from "../../../functions/detect/rollup.ts";
import { cellParameters, userDayParameters } from "../../../functions/detect/rollup-query.ts";
import { HOUR, MINUTE, toIso } from "../../../functions/domain/instant.ts";
import { evidenceSql } from "../../../infra/evidence-sql.ts";
import { glueTables } from "../../../local/athena/glue-table.ts";
import { createAthena } from "../../../local/athena.ts";
import type { ObjectStore } from "../../../local/s3.ts";
import type { Assembly } from "../../../local/template.ts";
import { CLIENT, GATE } from "../../detect/traffic.ts";
import { noMetrics, plainClock } from "../../local/builders.ts";
import { MIDNIGHT } from "./mixed-night.ts";

export const scope = { clientIds: [CLIENT], gateHashes: [createHash("sha256").update(GATE).digest("hex")] };
export const hours = [-2, -1, 0].map((hour) => hourPartition(MIDNIGHT + hour * HOUR));
export const days = ["2026-02-28", "2026-03-01"] as const;
export const slowWindow = { from: MIDNIGHT - 23 * HOUR, to: MIDNIGHT + HOUR };
/** The last hour of the month. */
export const lastHour: Piece = { kind: "hour", partition: "2026-02-28-23" };

export const generationsOf = (partitions: readonly string[]) => new Map(partitions.map((partition) => [partition, 2]));
export const hourGenerations = (day: string) => generationsOf(hours.filter((hour) => hoursOf(day).includes(hour)));

/** An INSERT as it is deployed. */
export const insertOf = (statement: "cells" | "userDays"): string => JSON.parse(`"${evidenceSql(statement)}"`);

/** Half an hour before midnight two sources and a range were banned, and one of them again. */
function layBans(assembly: Assembly, store: ObjectStore): void {
  const layout = glueTables(assembly).find(({ name }) => name === "ban_answers")?.layout;
  const ban = (at: number, ...sources: string[]) =>
    store.put(
      layout?.bucket ?? "",
      `${layout?.folderOf({ dt: toIso(at).slice(0, 10) })}${at}.json`,
      Buffer.from(JSON.stringify({ at, sources })),
    );
  ban(MIDNIGHT - 30 * MINUTE, "203.0.113.1", "2001:db8:0:0::/64", "198.51.100.0/24");
  ban(MIDNIGHT + 5 * MINUTE, "203.0.113.1");
}

export async function layRollups(assembly: Assembly, store: ObjectStore, database: string): Promise<void> {
  layBans(assembly, store);
  const clock = { ...plainClock, now: () => MIDNIGHT + 48 * HOUR };
  const athena = createAthena({ clock, assembly, store, metrics: noMetrics });
  const [group] = assembly.ofType("AWS::Athena::WorkGroup");
  const run = async (QueryString: string, ExecutionParameters: readonly string[]) => {
    const request = {
      QueryString,
      ExecutionParameters,
      QueryExecutionContext: { Database: database },
      WorkGroup: group?.name,
    };
    const { Status } = await athena.runQuery(request, "us-east-1");
    if (Status.State !== "SUCCEEDED") throw new Error(JSON.stringify(Status));
  };
  const registered = glueTables(assembly).find(({ name }) => name === "registered_hours")?.layout;
  for (const dt of hours)
    store.put(
      registered?.bucket ?? "",
      `${registered?.folderOf({ dt })}hour.json`,
      Buffer.from(JSON.stringify({ generation: 2 })),
    );
  for (const generation of [1, 2]) {
    for (const partition of hours)
      await run(insertOf("cells"), cellParameters({ kind: "hour", partition }, generation, scope));
    for (const day of days)
      await run(
        insertOf("userDays"),
        userDayParameters({ kind: "day", partition: day }, generation, hourGenerations(day)),
      );
  }
  await athena.stop();
}
