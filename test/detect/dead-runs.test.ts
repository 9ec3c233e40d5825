/** Alarms of a run that died are taken up by another, and by one. */
import { admitRun } from "../../functions/detect/admit.ts";
import { readTrigger } from "../../functions/detect/alarm-event.ts";
import { resumeDeadRuns } from "../../functions/detect/dead-runs.ts";
import type { Lease } from "../../functions/detect/lease.ts";
import { DAY } from "../../functions/domain/instant.ts";
import { aLease, MINUTE, memoryLeases, NOW } from "./run-builders.ts";

const scope = { alarmPrefixes: ["portcullis-"], categories: ["UserAuthentication"] };
const alarm = (percent: number, at = NOW) => ({
  name: `portcullis-UserAuthentication-${percent}`,
  region: "eu-west-1",
  at,
});

/** Executions are started once by one name. */
function aMachine(...leases: Lease[]) {
  const started = new Map<string, unknown>();
  const running = new Set<string>();
  const executions = {
    start: async (name: string, input: unknown) => void started.set(name, input),
    isRunning: async (name: string) => running.has(name),
  };
  const resume = (now: number) => resumeDeadRuns({ leases: { readAll: async () => leases }, executions }, now);
  return { started, running, resume };
}

const dead = (over: Partial<Lease> = {}) =>
  aLease({ fence: 4, expiresAt: NOW, alarms: [alarm(90, NOW - MINUTE), alarm(50, NOW - 2 * MINUTE)], ...over });

test("a run that let its lease run out is resumed for its latest alarm, once in ten minutes until one takes over", async () => {
  const { started, resume } = aMachine(dead());
  expect(await resume(NOW + 2 * MINUTE - 1)).toBe(0);
  for (const minutes of [2, 3, 11, 12]) expect(await resume(NOW + minutes * MINUTE)).toBe(1);
  expect([...started.keys()]).toEqual(["resume-UserAuthentication-4-0", "resume-UserAuthentication-4-1"]);
  expect([...started.values()][0]).toEqual({
    resume: {
      ...{ category: "UserAuthentication", alarmName: alarm(90).name, alarmRegion: "eu-west-1" },
      at: "2026-11-22T11:59:00.000Z",
    },
  });
});

test.each([
  { case: "released", lease: dead({ owner: null }) },
  { case: "held", lease: dead({ expiresAt: NOW + 9 * MINUTE }) },
  { case: "of a run without alarm", lease: dead({ alarms: [] }) },
  { case: "of a run whose last alarm is a day old", lease: dead({ alarms: [alarm(90, NOW + 5 * MINUTE - DAY)] }) },
])("a lease that is $case starts nothing", async ({ lease }) => {
  expect(await aMachine(lease).resume(NOW + 5 * MINUTE)).toBe(0);
});

test("a run that is only slow is left alone, however long its lease is over", async () => {
  const { running, resume } = aMachine(dead({ owner: "run-1" }));
  running.add("run-1");
  expect(await resume(NOW + 30 * MINUTE)).toBe(0);
  running.delete("run-1");
  expect(await resume(NOW + 31 * MINUTE)).toBe(1);
});

test("the run that comes in its place has its category and all its alarms", async () => {
  const { started, resume } = aMachine(dead());
  const now = NOW + 5 * MINUTE;
  await resume(now);
  const trigger = readTrigger([...started.values()][0], scope);
  if (trigger.kind === "ignored") throw new Error(trigger.reason);
  const { leases, stored } = memoryLeases(dead());
  const admitted = await admitRun(leases, { trigger, runId: "run-2", startedAt: now, now, roundSeconds: 60 });
  expect(admitted).toMatchObject({
    decision: "run",
    run: { trigger: "alarm", category: "UserAuthentication", alarmName: alarm(90).name, alarmRegion: "eu-west-1" },
  });
  expect(stored()).toMatchObject({ owner: "run-2", fence: 5 });
  expect(
    stored()
      ?.alarms.map(({ name }) => name)
      .sort(),
  ).toEqual([alarm(50).name, alarm(90).name]);
});

test.each([
  { case: "a category that is none", over: { category: "Other" } },
  { case: "an instant without zone", over: { at: "2026-11-22" } },
])("a start with $case is refused", ({ over }) => {
  const resume = { category: "all", alarmName: "a", alarmRegion: "eu-west-1", at: "2026-11-22T12:00:00Z", ...over };
  expect(() => readTrigger({ resume }, scope)).toThrow();
});
