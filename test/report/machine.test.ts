import { readFileSync } from "node:fs";
import { join } from "node:path";

import { statesOf } from "../../report/machine.ts";

const definition: unknown = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../statemachines/mitigate.asl.json"), "utf8"),
);

test("the deployed machine is drawn in the order of a healthy run", () => {
  const names = statesOf(definition).map(({ name }) => name);
  const way = ["Admit", "Query", "Score", "Plan", "Apply", "Notify", "Watch"];
  expect(names.filter((name) => way.includes(name))).toEqual(way);
});

test("states that only an error reaches are left out", () => {
  const machine = {
    StartAt: "A",
    States: {
      A: { Type: "Task", Catch: [{ Next: "Broken" }], Next: "B" },
      B: { Type: "Succeed" },
      Broken: { Type: "Fail" },
    },
  };
  expect(statesOf(machine)).toEqual([
    { name: "A", kind: "task" },
    { name: "B", kind: "end" },
  ]);
});

test.each([
  { case: "null", value: null },
  { case: "a text", value: "x" },
  { case: "a dangling Next", value: { StartAt: "A", States: {} } },
])("$case is a machine without states", ({ value }) => {
  expect(statesOf(value)).toEqual([]);
});
