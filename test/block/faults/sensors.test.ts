/** The sensors: whatever cannot be asked, nothing that works is told to be broken, and the next tick tells all. */
import { functionSeconds } from "../../../functions/domain/environment.ts";
import { HOUR, MINUTE, SECOND } from "../../../functions/domain/instant.ts";
import { NOON } from "../builders.ts";
import { type Deployment, type RunEnd, startDeployment } from "./deployment.ts";
import { eachDrawn } from "./sample.ts";
import { type Fault, nameOf, type WireCall } from "./wire.ts";

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(NOON);
});
afterAll(() => deployment.stop());

const faults: readonly Fault[] = ["throttled", "denied", "garbage", "lost", "hung", "crash"];

async function begin(): Promise<void> {
  deployment.pass(2 * HOUR);
  await deployment.begin();
  deployment.account().outside.counted = () => 7;
}

/** What a tick tells of each sensor. */
async function sense(): Promise<{ end: RunEnd; told: Map<string, number>; calls: readonly WireCall[] }> {
  const before = deployment.told().length;
  const began = Date.now();
  const end = await deployment.run("sensors");
  expect(Date.now() - began).toBeLessThan(functionSeconds.sensors * SECOND);
  const lines = deployment.told().slice(before);
  const told = lines.flatMap(({ Sensor, SensorOk }) => (Sensor === undefined ? [] : [[Sensor, SensorOk] as const]));
  return { end, told: new Map(told), calls: [...deployment.wire.calls()] };
}

async function oneCase(fault: Fault, at: number, all: ReadonlyMap<string, number>): Promise<void> {
  await begin();
  deployment.wire.arm(fault, at);
  const { end, told } = await sense();
  expect(end.error).toBeDefined();
  for (const [sensor, isOk] of told) expect([sensor, isOk]).toEqual([sensor, 1]);
  deployment.wire.arm(null);
  deployment.pass(5 * MINUTE);
  const next = await sense();
  expect(next.end.error).toBeUndefined();
  expect(next.told).toEqual(all);
}

test("whatever fails in the sensors, no alarm is false, and the function fails so that one speaks", async () => {
  await begin();
  deployment.wire.arm(null);
  const { end, told, calls } = await sense();
  expect(end.error).toBeUndefined();
  expect([...told].sort()).toEqual(
    ["edge-logging", "edge-logs", "subscriptions", "trail-logging", "trail-logs"].map((name) => [name, 1]),
  );
  const cases = calls.flatMap((call, at) =>
    faults.map((fault) => ({ at, fault, kind: `${call.service} ${fault}`, what: `${nameOf(call, at)}, ${fault}` })),
  );
  await eachDrawn({ name: "sensors" }, cases, ({ fault, at }) => oneCase(fault, at, told));
}, 600_000);
