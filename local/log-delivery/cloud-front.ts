/**
 * CloudFront standard logging v2 as the templates' log deliveries have it: Parquet, minutes to hours late, each record
 * in the partition of the hour that it belongs to, however late it comes.
 */
import * as z from "zod";

import { InvalidInputError, NotSupportedError } from "../../functions/domain/errors.ts";
import { fromIso, HOUR, type Instant, MINUTE } from "../../functions/domain/instant.ts";
import type { Clock } from "../ports.ts";
import type { ObjectStore } from "../s3.ts";
import type { Assembly, Resource } from "../template.ts";
import { type Batches, createBatches } from "./batches.ts";
import { bucketOf, dateParts, uniqueEnd } from "./object-name.ts";
import type { ParquetWriter } from "./parquet.ts";

const CLOUDFRONT_SLOT = 5 * MINUTE;
const CLOUDFRONT_DELAY = 10 * MINUTE;

export type CloudFrontRecord = Readonly<Record<string, string>>;

const deliverySchema = z.object({
  DeliverySourceName: z.string(),
  DeliveryDestinationArn: z.string(),
  RecordFields: z.array(z.string()).min(1),
  S3SuffixPath: z.string().min(1),
  S3EnableHiveCompatiblePath: z.literal(false).default(false),
});
const sourceSchema = z.object({ LogType: z.literal("ACCESS_LOGS"), ResourceArn: z.string() });
const destinationSchema = z.object({ DestinationResourceArn: z.string(), OutputFormat: z.literal("parquet") });

interface CloudFrontDelivery {
  readonly distributionId: string;
  readonly account: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly columns: readonly string[];
}

export interface CloudFrontDeliveryOptions {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly store: ObjectStore;
  readonly parquet: ParquetWriter;
  readonly maxFileRecords: number;
}

/** One batch collector per distribution that has a delivery. */
export function cloudFrontDeliveries(
  options: CloudFrontDeliveryOptions,
): ReadonlyMap<string, Batches<CloudFrontRecord>> {
  const { assembly, clock, store } = options;
  const deliveries = assembly.ofType("AWS::Logs::Delivery").map((resource) => deliveryOf(resource, assembly, store));
  return new Map(
    deliveries.map((delivery) => [
      delivery.distributionId,
      createBatches<CloudFrontRecord>({
        clock,
        slotMs: CLOUDFRONT_SLOT,
        delayMs: CLOUDFRONT_DELAY,
        // Writing Parquet takes the wall's time, in which the clock must not race.
        deliver: (_slot, records) => clock.during(() => write(delivery, records, options)),
      }),
    ]),
  );
}

function deliveryOf(resource: Resource, assembly: Assembly, store: ObjectStore): CloudFrontDelivery {
  const path = `${resource.stack}/${resource.logicalId}`;
  if (resource.region !== "us-east-1")
    throw new InvalidInputError(path, ["deliveries of CloudFront logs exist in us-east-1 only"]);
  const delivery = parse(deliverySchema, resource.properties, path);
  const source = assembly
    .ofType("AWS::Logs::DeliverySource")
    .find(({ name, region }) => name === delivery.DeliverySourceName && region === resource.region);
  const destination = assembly
    .ofType("AWS::Logs::DeliveryDestination")
    .find(({ arn }) => arn === delivery.DeliveryDestinationArn);
  if (!source || !destination) throw new InvalidInputError(path, ["its source or its destination is in no template"]);
  const { ResourceArn } = parse(sourceSchema, source.properties, path);
  const place = bucketOf(parse(destinationSchema, destination.properties, path).DestinationResourceArn);
  if (!place || !store.has(place.bucket))
    throw new InvalidInputError(path, ["its destination is no bucket of the templates"]);
  return {
    distributionId: ResourceArn.split("/").at(-1) ?? "",
    account: resource.account,
    bucket: place.bucket,
    prefix: place.prefix === "" ? `AWSLogs/${resource.account}/CloudFront` : place.prefix,
    suffix: checkedSuffix(delivery.S3SuffixPath, path),
    columns: delivery.RecordFields.map(columnOf),
  };
}

function parse<T>(schema: z.ZodType<T>, properties: unknown, path: string): T {
  const parsed = schema.safeParse(properties);
  if (!parsed.success) throw new NotSupportedError(`${path}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

const variables = ["DistributionId", "distributionid", "yyyy", "MM", "dd", "HH", "accountid"];

function checkedSuffix(suffix: string, path: string): string {
  for (const [, variable = ""] of suffix.matchAll(/\{(.*?)\}/g))
    if (!variables.includes(variable))
      throw new InvalidInputError(path, [`S3SuffixPath: {${variable}} is no variable`]);
  return suffix.replace(/^\/|\/$/g, "");
}

/** `cs(User-Agent)` is the column `cs_user_agent`. How `timestamp(ms)` is called in Parquet nobody has written down. */
function columnOf(field: string): string {
  return field.toLowerCase().replaceAll(/[-(]/g, "_").replaceAll(")", "");
}

async function write(
  delivery: CloudFrontDelivery,
  records: readonly CloudFrontRecord[],
  { clock, store, parquet, maxFileRecords }: CloudFrontDeliveryOptions,
): Promise<void> {
  for (const [hour, ofHour] of byHour(records.map(withColumns), clock.now()))
    for (let from = 0; from < ofHour.length; from += maxFileRecords) {
      const body = await parquet.write(delivery.columns, ofHour.slice(from, from + maxFileRecords));
      store.put(delivery.bucket, keyOf(delivery, hour, body), body);
    }
}

function withColumns(record: CloudFrontRecord): CloudFrontRecord {
  return Object.fromEntries(Object.entries(record).map(([field, value]) => [columnOf(field), value]));
}

function byHour(records: readonly CloudFrontRecord[], now: Instant): Map<Instant, CloudFrontRecord[]> {
  const hours = new Map<Instant, CloudFrontRecord[]>();
  for (const record of records) {
    const at = fromIso(`${record["date"]}T${record["time"]}Z`) ?? now;
    const hour = Math.floor(at / HOUR) * HOUR;
    const ofHour = hours.get(hour);
    if (ofHour) ofHour.push(record);
    else hours.set(hour, [record]);
  }
  return hours;
}

function keyOf({ distributionId, account, prefix, suffix }: CloudFrontDelivery, hour: Instant, body: Buffer): string {
  const { yyyy, MM, dd, HH } = dateParts(hour);
  const values: Readonly<Record<string, string>> = {
    ...{ yyyy, MM, dd, HH },
    DistributionId: distributionId,
    distributionid: distributionId.toLowerCase(),
    accountid: account,
  };
  const folder = suffix.replace(/\{(.*?)\}/g, (_whole, variable: string) => values[variable] ?? "");
  return `${prefix}/${folder}/${distributionId}.${yyyy}-${MM}-${dd}-${HH}.${uniqueEnd(body, 8)}.parquet`;
}
