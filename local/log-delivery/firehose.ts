/**
 * Firehose between a web ACL and a bucket: a file holds what came within its buffer's time, begun by its first record,
 * and lies in the folder that the prefix makes of that record's arrival ("custom prefixes", "object name").
 */
import { gzipSync } from "node:zlib";

import * as z from "zod";

import { InvalidInputError, NotSupportedError } from "../../functions/domain/errors.ts";
import { type Instant, SECOND } from "../../functions/domain/instant.ts";
import type { Clock, Permission } from "../ports.ts";
import type { ObjectStore } from "../s3.ts";
import type { Assembly, Resource } from "../template.ts";
import { type Batches, splitByBytes } from "./batches.ts";
import { bucketOf, dateParts, uniqueEnd } from "./object-name.ts";

/** WAF passes a record on some time after the request; how long is written nowhere. */
const ON_THE_WAY = 20 * SECOND;

export type Authorize = (roleArn: string, needs: readonly Permission[]) => void;
type WafRecord = Readonly<Record<string, unknown>>;

const streamSchema = z.object({
  DeliveryStreamName: z.string().startsWith("aws-waf-logs-"),
  DeliveryStreamType: z.literal("DirectPut"),
  ExtendedS3DestinationConfiguration: z.object({
    BucketARN: z.string(),
    RoleARN: z.string(),
    Prefix: z.string(),
    ErrorOutputPrefix: z.string(),
    BufferingHints: z.object({
      // Below a minute Firehose counts requests in another way.
      IntervalInSeconds: z.int().min(60).max(900),
      SizeInMBs: z.int().min(1).max(128),
    }),
    CompressionFormat: z.literal("GZIP"),
  }),
});

interface FirehoseOptions {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly store: ObjectStore;
  readonly maxFileBytes: number;
  readonly authorize?: Authorize;
}

interface OpenFile {
  readonly began: Instant;
  readonly records: WafRecord[];
  readonly cancel: () => void;
}

export function firehoseDelivery(
  streamArn: string,
  aclArn: string,
  path: string,
  options: FirehoseOptions,
): Batches<WafRecord> {
  const { clock } = options;
  const { DeliveryStreamName, ExtendedS3DestinationConfiguration: s3 } = streamOf(streamArn, aclArn, path, options);
  let open: OpenFile | null = null;

  function flush(): void {
    const buffer = open;
    open = null;
    buffer?.cancel();
    if (buffer) write(buffer, DeliveryStreamName, s3, options);
  }

  function begin(): OpenFile {
    const began = clock.now() + ON_THE_WAY;
    const cancel = clock.at(began + s3.BufferingHints.IntervalInSeconds * SECOND, flush);
    return { began, records: [], cancel };
  }

  return {
    add(record) {
      open ??= begin();
      open.records.push(record);
    },
    flush: async () => flush(),
  };
}

type Destination = z.infer<typeof streamSchema>["ExtendedS3DestinationConfiguration"];

/** The stream of the template; throws where AWS would refuse to log to it, or Firehose to write. */
function streamOf(arn: string, aclArn: string, path: string, { assembly, store }: FirehoseOptions) {
  const stream = assembly.ofType("AWS::KinesisFirehose::DeliveryStream").find((each) => each.arn === arn);
  if (!stream) throw new InvalidInputError(path, [`no template has the stream ${arn}`]);
  if (stream.region !== regionOf(aclArn)) throw new InvalidInputError(path, ["the stream is in another Region"]);
  const parsed = streamSchema.safeParse(stream.properties);
  if (!parsed.success)
    throw new NotSupportedError(`${placeOf(stream)}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
  const { BucketARN, Prefix } = parsed.data.ExtendedS3DestinationConfiguration;
  if (!store.has(bucketOf(BucketARN)?.bucket ?? ""))
    throw new InvalidInputError(placeOf(stream), ["its destination is no bucket of the templates"]);
  evaluated(Prefix, 0, placeOf(stream));
  return parsed.data;
}

const placeOf = ({ stack, logicalId }: Resource) => `${stack}/${logicalId}`;

/** Those of CLOUDFRONT web ACLs have to be in us-east-1, which stands in their ARN. */
const regionOf = (aclArn: string) => aclArn.split(":")[3] ?? "";

function write({ began, records }: OpenFile, stream: string, to: Destination, options: FirehoseOptions): void {
  const { store, maxFileBytes, authorize } = options;
  const { yyyy, MM, dd, HH, mm, ss } = dateParts(began);
  const bucket = bucketOf(to.BucketARN)?.bucket ?? "";
  const lines = records.map((record) => JSON.stringify(record));
  for (const part of splitByBytes(lines, maxFileBytes)) {
    const text = `${part.join("\n")}\n`;
    const name = `${stream}-1-${yyyy}-${MM}-${dd}-${HH}-${mm}-${ss}-${uniqueEnd(text, 32)}.gz`;
    const key = `${evaluated(to.Prefix, began, stream)}${name}`;
    authorize?.(to.RoleARN, [{ action: "s3:PutObject", resource: `${to.BucketARN}/${key}` }]);
    store.put(bucket, key, gzipSync(text));
  }
}

/** `!{timestamp:…}` with the letters of years to minutes; whatever else Firehose knows is not known here. */
function evaluated(prefix: string, at: Instant, path: string): string {
  const parts: Readonly<Record<string, string>> = dateParts(at);
  const text = prefix.replace(/!\{timestamp:([A-Za-z/_-]+)\}/g, (_, format: string) =>
    format.replace(/[A-Za-z]+/g, (letters) => {
      const part = parts[letters];
      if (part === undefined) throw new NotSupportedError(`${path}: ${letters} in a prefix`);
      return part;
    }),
  );
  if (text.includes("!{")) throw new NotSupportedError(`${path}: the prefix ${prefix}`);
  return text;
}
