/** The slow window by its own query: what is counted of rolled-up hours, and from when on, by way of DuckDB. */
import { queryText } from "../../cli/analysis.ts";
import { answerOf } from "../../functions/block/answers.ts";
import { type ProfileReading, readProfiles } from "../../functions/detect/profiles.ts";
import { slowParameters } from "../../functions/detect/rollup-query.ts";
import { HOUR, type Instant, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { cellColumns } from "../../infra/rollup-tables.ts";
import { type DuckDb, openDuckDb, queryRows } from "../../local/duckdb.ts";
import { aBan, aClaim, aPlan } from "../block/builders.ts";

const END = Date.UTC(2026, 10, 22, 11);
const window = { from: END - 24 * HOUR, to: END };
const NOW = END + 40 * MINUTE;
const CURRENT = 2;

interface Cell {
  readonly source: string | null;
  readonly at: Instant;
  readonly range?: string;
  readonly failures?: number;
  readonly generation?: number;
}

let db: DuckDb;
beforeEach(async () => {
  db = await openDuckDb({ threads: 1 });
  const columns = Object.entries(cellColumns).map(([name, type]) => `${name} ${type === "string" ? "varchar" : type}`);
  await db.connection.run(`create table call_cells (${columns.join(", ")}, dt varchar)`);
  await db.connection.run(`create table ban_answers ("at" bigint, ends bigint, sources varchar[], dt varchar)`);
});
afterEach(() => db.close());

async function lay(cells: readonly Cell[]): Promise<void> {
  for (const { source, at, range = null, failures = 1, generation = CURRENT } of cells) {
    const slot = Math.floor(at / MINUTE) * MINUTE;
    const values: Record<string, unknown> = {
      ...{
        source_ip: source,
        source_range: range,
        path: "proxied",
        operation: "InitiateAuth",
        slot,
        user_tag: "user-1",
      },
      ...{ calls: failures, failures, first_ts: at, last_ts: at, generation, dt: hourOf(at) },
    };
    const columns = [...Object.keys(cellColumns), "dt"];
    const row = columns.map((name) => {
      const value = values[name] ?? (cellColumns[name] === "bigint" ? 0 : null);
      return typeof value === "string" ? `'${value}'` : String(value);
    });
    await db.connection.run(`insert into call_cells values (${row.join(", ")})`);
  }
}

/** By the very object that Apply writes. */
async function ban(sources: readonly string[], at: Instant, simulatedUntil: Instant | null = null): Promise<void> {
  const plan = aPlan({ at: toIso(at) });
  const simulated = simulatedUntil !== null;
  const claim = aClaim({ at: plan.at, until: toIso(simulatedUntil ?? at + HOUR) });
  const bans = sources.map((source) => aBan({ source, simulated, claims: { [plan.run.runId]: claim } }));
  const answer = answerOf(plan, "runs/run-1/1/plan.json", bans);
  if (!answer) throw new Error("nothing was claimed");
  const list = answer.document.sources.map((source) => `'${source}'`).join(", ");
  const day = /dt=([\d-]+)/.exec(answer.key)?.[1];
  const { at: answered, ends } = answer.document;
  await db.connection.run(`insert into ban_answers values (${answered}, ${ends}, [${list}], '${day}')`);
}

const hourOf = (at: Instant) => toIso(at).slice(0, 13).replace("T", "-");
const generationsOf = (cells: readonly Cell[]) => new Map(cells.map(({ at }) => [hourOf(at), CURRENT]));

async function slowLook(registered: ReadonlyMap<string, number>): Promise<ProfileReading> {
  const parameters = slowParameters(registered, window, NOW).map((literal) => literal.slice(1, -1));
  return readProfiles(await queryRows(db.connection, queryText("registered-cells", "profiles"), parameters));
}

const SOURCE = "203.0.113.7";
const deed = (at: Instant, failures = 1): Cell => ({ source: SOURCE, at, failures });

async function lookAt(cells: readonly Cell[]) {
  await lay(cells);
  return await slowLook(generationsOf(cells));
}

test("times and counts come back as they were rolled up", async () => {
  const first = END - 5 * HOUR + 12_345;
  const { profiles, whole } = await lookAt([deed(first, 3), deed(END - HOUR, 4)]);
  expect(profiles).toEqual([
    expect.objectContaining({
      ...{ source: "203.0.113.7/32", failures: 7, activeMinutes: 2, peakPerMinute: 4 },
      ...{ firstSeen: first, lastSeen: END - HOUR, countedFrom: null },
    }),
  ]);
  expect(whole).toMatchObject({ sources: 1, calls: 7 });
});

test("only the generation that is registered counts, and only hours of the window", async () => {
  const cells = [deed(END - HOUR), { ...deed(END - HOUR, 100), generation: 1 }, deed(END + MINUTE, 100)];
  const { profiles } = await lookAt(cells);
  expect(profiles.map(({ failures }) => failures)).toEqual([1]);
});

test("no registered hour, nothing seen", async () => {
  await lay([deed(END - HOUR)]);
  expect(await slowLook(new Map())).toMatchObject({ profiles: [], whole: { calls: 0 } });
});

test("calls over time are those of hours", async () => {
  const { profiles, timeline } = await lookAt([deed(END - HOUR), deed(END - HOUR + 3 * MINUTE), deed(END - 5 * HOUR)]);
  const hours = [5, 1].map((ago) => (END - ago * HOUR) / MINUTE);
  expect(profiles[0]?.timeline?.map(({ minute, calls }) => [minute, calls])).toEqual([
    [hours[0], 1],
    [hours[1], 2],
  ]);
  expect(timeline).toEqual(profiles[0]?.timeline);
});

describe("what a ban has answered", () => {
  test.each([
    { case: "is left out, with what came through until it was in force", at: END - 3 * HOUR, failures: 8 },
    { case: "is all there is, when the ban is younger than the window", at: NOW - MINUTE, failures: undefined },
    { case: "counts no more than the last ban says", at: END - 2 * HOUR, failures: 8 },
  ])("$case", async ({ at, failures }) => {
    const before = [deed(at - 3 * HOUR), deed(at - MINUTE, 2), deed(at + 2 * MINUTE, 4)];
    await ban(["203.0.113.7/32"], at - 3 * HOUR);
    await ban(["203.0.113.7/32"], at);
    const other = { source: "192.0.2.9", at: END - 6 * HOUR, failures: 5 };
    const { profiles, whole } = await lookAt(
      [...before, deed(at + 4 * MINUTE, 8), other].filter((cell) => cell.at < END),
    );
    const found = profiles.find(({ source }) => source === "203.0.113.7/32");
    expect(found?.failures).toBe(failures);
    if (found) expect(found.countedFrom).toBe(at + 3 * MINUTE);
    expect(profiles.find(({ source }) => source === "192.0.2.9/32")).toMatchObject({ failures: 5, countedFrom: null });
    expect(whole?.calls).toBe(5 + (failures ?? 0));
  });

  test.each([
    { source: "2001:db8:0:5::/64", spelled: "2001:db8:0:5::/64" },
    { source: "2001:db8::/64", spelled: "2001:db8:0:0::/64" },
  ])("is found as the queries spell $source", async ({ source, spelled }) => {
    await ban([source], END - HOUR);
    const { profiles } = await lookAt([
      { source: spelled, at: END - 2 * HOUR },
      { source: spelled, at: END - 30 * MINUTE },
    ]);
    expect(profiles).toEqual([expect.objectContaining({ source, failures: 1, countedFrom: END - HOUR + 3 * MINUTE })]);
  });

  test("by the whole range is answered for each of its sources, and for the range", async () => {
    const of = (host: number, at: Instant): Cell => ({ source: `203.0.113.${host}`, range: "203.0.113.0/24", at });
    const cells = [1, 2, 3, 4, 5, 6, 7].flatMap((host) => [of(host, END - 5 * HOUR), of(host, END - HOUR)]);
    await ban(["203.0.113.7/32"], END - 30 * MINUTE);
    await ban(["203.0.113.0/24"], END - 2 * HOUR);
    const { profiles, groups } = await lookAt(cells);
    expect(profiles).toHaveLength(6);
    expect(profiles[0]).toMatchObject({ failures: 1, countedFrom: END - 2 * HOUR + 3 * MINUTE });
    expect(groups).toEqual([
      expect.objectContaining({ source: "203.0.113.0/24", failures: 6, countedFrom: END - 2 * HOUR + 3 * MINUTE }),
    ]);
  });

  test("by the bans of single sources leaves the range its own, uncut", async () => {
    const of = (host: number): Cell => ({ source: `203.0.113.${host}`, range: "203.0.113.0/24", at: END - 5 * HOUR });
    await ban(["203.0.113.1/32"], END - 4 * HOUR);
    const { groups } = await lookAt([1, 2, 3, 4, 5, 6, 7].map(of));
    expect(groups).toEqual([expect.objectContaining({ source: "203.0.113.0/24", failures: 6, countedFrom: null })]);
    expect(groups[0]?.crowd).toMatchObject({ sources: 6, quietSources: 6 });
  });

  test.each([
    { case: "counts again while the ban is only simulated", until: NOW + 1, failures: 3 },
    { case: "counts no more once a simulated ban is over", until: NOW, failures: 1 },
  ])("$case", async ({ until, failures }) => {
    await ban(["203.0.113.7/32"], END - HOUR, until);
    const { profiles } = await lookAt([deed(END - 2 * HOUR, 2), deed(END - 30 * MINUTE, 1)]);
    expect(profiles).toEqual([expect.objectContaining({ failures })]);
  });

  test("is read from objects of before there was a word on simulated bans", async () => {
    await db.connection.run(
      `insert into ban_answers values (${END - HOUR}, null, ['203.0.113.7'], '${toIso(END - HOUR).slice(0, 10)}')`,
    );
    const { profiles } = await lookAt([deed(END - 2 * HOUR, 2), deed(END - 30 * MINUTE, 1)]);
    expect(profiles).toEqual([expect.objectContaining({ failures: 1 })]);
  });

  test("cannot be told of calls of nobody in particular", async () => {
    await ban(["203.0.113.7/32"], END - HOUR);
    const { unattributed } = await lookAt([{ source: null, at: END - 2 * HOUR, failures: 3 }]);
    expect(unattributed.noAddress).toBe(3);
  });
});
