/**
 * Amazon Athena of the local world: DuckDB behind Athena's API, over the Glue tables and the workgroup of the
 * template and the objects of the local S3. What a table does not project is invisible here as it is there.
 */
import { athenaService, describeQuery } from "./athena/api.ts";
import { glueTables } from "./athena/glue-table.ts";
import { createLake } from "./athena/lake.ts";
import { queryNeeds } from "./athena/permissions.ts";
import { createQueries } from "./athena/queries.ts";
import { workGroups } from "./athena/work-group.ts";
import { openDuckDb } from "./duckdb.ts";
import type { AwsService, Clock, Metrics } from "./ports.ts";
import type { ObjectStore } from "./s3.ts";
import type { QueryRunner } from "./step-functions/integrations.ts";
import type { Assembly } from "./template.ts";

export interface AthenaOptions {
  readonly clock: Clock;
  readonly assembly: Pick<Assembly, "ofType">;
  readonly store: ObjectStore;
  readonly metrics: Metrics;
}

export interface Athena extends QueryRunner {
  readonly service: AwsService;
  /** Waits for the queries that run, then closes the engine. */
  stop(): Promise<void>;
}

export function createAthena({ clock, assembly, store, metrics }: AthenaOptions): Athena {
  const tables = glueTables(assembly);
  const groups = workGroups(assembly);
  // One thread: the local world shares two cores with everything else it runs.
  const db = openDuckDb({ threads: 1 });
  const lake = db.then((opened) => createLake(opened, tables, store));
  const queries = createQueries({ clock, db, lake, tables, store, metrics, workGroup: groups });
  return {
    service: athenaService({ queries, tables, workGroup: groups }),
    needs: (request) => queryNeeds(request, tables, groups),
    async runQuery(request) {
      const { id } = queries.start(request);
      return describeQuery(await queries.ended(id));
    },
    async stop() {
      await queries.idle();
      (await db).close();
    },
  };
}
