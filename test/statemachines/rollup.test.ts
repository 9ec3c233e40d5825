/**
 * The machine of the template with the real steps, and the local Athena on the tables of the template over logs as AWS
 * lays them; only the register is in memory.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { queryText } from "../../cli/analysis.ts";
import { hoursOf, type Piece, pairsOf, type RollupRegister } from "../../functions/detect/rollup.ts";
import { establishedParameters } from "../../functions/detect/rollup-query.ts";
import { pieceFailed, pieceInserted, startRollup } from "../../functions/detect/rollup-run.ts";
import { DAY, HOUR, type Instant, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { rollupRequestSchema } from "../../functions/domain/rollup.ts";
import { type Athena, createAthena } from "../../local/athena.ts";
import { createS3, type ObjectStore } from "../../local/s3.ts";
import type { Assembly } from "../../local/template.ts";
import { aCall, type Call, errors, GATE, logsOf, trailFile } from "../detect/traffic.ts";
import { noMetrics, plainClock } from "../local/builders.ts";
import { aWorld } from "../local/step-functions/builders.ts";
import { synthesisedAssembly } from "../local/synthesised.ts";

jest.setTimeout(120_000);

const NOON = Date.UTC(2026, 10, 22, 12);
const RUN_AT = NOON + 20 * MINUTE;
const names = { trail: "portcullis-trail-111122223333", results: "portcullis-evidence-111122223333" };
const scope = { clientIds: [], gateHashes: [createHash("sha256").update(GATE).digest("hex")] };

let assembly: Assembly;
let folder: string;
let store: ObjectStore;
let athena: Athena;
let register: ReturnType<typeof memoryRegister>;
let now = RUN_AT;

beforeAll(async () => {
  assembly = await synthesisedAssembly();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-rollup-"));
  store = createS3({ folder, buckets: assembly.ofType("AWS::S3::Bucket").map(({ name }) => name) }).store;
  athena = createAthena({ clock: { ...plainClock, now: () => now }, assembly, store, metrics: noMetrics });
  register = memoryRegister();
});
afterEach(async () => {
  await athena.stop();
  rmSync(folder, { recursive: true });
});

/** Under the contract of test/contracts/rollup-register.ts. */
function memoryRegister() {
  const stored = new Map<string, number>();
  const samples = new Set<string>();
  const key = ({ kind, partition }: Piece) => `${kind} ${partition}`;
  return {
    stored,
    async read(kind, partitions) {
      const found = partitions.map((partition) => [partition, stored.get(key({ kind, partition }))] as const);
      return new Map(found.flatMap(([partition, n]) => (n === undefined ? [] : [[partition, n]])));
    },
    sampled: async (hours) => hours.filter((hour) => samples.has(`hour ${hour}`)),
    async write(piece, generation, isSample = false) {
      if ((stored.get(key(piece)) ?? 0) >= generation) return false;
      stored.set(key(piece), generation);
      if (isSample) samples.add(key(piece));
      else samples.delete(key(piece));
      return true;
    },
  } satisfies RollupRegister & { stored: Map<string, number> };
}

let files = 0;
function deliver(calls: readonly Call[]): void {
  const days = new Set(calls.map(({ at }) => toIso(at).slice(0, 10).replaceAll("-", "/")));
  for (const day of days) {
    files += 1;
    const own = calls.filter(({ at }) => toIso(at).slice(0, 10).replaceAll("-", "/") === day);
    const key = `AWSLogs/111122223333/CloudTrail/eu-west-1/${day}/${files}.json.gz`;
    store.put(names.trail, key, gzipSync(trailFile(logsOf(own).trail)));
  }
}

type Fault = (sql: string, parameters: readonly string[], nth: number) => boolean;

/** One execution that starts at `at`. A query that `fault` names writes what it has to and then fails. */
async function rollUp(at: Instant, fault: Fault = () => false) {
  now = at;
  const machine = assembly.ofType("AWS::StepFunctions::StateMachine").filter(({ name }) => name.endsWith("-rollup"));
  let inserts = 0;
  const world = aWorld(
    machine,
    {},
    {
      athena: {
        async runQuery(request, region) {
          inserts += 1;
          const nth = inserts;
          const ended = await athena.runQuery(request, region);
          const { QueryString, ExecutionParameters } = Object(request);
          return fault(QueryString, ExecutionParameters, nth) ? { ...ended, Status: { State: "FAILED" } } : ended;
        },
      },
      functions: { invoke: async (_, payload) => ({ ok: true, payload: await step(payload, at) }) },
    },
  );
  const { status, error } = await world.run({});
  await world.stop();
  return { status, error, inserts };
}

function step(payload: unknown, at: Instant) {
  const request = rollupRequestSchema.parse(payload);
  const evidence = {
    write: async (key: string, document: object) =>
      store.put(names.results, key, Buffer.from(JSON.stringify(document))),
  };
  const world = { register, scope, evidence };
  if (request.step === "start") return startRollup(world, toIso(at));
  return request.step === "inserted" ? pieceInserted(world, request.progress) : pieceFailed(world, request.progress);
}

async function rowsOf(sql: string, parameters: readonly string[] = []): Promise<string[]> {
  const request = {
    QueryString: sql,
    QueryExecutionContext: { Database: "portcullis_logs" },
    WorkGroup: "portcullis-evidence",
    ...(parameters.length > 0 && { ExecutionParameters: parameters }),
  };
  const { Status, QueryExecutionId } = await athena.runQuery(request, "us-east-1");
  if (Status.State !== "SUCCEEDED") throw new Error(String(Status["StateChangeReason"]));
  const csv = store.get(names.results, `athena/${QueryExecutionId}.csv`)?.toString() ?? "";
  return csv.trim().replaceAll('"', "").split("\n").slice(1);
}

/** What readers see: the calls of each hour, by the registered generations. */
async function countedCalls(): Promise<string[]> {
  const hours = await register.read("hour", [...hoursOf("2026-11-21"), ...hoursOf("2026-11-22")]);
  return rowsOf(
    `SELECT dt, sum(calls) AS n FROM call_cells WHERE contains(split(?, ','), dt || '=' || CAST(generation AS varchar)) GROUP BY dt ORDER BY dt`,
    [`'${pairsOf(hours)}'`],
  );
}

const morning = () =>
  [1, 2, 3].flatMap((hour) =>
    Array.from({ length: hour }, (_, n) => aCall({ at: NOON - hour * HOUR + n * MINUTE, user: `u${n}` })),
  );

test("the last three hours become cells, by the hour", async () => {
  deliver(morning());
  expect(await rollUp(RUN_AT)).toEqual({ status: "SUCCEEDED", error: null, inserts: 3 });
  expect(await countedCalls()).toEqual(["2026-11-22-09,3", "2026-11-22-10,2", "2026-11-22-11,1"]);
  expect(
    await rowsOf("SELECT source_ip, path, operation, successes, slot FROM call_cells WHERE dt = '2026-11-22-11'"),
  ).toEqual([`203.0.113.7,proxied,InitiateAuth,1,${NOON - HOUR}`]);
});

test("twice is once", async () => {
  deliver(morning());
  await rollUp(RUN_AT);
  const once = await countedCalls();
  await rollUp(RUN_AT + MINUTE);
  expect(await countedCalls()).toEqual(once);
  expect(await rowsOf("SELECT sum(calls) AS n FROM call_cells")).toEqual(["12"]);
});

test("queries for people see the generation that is registered, not the newest one", async () => {
  deliver(morning());
  await rollUp(RUN_AT);
  const callers = () =>
    rowsOf(readFileSync(join(import.meta.dirname, "../../functions/detect/queries/people/top-callers.sql"), "utf8"), [
      ...["'2026-11-22-09'", "'2026-11-22-11'", "'InitiateAuth'"],
    ]);
  const before = await callers();
  expect(before.map((row) => row.split(",").slice(0, 3).join())).toEqual(["203.0.113.7,proxied,6"]);
  deliver([aCall({ at: NOON - HOUR + 30 * MINUTE, user: "late" })]);
  await rollUp(RUN_AT + MINUTE, () => true);
  expect(await callers()).toEqual(before);
  await rollUp(RUN_AT + 2 * MINUTE);
  expect((await callers())[0]).toContain("203.0.113.7,proxied,7");
});

test("an execution that ends late takes nothing back", async () => {
  deliver(morning());
  await rollUp(RUN_AT + MINUTE);
  const before = new Map(register.stored);
  await rollUp(RUN_AT);
  expect(register.stored).toEqual(before);
});

test("files that come late are in the next runs", async () => {
  deliver(morning());
  await rollUp(RUN_AT);
  deliver([aCall({ at: NOON - HOUR + 30 * MINUTE, user: "late" })]);
  await rollUp(RUN_AT + HOUR);
  expect(await countedCalls()).toEqual(["2026-11-22-09,3", "2026-11-22-10,2", "2026-11-22-11,2"]);
});

test("what a failed INSERT wrote is never read, and the same execution makes the hour good", async () => {
  deliver(morning());
  expect(await rollUp(RUN_AT, (_, __, nth) => nth === 2)).toEqual({ status: "SUCCEEDED", error: null, inserts: 7 });
  expect(await rowsOf("SELECT sum(calls) AS n FROM call_cells WHERE dt = '2026-11-22-10'")).toEqual(["4"]);
  expect(await countedCalls()).toEqual(["2026-11-22-09,3", "2026-11-22-10,2", "2026-11-22-11,1"]);
});

test("an hour that stays broken fails the execution, but no other hour, and is made good later", async () => {
  deliver(morning());
  const broken: Fault = (_, parameters) => parameters.at(-5) === "'2026-11-22 10:00:00.000'";
  expect(await rollUp(RUN_AT, broken)).toEqual({ status: "FAILED", error: "RollupIncomplete", inserts: 6 });
  expect(await countedCalls()).toEqual(["2026-11-22-09,3", "2026-11-22-11,1"]);
  await rollUp(RUN_AT + 5 * HOUR);
  expect(await countedCalls()).toContain("2026-11-22-10,2");
});

/** From and to of the calls that an INSERT is about. */
function minutesAsked(parameters: readonly string[]): number {
  const [from = 0, to = 0] = parameters.flatMap((literal) =>
    /^'\d{4}-\d\d-\d\d \d\d:/.test(literal) ? Date.parse(`${literal.slice(1, -1).replace(" ", "T")}Z`) : [],
  );
  return (to - from) / MINUTE;
}

describe("an hour beyond the scan limit", () => {
  const cells = () =>
    rowsOf(
      `SELECT slot, user_tag, calls, successes FROM call_cells WHERE contains(split(?, ','), dt || '=' || CAST(generation AS varchar)) ORDER BY slot, user_tag`,
      [`'${pairsOf(new Map([...register.stored].map(([key, n]) => [key.replace("hour ", ""), n])))}'`],
    );

  test.each([
    { times: 3, most: 20, inserts: 3 * (1 + 4) },
    { times: 10, most: 6, inserts: 3 * (1 + 1 + 12) },
  ])("$times times over is rolled up in slices, which come to the same", async ({ most, inserts }) => {
    deliver(Array.from({ length: 180 }, (_, n) => aCall({ at: NOON - n * MINUTE - 1, user: `u${n % 7}` })));
    await rollUp(RUN_AT);
    const whole = await cells();
    register = memoryRegister();
    const tooLarge: Fault = (_, parameters) => minutesAsked(parameters) > most;
    expect(await rollUp(RUN_AT + MINUTE, tooLarge)).toEqual({ status: "SUCCEEDED", error: null, inserts });
    expect(await cells()).toEqual(whole);
    expect(await register.sampled(hoursOf("2026-11-22"))).toEqual([]);
  });

  test("and one of which five minutes are too large is rolled up by a sample, which is said", async () => {
    deliver(morning());
    // A sample asks for no partition of CloudFront's log.
    const tooLarge: Fault = (_, parameters) => parameters.at(-7) !== "'~'";
    expect(await rollUp(RUN_AT, tooLarge)).toMatchObject({ status: "SUCCEEDED", inserts: 3 * (1 + 1 + 1 + 12) });
    // CloudTrail is read whole.
    expect(await countedCalls()).toEqual(["2026-11-22-09,3", "2026-11-22-10,2", "2026-11-22-11,1"]);
    expect(await register.sampled(hoursOf("2026-11-22"))).toEqual(["2026-11-22-09", "2026-11-22-10", "2026-11-22-11"]);
    await rollUp(RUN_AT + MINUTE);
    expect(await register.sampled(hoursOf("2026-11-22"))).toEqual([]);
  });
});

test("a day is counted from its hours once it is over, and again when one of them changes", async () => {
  const evening = Date.UTC(2026, 10, 22, 23);
  deliver([aCall({ at: evening + MINUTE }), aCall({ at: evening + 59 * MINUTE, user: "user-2" })]);
  await rollUp(evening + HOUR + 20 * MINUTE);
  const days = () =>
    rowsOf(
      "SELECT user_kind, successes, failures FROM user_days WHERE contains(split(?, ','), day || '=' || CAST(generation AS varchar)) ORDER BY 1, 2, 3",
      [`'${[...register.stored].filter(([key]) => key.startsWith("day")).map(([key, n]) => `${key.slice(4)}=${n}`)}'`],
    );
  const first = await days();
  expect(first.filter((row) => row.startsWith("tag"))).toEqual(["tag,1,0", "tag,1,0"]);
  deliver([aCall({ at: evening + 30 * MINUTE, error: errors.wrongPassword })]);
  await rollUp(evening + 2 * HOUR + 20 * MINUTE);
  expect((await days()).filter((row) => row.startsWith("tag"))).toEqual(["tag,1,0", "tag,1,1"]);
});

test("after a week the established users of an address are known, and nobody who only came for today", async () => {
  const office = "192.0.2.50";
  const signIn = (day: number, user: string, ip: string) =>
    aCall({ at: NOON + 10 * HOUR + 15 * MINUTE - day * DAY, user, ip });
  const days = [1, 2, 3, 4, 5, 6, 7];
  const lucky = [3, 2].flatMap((day) => [
    ...[0, 1, 2].map(() => ({ ...signIn(day, "guessed", "203.0.113.9"), error: errors.wrongPassword })),
    signIn(day, "guessed", "203.0.113.9"),
  ]);
  deliver([
    ...days.flatMap((day) => [signIn(day, "anna", office), signIn(day, "ben", office)]),
    ...[signIn(6, "carl", "198.51.100.1"), signIn(2, "carl", "198.51.100.1")],
    ...[signIn(1, "once", "198.51.100.2"), signIn(9, "long ago", "198.51.100.2"), ...lucky],
    ...[signIn(0, "bought", "203.0.113.8"), signIn(1, "bought", "203.0.113.8")],
  ]);
  for (const day of [9, ...days.toReversed(), 0]) await rollUp(NOON - day * DAY + 12 * HOUR + 20 * MINUTE);
  const at = NOON + 11 * HOUR;
  const known = await register.read(
    "day",
    days.map((day) => toIso(at - day * DAY).slice(0, 10)),
  );
  const rows = await rowsOf(queryText("established"), establishedParameters(at, known));
  expect(rows.map((row) => row.split(",").slice(0, 3).join())).toEqual([",7,3", "192.0.2.50,7,2", "198.51.100.1,2,1"]);
  // Rows that nobody vouches for are there and count for nothing.
  known.delete("2026-11-20");
  const fewer = await rowsOf(queryText("established"), establishedParameters(at, known));
  expect(fewer.map((row) => row.split(",").slice(0, 3).join())).toEqual([",6,2", "192.0.2.50,6,2"]);
});
