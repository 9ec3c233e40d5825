/**
 * WAF logs on S3: five-minute files per web ACL, delivered about a minute after the five minutes are over; or what
 * Firehose makes of them.
 */
import { gzipSync } from "node:zlib";

import * as z from "zod";

import { InvalidInputError, NotSupportedError } from "../../functions/domain/errors.ts";
import { type Instant, MINUTE, SECOND } from "../../functions/domain/instant.ts";
import type { ObjectStore } from "../s3.ts";
import { type Batches, createBatches, splitByBytes } from "./batches.ts";
import { type FirehoseOptions, firehoseDelivery, streamOf } from "./firehose.ts";
import { bucketOf, compactTime, dateParts, uniqueEnd } from "./object-name.ts";

const WAF_SLOT = 5 * MINUTE;
const WAF_DELAY = MINUTE;
/** WAF passes a record on to Firehose some time after the request; how long is written nowhere. */
const ON_THE_WAY = 20 * SECOND;

const logging = z.object({ ResourceArn: z.string(), LogDestinationConfigs: z.array(z.string()).length(1) });

type WafRecord = Readonly<Record<string, unknown>>;

/** One batch collector per web ACL that writes a log. */
export function wafDeliveries(options: FirehoseOptions): ReadonlyMap<string, Batches<WafRecord>> {
  const { assembly, clock, store, maxFileBytes } = options;
  const deliveries = new Map<string, Batches<WafRecord>>();
  for (const { stack, logicalId, properties } of assembly.ofType("AWS::WAFv2::LoggingConfiguration")) {
    const { ResourceArn, LogDestinationConfigs } = logging.parse(properties);
    const [destination = ""] = LogDestinationConfigs;
    const path = `${stack}/${logicalId}`;
    if (destination.startsWith("arn:aws:firehose:")) {
      deliveries.set(ResourceArn, throughFirehose(destination, ResourceArn, path, options));
      continue;
    }
    const bucket = wafBucket(destination, path, store);
    const deliver = (slot: Instant, records: readonly WafRecord[]) => {
      const lines = records.map((record) => JSON.stringify(record));
      for (const part of splitByBytes(lines, maxFileBytes)) {
        const text = `${part.join("\n")}\n`;
        store.put(bucket, wafKey(ResourceArn, slot, uniqueEnd(text, 8)), gzipSync(text));
      }
    };
    deliveries.set(ResourceArn, createBatches({ clock, slotMs: WAF_SLOT, delayMs: WAF_DELAY, deliver }));
  }
  return deliveries;
}

/** WAF logs to streams of this prefix only, in the web ACL's Region; those of CLOUDFRONT web ACLs have to be in us-east-1. */
function throughFirehose(
  streamArn: string,
  aclArn: string,
  path: string,
  options: FirehoseOptions,
): Batches<WafRecord> {
  const stream = streamOf(streamArn, options.assembly);
  if (!stream) throw new InvalidInputError(path, [`no template has the stream ${streamArn}`]);
  if (stream.region !== aclArn.split(":")[3]) throw new InvalidInputError(path, ["the stream is in another Region"]);
  if (!String(stream.properties["DeliveryStreamName"]).startsWith("aws-waf-logs-"))
    throw new InvalidInputError(path, ["the stream's name must begin with aws-waf-logs-"]);
  const { add, flush } = firehoseDelivery(stream, options, ON_THE_WAY);
  return { add: (record) => add(`${JSON.stringify(record)}\n`), flush };
}

/** WAF writes to buckets of this prefix only, and refuses any other when logging is switched on. */
function wafBucket(destination: string, path: string, store: ObjectStore): string {
  const place = bucketOf(destination);
  if (!place)
    throw new NotSupportedError(
      `${path}: the local world delivers WAF logs to S3 and to Firehose only, not ${destination}`,
    );
  if (!place.bucket.startsWith("aws-waf-logs-") || !store.has(place.bucket))
    throw new InvalidInputError(path, [`${place.bucket} is no bucket of the templates named aws-waf-logs-…`]);
  return place.bucket;
}

/** `arn:aws:wafv2:<Region>:<account>:<global|regional>/webacl/<name>/<id>`; global ones lie below `cloudfront`. */
function wafKey(aclArn: string, slot: Instant, unique: string): string {
  const [, , , region = "", account = "", resource = ""] = aclArn.split(":");
  const [scope, , name = ""] = resource.split("/");
  const place = scope === "global" ? "cloudfront" : region;
  const { yyyy, MM, dd, HH, mm } = dateParts(slot);
  return (
    `AWSLogs/${account}/WAFLogs/${place}/${name}/${yyyy}/${MM}/${dd}/${HH}/${mm}/` +
    `${account}_waflogs_${place}_${name}_${compactTime(slot)}_${unique}.log.gz`
  );
}
