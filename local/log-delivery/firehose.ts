/**
 * Firehose into a bucket: a file holds what came within its buffer's time, begun by its first record, and lies in the
 * folder that the prefix makes of that record's arrival ("custom prefixes", "object name").
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

export type Authorize = (roleArn: string, needs: readonly Permission[]) => void;

const streamSchema = z.object({
  DeliveryStreamName: z.string(),
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
    ProcessingConfiguration: z
      .strictObject({
        Enabled: z.literal(true),
        Processors: z.tuple([z.strictObject({ Type: z.literal("AppendDelimiterToRecord") })]),
      })
      .optional(),
  }),
});

export interface FirehoseOptions {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly store: ObjectStore;
  readonly maxFileBytes: number;
  readonly authorize?: Authorize;
}

interface OpenFile {
  readonly began: Instant;
  readonly records: string[];
  readonly cancel: () => void;
}

/** Takes records as they are: where one ends nobody sees unless it, or a processor, ends with a line break. */
export function firehoseDelivery(stream: Resource, options: FirehoseOptions, onTheWay = 0): Batches<string> {
  const { clock } = options;
  const { DeliveryStreamName, ExtendedS3DestinationConfiguration: s3 } = destinationOf(stream, options.store);
  const end = s3.ProcessingConfiguration ? "\n" : "";
  let open: OpenFile | null = null;

  function flush(): void {
    const buffer = open;
    open = null;
    buffer?.cancel();
    if (buffer) write(buffer, DeliveryStreamName, s3, options);
  }

  function begin(): OpenFile {
    const began = clock.now() + onTheWay;
    const cancel = clock.at(began + s3.BufferingHints.IntervalInSeconds * SECOND, flush);
    return { began, records: [], cancel };
  }

  return {
    add(record) {
      open ??= begin();
      open.records.push(`${record}${end}`);
    },
    flush: async () => flush(),
  };
}

type Destination = z.infer<typeof streamSchema>["ExtendedS3DestinationConfiguration"];

export function streamOf(arn: string, assembly: Assembly): Resource | undefined {
  return assembly.ofType("AWS::KinesisFirehose::DeliveryStream").find((each) => each.arn === arn);
}

/** Throws where AWS would refuse the stream, or Firehose to write. */
function destinationOf(stream: Resource, store: ObjectStore) {
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

function write({ began, records }: OpenFile, stream: string, to: Destination, options: FirehoseOptions): void {
  const { store, maxFileBytes, authorize } = options;
  const { yyyy, MM, dd, HH, mm, ss } = dateParts(began);
  const bucket = bucketOf(to.BucketARN)?.bucket ?? "";
  for (const part of splitByBytes(records, maxFileBytes)) {
    const text = part.join("");
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
