/**
 * CloudTrail's records as events on the default bus ("AWS service events delivered via AWS CloudTrail"): only while a trail
 * records them, and none that is larger than an event may be. AWS promises no time; ADR 41 has what was measured.
 */
import { createHash } from "node:crypto";

import { SECOND } from "../../functions/domain/instant.ts";
import type { BusEvent, Clock, EventBus } from "../ports.ts";
import type { Assembly } from "../template.ts";
import { type Batches, createBatches } from "./batches.ts";

type TrailRecord = Readonly<Record<string, unknown>>;

/** From the call to its event. */
export const TRAIL_EVENT_DELAY = 30 * SECOND;
const LARGEST_EVENT = 256 * 1024;

export interface TrailEventOptions {
  readonly clock: Clock;
  readonly assembly: Assembly;
  readonly bus: EventBus;
  readonly delayMs?: number;
}

export interface TrailEvent {
  readonly region: string;
  readonly record: TrailRecord;
}

/** Null where no rule asks for such events: nothing would come of them. */
export function trailEvents(options: TrailEventOptions): Batches<TrailEvent> | null {
  const { clock, assembly, bus, delayMs = TRAIL_EVENT_DELAY } = options;
  const rules = assembly.ofType("AWS::Events::Rule").map(({ properties }) => JSON.stringify(properties));
  if (!rules.some((rule) => rule.includes(" via CloudTrail"))) return null;
  return createBatches<TrailEvent>({
    ...{ clock, slotMs: SECOND, delayMs: delayMs - SECOND },
    deliver(_slot, events) {
      for (const { region, record } of events) {
        const event = busEvent(region, record);
        if (Buffer.byteLength(JSON.stringify(event)) <= LARGEST_EVENT) bus.put(region, event);
      }
    },
  });
}

function busEvent(region: string, record: TrailRecord): BusEvent {
  const service = String(record["eventSource"]).split(".")[0];
  return {
    version: "0",
    id: uuidOf(String(record["eventID"])),
    "detail-type": record["eventType"] === "AwsServiceEvent" ? "AWS Service Event via CloudTrail" : API_CALL,
    source: `aws.${service}`,
    account: String(record["recipientAccountId"]),
    time: String(record["eventTime"]),
    region,
    resources: [],
    detail: record,
  };
}

const API_CALL = "AWS API Call via CloudTrail";

/** Not the record's own id. */
function uuidOf(eventId: string): string {
  const digits = createHash("sha256").update(eventId).digest("hex");
  return digits.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
