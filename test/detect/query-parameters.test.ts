import { stringList } from "../../functions/detect/environment-list.ts";
import { queryParameters } from "../../functions/detect/query-parameters.ts";
import { aRun } from "./run-builders.ts";

const known = { clientIds: ["1example23456789abcdefghij"], gateHashes: ["ab"], days: new Map([["2026-11-21", 7]]) };

test("each window has parameters of its own, all of them SQL literals that Athena takes", () => {
  const { short, slow } = queryParameters(aRun(), known);
  expect(short).toHaveLength(slow.length);
  expect(short).not.toEqual(slow);
  for (const literal of [...short, ...slow]) expect(literal).toMatch(/^'([^']|'')*'$/);
});

test("the history is asked for the seven days before that of the look", () => {
  const run = aRun({ slowWindow: { from: "2026-12-31T00:05:00Z", to: "2027-01-01T00:05:00Z" } });
  expect(queryParameters(run, known).history).toEqual(["'2026-12-25'", "'2026-12-31'", "'2026-11-21=7'"]);
});

test("ten times as many clients as a pool usually has still fit into a parameter", () => {
  const clientIds = Array.from({ length: 30 }, (_, index) => `client${String(index).padStart(20, "0")}`);
  for (const literal of queryParameters(aRun(), { ...known, clientIds }).short)
    expect(literal.length).toBeLessThanOrEqual(1024);
});

test("a run whose window cannot be read is refused", () => {
  const run = aRun({ shortWindow: { from: "yesterday", to: "2026-11-22T12:00:00Z" } });
  expect(() => queryParameters(run, known)).toThrow(/no readable window/);
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
