/**
 * CloudTrail on S3: about five minutes after the call. Folder and name carry the time of *delivery*, so a call shortly
 * before midnight lies in the next day's folder ("Finding your CloudTrail log files").
 */
import { gzipSync } from "node:zlib";

import * as z from "zod";

import { InvalidInputError, NotSupportedError } from "../../functions/domain/errors.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import type { Clock } from "../ports.ts";
import type { ObjectStore } from "../s3.ts";
import type { Assembly, Resource } from "../template.ts";
import { type Batches, createBatches, splitByBytes } from "./batches.ts";
import { compactTime, dateParts, uniqueEnd } from "./object-name.ts";

const TRAIL_SLOT = 5 * MINUTE;
const TRAIL_DELAY = 2 * MINUTE;

type TrailRecord = Readonly<Record<string, unknown>>;

const trailSchema = z.object({
  S3BucketName: z.string(),
  S3KeyPrefix: z.string().optional(),
  IsLogging: z.boolean(),
  IsMultiRegionTrail: z.boolean().default(false),
  EventSelectors: z
    .array(
      z.object({
        IncludeManagementEvents: z.boolean().default(true),
        ReadWriteType: z.enum(["All", "ReadOnly", "WriteOnly"]).default("All"),
        ExcludeManagementEventSources: z.array(z.string()).default([]),
      }),
    )
    .default([{ IncludeManagementEvents: true, ReadWriteType: "All", ExcludeManagementEventSources: [] }]),
  /** Only EventSelectors are read here. */
  AdvancedEventSelectors: z.undefined().optional(),
});
type TrailProperties = z.infer<typeof trailSchema>;

export interface TrailDelivery {
  takes(region: string, record: TrailRecord): boolean;
  batchesOf(region: string): Batches<TrailRecord>;
  flush(): Promise<void>;
}

export function trailDeliveries(
  assembly: Assembly,
  clock: Clock,
  store: ObjectStore,
  maxFileBytes: number,
): TrailDelivery[] {
  return assembly.ofType("AWS::CloudTrail::Trail").map((resource) => {
    const trail = trailOf(resource, store);
    const regions = new Map<string, Batches<TrailRecord>>();
    const open = (region: string) => {
      const deliver = (_slot: number, records: readonly TrailRecord[]) =>
        write({ trail, account: resource.account, region, records, clock, store, maxFileBytes });
      const batches = createBatches({ clock, slotMs: TRAIL_SLOT, delayMs: TRAIL_DELAY, deliver });
      regions.set(region, batches);
      return batches;
    };
    return {
      takes: (region, record) =>
        trail.IsLogging && (trail.IsMultiRegionTrail || region === resource.region) && isSelected(trail, record),
      batchesOf: (region) => regions.get(region) ?? open(region),
      flush: async () => void (await Promise.all([...regions.values()].map((batches) => batches.flush()))),
    };
  });
}

function trailOf({ stack, logicalId, properties }: Resource, store: ObjectStore): TrailProperties {
  const path = `${stack}/${logicalId}`;
  const parsed = trailSchema.safeParse(properties);
  if (!parsed.success) throw new NotSupportedError(`${path}: ${z.prettifyError(parsed.error)}`);
  const { S3BucketName } = parsed.data;
  if (!store.has(S3BucketName)) throw new InvalidInputError(path, [`no template has the bucket ${S3BucketName}`]);
  return parsed.data;
}

function isSelected({ EventSelectors }: TrailProperties, record: TrailRecord): boolean {
  return EventSelectors.some(
    ({ IncludeManagementEvents, ReadWriteType, ExcludeManagementEventSources }) =>
      IncludeManagementEvents &&
      (ReadWriteType === "All" || (ReadWriteType === "ReadOnly") === (record["readOnly"] === true)) &&
      !ExcludeManagementEventSources.includes(String(record["eventSource"])),
  );
}

interface Write {
  readonly trail: TrailProperties;
  readonly account: string;
  readonly region: string;
  readonly records: readonly TrailRecord[];
  readonly clock: Clock;
  readonly store: ObjectStore;
  readonly maxFileBytes: number;
}

function write({ trail, account, region, records, clock, store, maxFileBytes }: Write): void {
  const now = clock.now();
  const { yyyy, MM, dd } = dateParts(now);
  const prefix = trail.S3KeyPrefix === undefined ? "" : `${trail.S3KeyPrefix}/`;
  const lines = records.map((record) => JSON.stringify(record));
  for (const part of splitByBytes(lines, maxFileBytes)) {
    // One object a file, as delivered: readers that split lines find nothing in it.
    const text = `{"Records":[${part.join(",")}]}`;
    const name = `${account}_CloudTrail_${region}_${compactTime(now)}_${uniqueEnd(text, 16)}.json.gz`;
    store.put(
      trail.S3BucketName,
      `${prefix}AWSLogs/${account}/CloudTrail/${region}/${yyyy}/${MM}/${dd}/${name}`,
      gzipSync(text),
    );
  }
}
