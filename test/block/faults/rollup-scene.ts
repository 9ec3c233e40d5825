/** What `rollup` works on: INSERTs as the lake would hold them, and what must hold of those that are registered. */
import { dynamoDbRollups } from "../../../functions/detect/aws/dynamodb-rollups.ts";
import { hoursBefore, hoursOf } from "../../../functions/detect/rollup.ts";
import { DAY, HOUR, MINUTE } from "../../../functions/domain/instant.ts";
import type { Deployment } from "./deployment.ts";
import { TABLE } from "./environment.ts";
import { createMachines, type Interference, type Stroke } from "./machines.ts";

const failedInsert = { QueryExecutionId: "none", Status: { State: "FAILED" } };

/** The ways through the machine. */
export const stories: Readonly<Record<string, () => NonNullable<Interference["query"]>>> = {
  "logs that can be read": () => () => null,
  "an hour that is read in slices": () => {
    let inserts = 0;
    return () => (++inserts === 1 ? failedInsert : null);
  },
  "logs that cannot be read": () => () => failedInsert,
};

/** Rows by piece and generation: how many minutes of an hour, or from which hours a day, was inserted. */
export function createLake() {
  const minutes = new Map<string, number>();
  const days = new Map<string, string>();
  const queried: Interference["queried"] = (request) => {
    const { QueryString, ExecutionParameters } = Object(request);
    const literals: string[] = ExecutionParameters.map((literal: string) => literal.replaceAll("'", ""));
    const generation = literals.at(-1);
    if (QueryString === "days") {
      days.set(`${literals[0]?.slice(0, 10)}=${generation}`, literals[2] ?? "");
      return;
    }
    const [from = 0, to = 0] = literals
      .filter((literal) => /^\d{4}-\d\d-\d\d \d\d:/.test(literal))
      .map((literal) => Date.parse(`${literal.replace(" ", "T")}Z`));
    const piece = `${new Date(from).toISOString().slice(0, 13).replace("T", "-")}=${generation}`;
    minutes.set(piece, (minutes.get(piece) ?? 0) + (to - from) / MINUTE);
  };
  return { queried, minutes, days };
}
export type Lake = ReturnType<typeof createLake>;

/**
 * Twenty past two at night: of the three hours to roll up one is of the day before, which is over. An hour ago all went
 * well.
 */
export async function beginNight(deployment: Deployment, lake: Lake, interference: Interference, stroke?: Stroke) {
  const at = Math.floor(Date.now() / DAY + 1) * DAY + HOUR + 20 * MINUTE;
  deployment.pass(at - Date.now());
  const evening = createMachines(deployment, { interference: lake });
  await deployment.begin([], { states: evening.service });
  expect((await evening.run("rollup", {}, "an-hour-ago")).status).toBe("SUCCEEDED");
  await evening.stop();
  deployment.pass(at + HOUR - Date.now());
  const machines = createMachines(deployment, {
    interference: { ...lake, ...interference },
    ...(stroke && { stroke }),
  });
  const { status } = await machines.run("rollup", {}, "night");
  return { machines, status };
}

/** From whatever has happened at night: the next hours' executions make it good. */
export async function goOnAtNight(deployment: Deployment, lake: Lake): Promise<void> {
  const left = await expectVouchedFor(deployment, lake);
  const machines = createMachines(deployment, { interference: lake });
  for (const name of ["an-hour-later", "two-hours-later"]) {
    deployment.pass(HOUR);
    expect((await machines.run("rollup", {}, name)).status).toBe("SUCCEEDED");
  }
  expectNoneTakenBack(left, await expectRolledUp(deployment, lake));
  await machines.stop();
}

interface Registered {
  readonly hours: ReadonlyMap<string, number>;
  readonly days: ReadonlyMap<string, number>;
}

/** Holds at every instant: what is registered has been inserted, all of it, and what queries see is no less. */
async function expectVouchedFor(deployment: Deployment, lake: Lake): Promise<Registered> {
  const register = dynamoDbRollups(TABLE);
  const yesterday = new Date(Date.now() - DAY).toISOString().slice(0, 10);
  const asked = [...hoursOf(yesterday), ...hoursBefore(Date.now())];
  const hours = await deployment.timed(() => register.read("hour", [...new Set(asked)]));
  const days = await deployment.timed(() => register.read("day", [yesterday]));
  for (const [hour, generation] of hours) {
    expect(lake.minutes.get(`${hour}=${generation}`)).toBe(60);
    expect(told(deployment, hour)).toBeGreaterThanOrEqual(generation);
    expect(lake.minutes.get(`${hour}=${told(deployment, hour)}`)).toBe(60);
  }
  for (const [day, generation] of days) expect(lake.days.get(`${day}=${generation}`)).toBeDefined();
  return { hours, days };
}

/** What queries that cannot see the register are told of an hour. */
function told(deployment: Deployment, hour: string): number {
  return Object(deployment.account().evidence.get(`registered/dt=${hour}/hour.json`)).generation ?? 0;
}

/** Nothing that was there before has gone, and nothing has become older. */
function expectNoneTakenBack(before: Registered, after: Registered): void {
  for (const kind of ["hours", "days"] as const)
    for (const [partition, generation] of before[kind])
      expect(after[kind].get(partition)).toBeGreaterThanOrEqual(generation);
}

/** The last hours are rolled up, and the day that is over, from its hours as they are registered. */
async function expectRolledUp(deployment: Deployment, lake: Lake): Promise<Registered> {
  const registered = await expectVouchedFor(deployment, lake);
  for (const hour of hoursBefore(Date.now()).slice(-4)) expect(registered.hours.has(hour)).toBe(true);
  const [[day, generation] = []] = [...registered.days];
  const counted = lake.days.get(`${day}=${generation}`)?.split(",");
  const ofDay = [...registered.hours].filter(([hour]) => hour.startsWith(`${day}-`));
  expect(counted).toEqual(ofDay.map((pair) => pair.join("=")).sort());
  return registered;
}
