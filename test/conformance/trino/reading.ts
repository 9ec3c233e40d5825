/** What a query on Trino read: bytes as they lie in S3, and the partitions that it was planned over. */
import * as z from "zod";
import { DAY, HOUR, type Instant, MINUTE, type Window } from "../../../functions/domain/instant.ts";
import type { GlueTable } from "../../../local/athena/glue-table.ts";

export interface Reading {
  readonly bytes: number;
  /** `table column=value`, sorted; as often as the query reads it. */
  readonly partitions: readonly string[];
}

const EVERY = "(every partition)";

const connectorInfo = z.object({ partitioned: z.boolean(), partitionIds: z.array(z.string()) });
const infoSchema = z.object({
  queryStats: z.object({ physicalInputDataSize: z.string().regex(/^\d+B$/) }),
  inputs: z.array(z.object({ table: z.string(), connectorInfo })),
});

export function readingFrom(info: unknown): Reading {
  const { queryStats, inputs } = infoSchema.parse(info);
  return {
    bytes: Number.parseInt(queryStats.physicalInputDataSize, 10),
    partitions: inputs
      .flatMap(({ table, connectorInfo }) => partitionsOf(connectorInfo).map((id) => `${table} ${id}`))
      .map(decodeURIComponent)
      .sort(),
  };
}

/** Without a condition on its partition columns Trino names none of a table's partitions. */
function partitionsOf({ partitioned, partitionIds }: z.infer<typeof connectorInfo>): readonly string[] {
  return partitioned && partitionIds.length === 0 ? [EVERY] : partitionIds;
}

/** What lies in the partitions, counted as often as they are read; `sizes` are by `bucket/key`. */
export function bytesIn(
  { partitions }: Reading,
  tables: readonly GlueTable[],
  sizes: ReadonlyMap<string, number>,
): number {
  const bytes = new Map<string, number>();
  for (const { name, layout } of tables)
    for (const [path, size] of sizes) {
      if (!path.startsWith(`${layout.bucket}/`)) continue;
      for (const [column, value] of Object.entries(layout.partitionOf(path.slice(layout.bucket.length + 1)) ?? {}))
        bytes.set(`${name} ${column}=${value}`, (bytes.get(`${name} ${column}=${value}`) ?? 0) + size);
    }
  return partitions.reduce((sum, partition) => sum + (bytes.get(partition) ?? 0), 0);
}

/** Logs disagree by minutes on when a call was, and CloudTrail's folder is that of the day of delivery. */
const BEFORE = 10 * MINUTE;
const AFTER = HOUR;

/** Partitions of a time that the window has nothing to do with. */
export function outside({ partitions }: Reading, { from, to }: Window): string[] {
  return partitions.filter((partition) => {
    if (partition.endsWith(EVERY)) return true;
    const { start, end } = timeOf(partition);
    return end <= from - BEFORE || start > to + AFTER;
  });
}

/** `dt=2026/02/28/23/50` is five minutes from then, without minutes an hour, without an hour a day; rollups write `-`. */
function timeOf(partition: string): { start: Instant; end: Instant } {
  const [, day = "", hour, minute] = /=(\d{4}[/-]\d\d[/-]\d\d)(?:[/-](\d\d))?(?:\/(\d\d))?$/.exec(partition) ?? [];
  const start = Date.parse(`${day.replaceAll("/", "-")}T${hour ?? "00"}:${minute ?? "00"}:00Z`);
  if (Number.isNaN(start)) throw new Error(`${partition} is no partition by time`);
  return { start, end: start + (minute ? 5 * MINUTE : hour ? HOUR : DAY) };
}
