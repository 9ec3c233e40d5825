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
  /** Absent of a trail that is in no template and that nobody names. */
  readonly arn: string | undefined;
  takes(region: string, record: TrailRecord): boolean;
  batchesOf(region: string): Batches<TrailRecord>;
  flush(): Promise<void>;
}

/** A trail that is in no template: it records the management events of every Region. */
export interface ExistingTrail {
  readonly arn?: string | undefined;
  readonly account: string;
  readonly bucket: string;
  readonly prefix?: string | undefined;
  readonly organizationId?: string | undefined;
}

export interface TrailOptions {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly store: ObjectStore;
  readonly maxFileBytes: number;
  readonly existingTrail?: ExistingTrail | undefined;
  /** Whether a trail records and its bucket takes a file now; see local/trails.ts. Without it every trail does. */
  readonly mayDeliver?: ((trailArn: string) => boolean) | undefined;
}

export function trailDeliveries(options: TrailOptions): TrailDelivery[] {
  const { assembly, store, existingTrail } = options;
  const made = assembly.ofType("AWS::CloudTrail::Trail").map((resource) => {
    const trail = trailOf(resource, store);
    const isMeant = (region: string) => trail.IsMultiRegionTrail || region === resource.region;
    const place = { ...placeOf(trail), account: resource.account, arn: resource.arn };
    return delivery(place, options, (region, record) => {
      return trail.IsLogging && isMeant(region) && isSelected(trail, record);
    });
  });
  return existingTrail ? [...made, delivery(existingTrail, options, () => true)] : made;
}

const placeOf = ({ S3BucketName: bucket, S3KeyPrefix: prefix }: TrailProperties) => ({ bucket, prefix });

function delivery(trail: ExistingTrail, options: TrailOptions, takes: TrailDelivery["takes"]): TrailDelivery {
  const { clock } = options;
  const regions = new Map<string, Batches<TrailRecord>>();
  const open = (region: string) => {
    const deliver = (_slot: number, records: readonly TrailRecord[]) => write({ ...options, trail, region, records });
    const batches = createBatches({ clock, slotMs: TRAIL_SLOT, delayMs: TRAIL_DELAY, deliver });
    regions.set(region, batches);
    return batches;
  };
  return {
    arn: trail.arn,
    takes,
    batchesOf: (region) => regions.get(region) ?? open(region),
    flush: async () => void (await Promise.all([...regions.values()].map((batches) => batches.flush()))),
  };
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

interface Write extends TrailOptions {
  readonly trail: ExistingTrail;
  readonly region: string;
  readonly records: readonly TrailRecord[];
}

function write({ trail, region, records, clock, store, maxFileBytes, mayDeliver }: Write): void {
  if (trail.arn !== undefined && mayDeliver?.(trail.arn) === false) return;
  const { account, bucket, prefix, organizationId } = trail;
  const now = clock.now();
  const { yyyy, MM, dd } = dateParts(now);
  // The organization stands in the folder and not in the file's name.
  const folder = [prefix, "AWSLogs", organizationId, account, "CloudTrail", region, yyyy, MM, dd];
  const lines = records.map((record) => JSON.stringify(record));
  for (const part of splitByBytes(lines, maxFileBytes)) {
    // One object a file, as delivered: readers that split lines find nothing in it.
    const text = `{"Records":[${part.join(",")}]}`;
    const name = `${account}_CloudTrail_${region}_${compactTime(now)}_${uniqueEnd(text, 16)}.json.gz`;
    store.put(bucket, [...folder.filter((part) => part !== undefined), name].join("/"), gzipSync(text));
  }
}
