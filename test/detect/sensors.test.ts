import type { CountedCalls } from "../../functions/detect/coverage-run.ts";
import { readSensors, type SensorPorts, settledMinutes } from "../../functions/detect/sensors.ts";
import { MINUTE, toIso } from "../../functions/domain/instant.ts";
import { sensorNames, sensorsOf } from "../../functions/domain/sensors.ts";

const NOW = Date.UTC(2026, 10, 22, 0, 7, 20);
const folders = {
  edge: "s3://edge/AWSLogs/111122223333/WAFLogs/cloudfront/portcullis-edge/",
  pool: "s3://pool/AWSLogs/111122223333/WAFLogs/eu-west-1/portcullis-pool/",
  trail: "s3://trail/AWSLogs/111122223333/CloudTrail/eu-west-1/",
  fastTrail: "s3://fast/fast-trail/",
};
const calls = (count: number): CountedCalls => {
  const minutes = new Map([[settledMinutes(NOW).from, count]]);
  return { edge: minutes, pool: minutes, categories: new Map([["UserCreation", minutes]]) };
};

const never = async (): Promise<boolean> => false;

function ports(over: Partial<SensorPorts> = {}): SensorPorts {
  return {
    isLogging: async () => true,
    trailStatus: async () => ({ isLogging: true, deliveryError: null }),
    calls: { read: async () => calls(1) },
    hasFileAfter: async () => true,
    subscriptions: async () => ({ confirmed: 1, pending: 0 }),
    ...over,
  };
}
const read = async (over: Partial<SensorPorts>) => {
  const { ok, failures } = await readSensors(ports(over), { sensors: sensorNames, folders, now: NOW });
  return {
    broken: sensorNames.filter((name) => ok.get(name) === false),
    silent: sensorNames.filter((name) => !ok.has(name)),
    failures,
  };
};

test.each([
  { case: "all is well", over: {}, broken: [] },
  {
    case: "calls without a log file",
    over: { hasFileAfter: never },
    broken: ["edge-logs", "pool-logs", "trail-logs", "fast-trail-logs"],
  },
  {
    case: "only EventBridge brings nothing",
    over: { hasFileAfter: async (folder: string) => folder !== folders.fastTrail },
    broken: ["fast-trail-logs"],
  },
  {
    case: "no file, for nobody called",
    over: { hasFileAfter: never, calls: { read: async () => calls(0) } },
    broken: [],
  },
  {
    case: "nobody listens",
    over: { subscriptions: async () => ({ confirmed: 0, pending: 0 }) },
    broken: ["subscriptions"],
  },
  {
    case: "one of two has not confirmed",
    over: { subscriptions: async () => ({ confirmed: 1, pending: 1 }) },
    broken: ["subscriptions"],
  },
  { case: "a log is off", over: { isLogging: async (acl: string) => acl === "edge" }, broken: ["pool-logging"] },
  { case: "the trail is gone", over: { trailStatus: async () => null }, broken: ["trail-logging"] },
  {
    case: "the trail is stopped",
    over: { trailStatus: async () => ({ isLogging: false, deliveryError: null }) },
    broken: ["trail-logging"],
  },
  {
    case: "the trail's bucket refuses",
    over: { trailStatus: async () => ({ isLogging: true, deliveryError: "AccessDenied" }) },
    broken: ["trail-logging"],
  },
])("$case", async ({ over, broken }) => {
  expect(await read(over)).toEqual({ broken, silent: [], failures: [] });
});

test("what cannot be asked says nothing, and does not keep the others from speaking", async () => {
  const refused = new Error("AccessDenied");
  const end = await read({ calls: { read: () => Promise.reject(refused) } });
  expect(end).toEqual({
    broken: [],
    silent: ["edge-logs", "pool-logs", "trail-logs", "fast-trail-logs"],
    failures: [refused, refused, refused, refused],
  });
});

test("files are looked for from the first minute whose calls are counted, also across midnight", async () => {
  const asked: string[] = [];
  const hasFileAfter = async (_folder: string, address: string) => asked.push(address) > 0;
  await read({ hasFileAfter });
  expect(toIso(settledMinutes(NOW).from)).toBe("2026-11-21T23:35:00.000Z");
  expect(NOW - settledMinutes(NOW).to).toBeGreaterThanOrEqual(15 * MINUTE);
  expect(asked.sort()).toEqual([
    `${folders.edge}2026/11/21/23/35`,
    `${folders.fastTrail}2026/11/21/23/35`,
    `${folders.pool}2026/11/21/23/35`,
    `${folders.trail}2026/11/21/111122223333_CloudTrail_eu-west-1_20261121T2335Z`,
  ]);
});

test("what a deployment does not have is not sensed", () => {
  expect(sensorsOf({ hasPoolAcl: false, trailArn: null, hasFastTrail: false })).toEqual([
    "edge-logging",
    "edge-logs",
    "trail-logs",
    "subscriptions",
  ]);
  expect(sensorsOf({ hasPoolAcl: true, trailArn: "arn", hasFastTrail: true })).toEqual(sensorNames);
});
