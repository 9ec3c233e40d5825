/**
 * Sensors: whether what the evidence comes from, and those who are told, are still there.
 *
 * Trigger    schedule, every five minutes; also safe to start by hand.
 * Run twice  reads only.
 * Primary    configuration is asked for; of logs, whether any file came in a time in which CloudWatch counted calls.
 * Fallback   a sensor that cannot be read says nothing: its alarm takes missing data for a fault.
 * Gotcha     a log file that holds other calls than ours passes for a sign of life; what it lacks, `coverage` tells.
 */
import { type Instant, MINUTE, type Window } from "../domain/instant.ts";
import type { LogFolders } from "../domain/names.ts";
import type { SensorName } from "../domain/sensors.ts";
import type { MinuteCounts } from "./coverage.ts";
import type { CallMetrics, CountedCalls } from "./coverage-run.ts";
import { trailFileAt, wafPartition } from "./evidence-query.ts";

export interface SensorPorts {
  /** Whether the log of the web ACL is switched on; false for a pool that has lost its web ACL. */
  isLogging(acl: "edge" | "pool"): Promise<boolean>;
  /** Null for a trail that is gone. */
  trailStatus(): Promise<TrailStatus | null>;
  readonly calls: CallMetrics;
  /** Whether a file lies in the folder that comes after this address, in the order of names. */
  hasFileAfter(folder: string, address: string): Promise<boolean>;
  subscriptions(): Promise<{ readonly confirmed: number; readonly pending: number }>;
}

export interface TrailStatus {
  readonly isLogging: boolean;
  /** What S3 said to the last delivery; null if it took it. */
  readonly deliveryError: string | null;
}

export interface SensorReadings {
  readonly ok: ReadonlyMap<SensorName, boolean>;
  /** Why the others could not be read. */
  readonly failures: readonly unknown[];
}

interface LogFiles {
  readonly folder: string;
  /** Files of the window come after this. */
  readonly after: string;
}

const LOG_STEP = 5 * MINUTE;
/** CloudTrail, the slowest of the logs asked, is there within a quarter of an hour. */
const LOGS_ARE_THERE = 15 * MINUTE;

/** The minutes whose calls must have left a file by now. */
export function settledMinutes(now: Instant): Window {
  const to = Math.floor((now - LOGS_ARE_THERE) / LOG_STEP) * LOG_STEP;
  return { from: to - LOGS_ARE_THERE, to };
}

export async function readSensors(
  ports: SensorPorts,
  { sensors, folders, now }: { sensors: readonly SensorName[]; folders: LogFolders; now: Instant },
): Promise<SensorReadings> {
  const window = settledMinutes(now);
  const counted = once(() => ports.calls.read(window));
  const areThere = async (counts: (all: CountedCalls) => readonly (MinuteCounts | null)[], log: LogFiles) =>
    totalOf(counts(await counted())) === 0 || (await ports.hasFileAfter(log.folder, log.after));
  const inMinutes = (folder = "") => ({ folder, after: `${folder}${wafPartition(window.from)}` });
  const trail = { folder: folders.trail, after: trailFileAt(folders.trail, window.from) };
  const read: Readonly<Record<SensorName, () => Promise<boolean>>> = {
    "edge-logging": () => ports.isLogging("edge"),
    "pool-logging": () => ports.isLogging("pool"),
    "edge-logs": () => areThere(({ edge }) => [edge], inMinutes(folders.edge)),
    "pool-logs": () => areThere(({ pool }) => [pool], inMinutes(folders.pool)),
    "trail-logging": async () => {
      const status = await ports.trailStatus();
      return status?.isLogging === true && status.deliveryError === null;
    },
    "trail-logs": () => areThere(({ categories }) => [...categories.values()], trail),
    "fast-trail-logs": () => areThere(({ categories }) => [...categories.values()], inMinutes(folders.fastTrail)),
    subscriptions: async () => {
      const { confirmed, pending } = await ports.subscriptions();
      return confirmed > 0 && pending === 0;
    },
  };
  const ends = await Promise.allSettled(sensors.map((name) => read[name]()));
  return {
    ok: new Map(
      sensors.flatMap((name, index): [SensorName, boolean][] => {
        const end = ends[index];
        return end?.status === "fulfilled" ? [[name, end.value]] : [];
      }),
    ),
    failures: ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : [])),
  };
}

function totalOf(counts: readonly (MinuteCounts | null)[]): number {
  return counts.reduce((sum, each) => [...(each?.values() ?? [])].reduce((total, calls) => total + calls, sum), 0);
}

/** Several sensors ask the same; it is asked once, and fails for all. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}
