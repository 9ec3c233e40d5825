import { historyDays, hoursOf, pairsOf, piecesAt, startOf } from "../../functions/detect/rollup.ts";
import { establishedParameters, userDayParameters } from "../../functions/detect/rollup-query.ts";
import { slowWindowAt } from "../../functions/detect/run.ts";
import { HOUR, MINUTE } from "../../functions/domain/instant.ts";

const at = (text: string) => Date.parse(`${text}Z`);
const names = (now: string, registered: readonly string[] = [], counted: Readonly<Record<string, number>> = {}) => {
  const hour = new Map(registered.map((name) => [name, 2]));
  const days = new Map(registered.map((name) => [name.slice(0, 10), 3]));
  const day = new Map([...days, ...Object.entries(counted)]);
  return piecesAt(at(now), { hour, day }).map(({ partition }) => partition);
};

describe("what a run inserts", () => {
  test.each([
    {
      case: "in the middle of a day",
      now: "2026-11-22T10:20:00",
      pieces: ["2026-11-22-07", "2026-11-22-08", "2026-11-22-09"],
    },
    {
      case: "just after midnight",
      now: "2026-11-22T00:20:00",
      pieces: ["2026-11-21-21", "2026-11-21-22", "2026-11-21-23", "2026-11-21"],
    },
    {
      case: "at the end of a month",
      now: "2026-03-01T01:20:00",
      pieces: ["2026-02-28-22", "2026-02-28-23", "2026-03-01-00", "2026-02-28"],
    },
    {
      case: "at the end of a February with a leap day",
      now: "2028-03-01T00:20:00",
      pieces: ["2028-02-29-21", "2028-02-29-22", "2028-02-29-23", "2028-02-29"],
    },
    {
      case: "at the end of a year",
      now: "2027-01-01T02:20:00",
      pieces: ["2026-12-31-23", "2027-01-01-00", "2027-01-01-01", "2026-12-31"],
    },
    {
      case: "while the hour's logs are on their way",
      now: "2026-11-22T10:14:59",
      pieces: ["2026-11-22-06", "2026-11-22-07", "2026-11-22-08"],
    },
  ])("$case", ({ now, pieces }) => {
    expect(names(now)).toEqual(pieces);
  });

  test("hours that earlier runs left out, but nothing before the first one", () => {
    expect(names("2026-11-22T10:20:00", ["2026-11-22-02", "2026-11-22-04", "2026-11-22-05"])).toEqual(
      ["03", "06", "07", "08", "09"].map((hour) => `2026-11-22-${hour}`),
    );
  });

  test("after a long outage six hours at a time, the latest first", () => {
    const pieces = names("2026-11-22T23:20:00", ["2026-11-22-00"]);
    expect(pieces).toHaveLength(9);
    expect(pieces[0]).toBe("2026-11-22-14");
  });

  test("a day again when an hour of it is made good", () => {
    const all = [...hoursOf("2026-11-21"), ...hoursOf("2026-11-22")].filter((hour) => hour !== "2026-11-21-20");
    expect(names("2026-11-22T10:20:00", all)).toEqual([
      "2026-11-21-20",
      "2026-11-22-07",
      "2026-11-22-08",
      "2026-11-22-09",
      "2026-11-21",
    ]);
  });

  test.each([
    { case: "that was never counted", counted: { "2026-11-21": 0 } },
    { case: "of which an hour has changed since it was counted", counted: { "2026-11-21": 1 } },
  ])("a day $case, also when none of its hours is due", ({ counted }) => {
    const all = [...hoursOf("2026-11-21"), ...hoursOf("2026-11-22")];
    expect(names("2026-11-22T10:20:00", all)).not.toContain("2026-11-21");
    expect(names("2026-11-22T10:20:00", all, counted)).toContain("2026-11-21");
  });

  test("each hour is among the pieces of three runs, and of each run in its three hours", () => {
    const counts = new Map<string, number>();
    for (let run = 0; run < 30; run += 1)
      for (const name of names(new Date(at("2026-12-30T12:20:00") + run * HOUR).toISOString().slice(0, 19)))
        counts.set(name, (counts.get(name) ?? 0) + 1);
    expect([...counts].filter(([name]) => name > "2026-12-30-12" && name < "2026-12-31-15").map(([, n]) => n)).toEqual(
      expect.arrayContaining([3]),
    );
    expect(counts.get("2026-12-31-00")).toBe(3);
    expect(counts.get("2026-12-30")).toBe(3);
  });
});

test.each([
  { case: "before the rollup of the last hour is through", now: "2026-11-22T10:24:59", to: "2026-11-22T09:00:00" },
  { case: "once it is", now: "2026-11-22T10:25:00", to: "2026-11-22T10:00:00" },
  { case: "just after midnight", now: "2026-11-22T00:10:00", to: "2026-11-21T23:00:00" },
])("the slow window ends with the last hour that is rolled up: $case", ({ now, to }) => {
  expect(slowWindowAt(at(now))).toEqual({ from: at(to) - 24 * HOUR, to: at(to) });
});

test("pieces begin where their names say", () => {
  expect(startOf({ kind: "hour", partition: "2026-12-31-23" })).toBe(at("2026-12-31T23:00:00"));
  expect(startOf({ kind: "day", partition: "2028-02-29" })).toBe(at("2028-02-29T00:00:00"));
});

test("the history of a look is the seven days before its own", () => {
  expect(historyDays(at("2027-01-03T00:00:00"))).toEqual([
    ..."27 28 29 30 31".split(" ").map((day) => `2026-12-${day}`),
    "2027-01-01",
    "2027-01-02",
  ]);
});

test("parameters fit: a day of hours and a week of days are less than what Athena takes", () => {
  const generation = at("2026-11-22T23:20:00") + 99;
  const hours = new Map(hoursOf("2026-11-21").map((hour) => [hour, generation]));
  const ofDay = userDayParameters({ kind: "day", partition: "2026-11-21" }, generation, hours);
  expect(ofDay.slice(0, 2)).toEqual(["'2026-11-21-00'", "'2026-11-21-23'"]);
  expect(ofDay.at(-1)).toBe(`'${generation}'`);
  expect(Math.max(...ofDay.map((text) => text.length))).toBeLessThanOrEqual(1024);
  expect(establishedParameters(at("2026-11-22T00:05:00") + MINUTE, new Map([["2026-11-20", 5]]))).toEqual([
    "'2026-11-15'",
    "'2026-11-21'",
    "'2026-11-20=5'",
  ]);
});

test("pairs are in order, whatever the order of the register", () => {
  expect(
    pairsOf(
      new Map([
        ["b", 2],
        ["a", 1],
      ]),
    ),
  ).toBe("a=1,b=2");
});
