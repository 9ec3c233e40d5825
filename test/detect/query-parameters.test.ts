import { stringList } from "../../functions/detect/environment-list.ts";
import { prepareLook } from "../../functions/detect/query-parameters.ts";
import { historyDays, hoursIn } from "../../functions/detect/rollup.ts";
import type { LogFolders } from "../../functions/domain/names.ts";
import type { Run } from "../../functions/domain/run.ts";
import { aRun } from "./run-builders.ts";

const scope = { clientIds: ["1example23456789abcdefghij"], gateHashes: ["ab"] };
const at = (text: string) => Date.parse(`${text}Z`);
const slowWindow = { from: "2026-11-21T11:00:00Z", to: "2026-11-22T11:00:00Z" };
const run = aRun({ slowWindow, lookedAt: "2026-11-22T12:05:00Z" });
const [yesterday = "", today = ""] = ["2026-11-21", "2026-11-22"];
const hours = hoursIn({ from: at("2026-11-21T11:00:00"), to: at("2026-11-22T11:00:00") });
const week = historyDays(at("2026-11-22T11:00:00"));

const NOW = at("2026-11-22T12:05:00");

/** A register that knows these pieces, all of one generation. */
function registerOf(pieces: readonly string[], generation = at("2026-11-22T11:20:00") + 99) {
  return {
    sampled: async (asked: readonly string[]) => asked.slice(0, 1),
    read: async (_: unknown, asked: readonly string[]) =>
      new Map(asked.filter((partition) => pieces.includes(partition)).map((partition) => [partition, generation])),
  };
}

test("each query has parameters of its own, all of them SQL literals that Athena takes", async () => {
  const { parameters } = await prepareLook(registerOf([...hours, ...week]), run, scope);
  for (const literal of Object.values(parameters).flat()) {
    expect(literal).toMatch(/^'([^']|'')*'$/);
    expect(literal.length).toBeLessThanOrEqual(1024);
  }
});

test("the slow window is asked of the registered hours, and of the bans from its first day to that of the look", async () => {
  const { parameters } = await prepareLook(registerOf(hours, 7), run, scope);
  expect(parameters.slow).toEqual([
    ...[`'${yesterday}'`, `'${today}'`, `'${NOW}'`, `'${yesterday}-11'`, `'${today}-10'`],
    `'${hours.map((hour) => `${hour}=7`).join(",")}'`,
  ]);
});

test("a ban of today cuts a window that ended yesterday", async () => {
  const window = { from: "2026-11-20T23:00:00Z", to: "2026-11-21T23:00:00Z" };
  const justAfterMidnight = aRun({ slowWindow: window, lookedAt: "2026-11-22T00:05:00Z" });
  const { parameters } = await prepareLook(registerOf([]), justAfterMidnight, scope);
  expect(parameters.slow).toEqual([
    ...["'2026-11-20'", "'2026-11-22'", `'${at("2026-11-22T00:05:00")}'`],
    ...["'2026-11-20-23'", "'2026-11-21-22'", "''"],
  ]);
});

test("the history is asked for the seven days before that of the look; just after midnight yesterday is not missing", async () => {
  const window = { from: "2026-12-30T23:00:00Z", to: "2026-12-31T23:00:00Z" };
  const look = (slowWindow: Run["slowWindow"], lookedAt: string) =>
    prepareLook(registerOf(["2026-12-30"], 7), aRun({ slowWindow, lookedAt }), scope);
  const early = await look(window, "2027-01-01T00:05:00Z");
  expect(early.parameters.history).toEqual(["'2026-12-25'", "'2026-12-31'", "'2026-12-30=7'"]);
  expect(early.run.notRolledUp?.days).toEqual([]);
  const later = await look({ from: "2026-12-31T00:00:00Z", to: "2027-01-01T00:00:00Z" }, "2027-01-01T00:25:00Z");
  expect(later.run.notRolledUp?.days).toEqual(["2026-12-31"]);
});

describe("what nobody has rolled up", () => {
  test.each([
    { case: "nothing, where all is there", pieces: [...hours, ...week], hours: [], days: [] },
    {
      case: "hours, wherever they lie",
      pieces: [...hours.slice(1, 9), ...hours.slice(10), ...week],
      hours: [hours[0], hours[9]],
      days: [],
    },
    { case: "every hour, in a new deployment", pieces: [], hours, days: [] },
    { case: "no day before the first one", pieces: [...hours, ...week.slice(3)], hours: [], days: [] },
    {
      case: "days since the first one, the last included",
      pieces: [...hours, week[0], week[1], week[3], week[4]],
      hours: [],
      days: [week[2], week[5], week[6]],
    },
  ])("is $case", async ({ pieces, hours: lacking, days }) => {
    const look = await prepareLook(registerOf(pieces as string[]), run, scope);
    expect(look.run.notRolledUp).toEqual({ hours: lacking, days, sampled: [hours[0]] });
  });
});

test("ten times as many clients as a pool usually has still fit into a parameter", async () => {
  const clientIds = Array.from({ length: 30 }, (_, index) => `client${String(index).padStart(20, "0")}`);
  const { parameters } = await prepareLook(registerOf(hours), run, { ...scope, clientIds });
  for (const literal of parameters.short) expect(literal.length).toBeLessThanOrEqual(1024);
});

describe("what is too large for one query is read in part", () => {
  test.each([
    { part: "slowHalf", first: `${yesterday}-23`, hours: 12 },
    { part: "slowSample", first: `${today}-09`, hours: 2 },
  ] as const)("$part is asked of the newest $hours hours", async ({ part, first, hours: count }) => {
    const { parameters } = await prepareLook(registerOf(hours, 7), run, scope);
    expect(parameters[part].slice(3, 5)).toEqual([`'${first}'`, `'${today}-10'`]);
    expect(parameters[part][5]).toBe(
      `'${hours
        .slice(-count)
        .map((hour) => `${hour}=7`)
        .join(",")}'`,
    );
  });

  test.each([
    { part: "historyHalf", days: 4 },
    { part: "historySample", days: 2 },
  ] as const)("$part is asked of the newest $days days", async ({ part, days }) => {
    const { parameters } = await prepareLook(registerOf(week, 7), run, scope);
    const asked = week.slice(-days);
    expect(parameters[part]).toEqual([`'${asked[0]}'`, `'${asked.at(-1)}'`, `'${asked.map((day) => `${day}=7`)}'`]);
  });

  test("ten times over: of a slow window's hours, and of the web ACLs' logs that are counted, less than a tenth", async () => {
    const { parameters } = await prepareLook(registerOf(hours, 7), run, scope);
    const read = parameters.slowSample[5]?.split(",").length ?? 24;
    expect(read / 24).toBeLessThan(0.1);
    expect(parameters.coverageSample.filter((literal) => literal === "'~'")).toHaveLength(4);
  });
});

test("the logs are counted in CloudTrail files of the window, not in those of the whole day", async () => {
  const trail = "s3://logs/AWSLogs/111122223333/CloudTrail/eu-west-1/";
  const acl = "s3://logs/AWSLogs/111122223333/WAFLogs/cloudfront/acl/";
  const folders: LogFolders = { edge: acl, pool: acl, trail };
  const { parameters } = await prepareLook(registerOf(hours), run, { ...scope, folders });
  const [first, last] = parameters.coverage.filter((literal) => literal === "'~'" || literal.includes("_CloudTrail_"));
  expect(first).toMatch(/^'s3:.*\/2026\/11\/22\/111122223333_CloudTrail_eu-west-1_20261122T11\d\dZ'$/);
  expect(last).toBe("'~'");
});

test("a run whose window cannot be read is refused", async () => {
  const unreadable = aRun({ shortWindow: { from: "yesterday", to: "2026-11-22T12:00:00Z" } });
  await expect(prepareLook(registerOf([]), unreadable, scope)).rejects.toThrow(/no readable window/);
});

test.each([
  { case: "comma-separated text", text: "a,b" },
  { case: "a single text", text: '"a"' },
  { case: "numbers", text: "[1]" },
  { case: "nothing", text: "" },
])("a list in the environment that is $case is refused by its name", ({ text }) => {
  expect(() => stringList(text, "CLIENT_IDS")).toThrow(/CLIENT_IDS/);
});

test("an empty list is a list", () => expect(stringList("[]", "EGRESS")).toEqual([]));
