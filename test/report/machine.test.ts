import { readFileSync } from "node:fs";
import { join } from "node:path";

import { machineOf } from "../../report/machine.ts";
import { drawMachine, planMachine, wordsOf } from "../../report/machine-drawing.ts";

const definitionOf = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../../statemachines/${name}.asl.json`), "utf8"));
const mitigate = machineOf(definitionOf("mitigate"));

test("the deployed machine is read in the order of a healthy run", () => {
  const names = mitigate.states.map(({ name }) => name);
  const way = ["Admit", "Query", "Score", "Plan", "Apply", "Notify", "Watch"];
  expect(names.filter((name) => way.includes(name))).toEqual(way);
});

test("states that only an error reaches are left out, those after a time-out are not", () => {
  const machine = {
    StartAt: "A",
    States: {
      A: {
        Type: "Task",
        Catch: [
          { ErrorEquals: ["States.Timeout"], Next: "Late" },
          { ErrorEquals: ["States.ALL"], Next: "Broken" },
        ],
        Next: "B",
      },
      B: { Type: "Succeed" },
      Late: { Type: "Wait", Next: "B" },
      Broken: { Type: "Fail" },
    },
  };
  expect(machineOf(machine)).toEqual({
    states: [
      { name: "A", kind: "task" },
      { name: "B", kind: "end" },
      { name: "Late", kind: "wait" },
    ],
    ways: [
      { from: "A", to: "B" },
      { from: "A", to: "Late" },
      { from: "Late", to: "B" },
    ],
  });
});

test.each([
  { case: "null", value: null },
  { case: "a text", value: "x" },
  { case: "a dangling Next", value: { StartAt: "A", States: {} } },
  { case: "what every object has", value: { StartAt: "constructor", States: {} } },
])("$case is a machine without states", ({ value }) => {
  expect(machineOf(value)).toEqual({ states: [], ways: [] });
});

describe.each(["across", "down"] as const)("laid out %s", (direction) => {
  const plan = planMachine(mitigate, direction);

  test("no box lies on another, and all is inside the picture", () => {
    const edges = plan.boxes.map(({ name, x, y, width, height }) => {
      return { name, left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
    });
    const { corner } = plan;
    const overlaps = edges.flatMap((a, index) =>
      edges
        .slice(index + 1)
        .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        .map((b) => `${a.name} on ${b.name}`),
    );
    expect(overlaps).toEqual([]);
    for (const { left, right, top, bottom } of edges)
      expect([
        left >= corner.x,
        right <= corner.x + plan.width,
        top >= corner.y,
        bottom <= corner.y + plan.height,
      ]).toEqual([true, true, true, true]);
    const points = plan.ways.flatMap((way) => way.points);
    expect(points.every(({ x, y }) => x >= corner.x && y >= corner.y)).toBe(true);
    expect(points.every(({ x, y }) => x <= corner.x + plan.width && y <= corner.y + plan.height)).toBe(true);
  });

  test("the way gone is told from the ways not taken, and the state of now from both", () => {
    const passed = ["Admit", "Admitted", "Query", "Score"];
    const { text } = drawMachine(plan, "m", { current: ["Score"], passed });
    expect(text.match(/class="way passed"/g)).toHaveLength(3);
    expect(text).toMatch(/class="box task current" data-state="Score"/);
    expect(text).toMatch(/class="box task passed" data-state="Query"/);
    expect(text).toMatch(/class="box task " data-state="Plan"/);
  });
});

test("names of states are read as words, and never as markup", () => {
  expect(wordsOf("UntilNextRound")).toBe("Until next round");
  const hostile = machineOf({ StartAt: "<b>", States: { "<b>": { Type: "Task" } } });
  expect(drawMachine(planMachine(hostile, "down"), "m", { current: [], passed: [] }).text).not.toContain("<b>");
});
