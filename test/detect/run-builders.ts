import type { Lease, Leases } from "../../functions/detect/lease.ts";
import type { Run } from "../../functions/domain/run.ts";

export const NOW = Date.UTC(2026, 10, 22, 12);
export const MINUTE = 60_000;

export function aQuotaMetric(category: string, namespace = "AWS/Usage") {
  return {
    id: "usage",
    returnData: false,
    metricStat: {
      metric: {
        namespace,
        name: "CallCount",
        dimensions: { Type: "API", Resource: category, Service: "Cognito User Pool", Class: "None" },
      },
      period: 60,
      stat: "Sum",
    },
  };
}

const reasonData = JSON.stringify({ version: "1.0", period: 60, recentDatapoints: [41.5, 93.5], threshold: 50 });
/** The same as Admit reads it. */
export const alarmFacts = { metric: "AWS/Usage CallCount", value: 93.5, threshold: 50, reason: "Threshold Crossed" };

interface AlarmEventParts {
  alarmName?: string;
  value?: string;
  previous?: string | null;
  timestamp?: string;
  metrics?: readonly unknown[] | undefined;
}

export function anAlarmEvent(parts: AlarmEventParts = {}) {
  const {
    alarmName = "portcullis-UserAuthentication-50",
    value = "ALARM",
    previous = "OK",
    timestamp = "2026-11-22T12:00:05.123+0000",
  } = parts;
  const metrics = "metrics" in parts ? parts.metrics : [aQuotaMetric("UserAuthentication")];
  return {
    version: "0",
    id: "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
    "detail-type": "CloudWatch Alarm State Change",
    source: "aws.cloudwatch",
    account: "111122223333",
    time: "2026-11-22T12:00:05Z",
    region: "eu-west-1",
    resources: [`arn:aws:cloudwatch:eu-west-1:111122223333:alarm:${alarmName}`],
    detail: {
      alarmName,
      configuration: metrics ? { metrics } : { alarmRule: "ALARM(x)" },
      state: { value, reason: "Threshold Crossed", reasonData, timestamp },
      ...(previous === null ? {} : { previousState: { value: previous, timestamp: "2026-11-22T11:00:05.123+0000" } }),
    },
  };
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}

export function aRun(parts: Partial<Run> = {}): Run {
  return {
    runId: "run-1",
    trigger: "alarm",
    alarmName: "portcullis-UserAuthentication-50",
    alarmRegion: "eu-west-1",
    category: "UserAuthentication",
    round: 1,
    startedAt: iso(NOW),
    fence: 1,
    shortWindow: { from: iso(NOW - 10 * MINUTE), to: iso(NOW) },
    slowWindow: { from: iso(NOW - 1440 * MINUTE), to: iso(NOW) },
    ...parts,
  };
}

export function aLease(parts: Partial<Lease> = {}): Lease {
  return {
    category: "UserAuthentication",
    owner: "run-1",
    fence: 1,
    expiresAt: NOW + 3 * MINUTE,
    alarms: [],
    version: 1,
    ...parts,
  };
}

/** Leases in memory under the port's contract; `contend` writes between a read and the next write. */
export function memoryLeases(stored: Lease | null = null) {
  let lease = stored;
  let contend: ((current: Lease | null) => Lease | null) | undefined;
  const leases = {
    async read() {
      const seen = lease;
      if (contend) lease = contend(lease);
      contend = undefined;
      return seen;
    },
    async write(next) {
      if (next.version !== (lease?.version ?? 0) + 1) return false;
      lease = next;
      return true;
    },
  } satisfies Leases;
  return {
    leases,
    stored: () => lease,
    contend: (change: (current: Lease | null) => Lease | null) => {
      contend = change;
    },
  };
}
