/**
 * Log delivery: takes the records that CloudFront, WAF and Cognito write and lays them into the templates' buckets at
 * AWS's pace, under AWS's object names and in AWS's formats. What no template asks for is delivered nowhere.
 *
 * Run twice   each record is delivered once; files are split, never cut.
 * At the end  `stop` delivers what is still waiting, so no record is lost with the world.
 */

import { AwsError } from "./aws-wire.ts";
import type { Batches } from "./log-delivery/batches.ts";
import { cloudFrontDeliveries } from "./log-delivery/cloud-front.ts";
import { type ExistingTrail, trailDeliveries } from "./log-delivery/cloud-trail.ts";
import { type Authorize, firehoseDelivery, streamOf } from "./log-delivery/firehose.ts";
import { createParquetWriter } from "./log-delivery/parquet.ts";
import { trailEvents } from "./log-delivery/trail-events.ts";
import { wafDeliveries } from "./log-delivery/waf.ts";
import type { Clock, EventBus, LogSink } from "./ports.ts";
import type { ObjectStore } from "./s3.ts";
import type { Assembly } from "./template.ts";

export interface LogDeliveryOptions {
  readonly clock: Clock;
  readonly assembly: Assembly;
  readonly store: ObjectStore;
  /** Where a file is split, uncompressed; AWS closes WAF files at 75 MB, CloudTrail's are smaller. */
  readonly maxFileBytes?: number;
  readonly maxFileRecords?: number;
  readonly existingTrail?: ExistingTrail | undefined;
  readonly mayDeliver?: ((trailArn: string) => boolean) | undefined;
  /** Whether a trail is switched on; without it every trail is. */
  readonly isRecording?: (trailArn: string) => boolean;
  /** Where CloudTrail's records are events, too. */
  readonly bus?: EventBus;
  readonly trailEventDelayMs?: number | undefined;
  /** Whether a role may write an object; see local/iam.ts. Without it every role may. */
  readonly authorize?: Authorize;
}

export interface LogDelivery extends LogSink {
  /** A record that some service hands to Firehose. Throws `AwsError` for a stream that is not there. */
  putRecord(streamArn: string, record: unknown): void;
  /** Delivers at once what has been written so far. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

const MAX_FILE_BYTES = 32 * 1024 * 1024;
const MAX_FILE_RECORDS = 100_000;

export function createLogDelivery(options: LogDeliveryOptions): LogDelivery {
  const { clock, assembly, store, maxFileBytes = MAX_FILE_BYTES, maxFileRecords = MAX_FILE_RECORDS } = options;
  const { bus, trailEventDelayMs, isRecording = () => true } = options;
  const parquet = createParquetWriter();
  const wafs = wafDeliveries({ ...options, maxFileBytes });
  const trails = trailDeliveries({ ...options, maxFileBytes });
  const distributions = cloudFrontDeliveries({ assembly, clock, store, parquet, maxFileRecords });
  const events = bus && trailEvents({ clock, assembly, bus, ...(trailEventDelayMs && { delayMs: trailEventDelayMs }) });
  const streams = new Map<string, Batches<string>>();

  function openStream(arn: string): Batches<string> {
    const stream = streamOf(arn, assembly);
    if (!stream) throw new AwsError("ResourceNotFoundException", `Firehose ${arn} not found`);
    const opened = firehoseDelivery(stream, { ...options, maxFileBytes });
    streams.set(arn, opened);
    return opened;
  }

  async function flush(): Promise<void> {
    const all = [...wafs.values(), ...trails, ...distributions.values(), ...streams.values()];
    await Promise.all(all.map((each) => each.flush()));
  }

  return {
    waf: (aclArn, record) => wafs.get(aclArn)?.add(record),
    cloudFront: (distributionId, record) => distributions.get(distributionId)?.add(record),
    cloudTrail(region, record) {
      const taking = trails.filter((trail) => trail.takes(region, record));
      for (const trail of taking) trail.batchesOf(region).add(record);
      if (taking.some(({ arn }) => arn === undefined || isRecording(arn))) events?.add({ region, record });
    },
    putRecord: (arn, record) => (streams.get(arn) ?? openStream(arn)).add(JSON.stringify(record)),
    flush,
    async stop() {
      await flush();
      await parquet.close();
    },
  };
}
