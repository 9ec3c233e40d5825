import type { AwsCall, Clock, Metrics } from "../../local/ports.ts";

/** Where nobody looks at what is counted. */
export const noMetrics: Metrics = { put: () => {} };

/** A clock at wall speed, for stand-ins that only ask for the time. */
export const plainClock: Clock = {
  now: () => Date.now(),
  during: (work) => work(),
  at: () => {
    throw new Error("no timers here");
  },
};

export function anAwsCall(call: Partial<AwsCall> = {}): AwsCall {
  return {
    service: "s3",
    region: "us-east-1",
    accessKeyId: "local",
    method: "POST",
    path: "/",
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.alloc(0),
    ...call,
  };
}

/** What every SDK client of a test needs to reach the local endpoint. */
export function sdkConfig(endpoint: string, accessKeyId = "local") {
  return { endpoint, region: "us-east-1", maxAttempts: 1, credentials: { accessKeyId, secretAccessKey: "local" } };
}
