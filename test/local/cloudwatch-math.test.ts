import { compileMetricMath } from "../../local/cloudwatch/metric-math.ts";

const series: Readonly<Record<string, (number | null)[]>> = {
  a: [10, null, 30],
  b: [1, 2, 0],
};
const evaluate = (text: string) =>
  compileMetricMath(text).evaluate({ length: 3, period: () => 60, series: (id) => series[id] ?? [] });

test.each([
  { text: "a + b * 2", values: [12, null, 30] },
  { text: "(a + b) * 2", values: [22, null, 60] },
  { text: "-a", values: [-10, null, -30] },
  { text: "a / b", values: [10, null, null] },
  { text: "30 * (a / PERIOD(a))", values: [5, null, 15] },
  { text: "FILL(a, 0)", values: [10, 0, 30] },
  { text: "FILL(a, REPEAT)", values: [10, 10, 30] },
  { text: "SUM([a, b])", values: [11, 2, 30] },
  { text: "MAX([a, b])", values: [10, 2, 30] },
  { text: "MIN([a, b])", values: [1, 2, 0] },
  { text: "AVG([a, b])", values: [5.5, 2, 15] },
  { text: "5", values: [5, 5, 5] },
])("$text", ({ text, values }) => {
  expect(evaluate(text)).toEqual(values);
});

test("tells which metrics it needs, each once", () => {
  expect(compileMetricMath("a + FILL(b, 0) / PERIOD(a)").ids).toEqual(["a", "b"]);
});

test.each([
  "METRICS()",
  "SUM(METRICS())",
  "a > 1",
  "a ? 1 : 2",
  "'x'",
  "a, b",
  "IF(a, 1, 0)",
  "SUM([])",
  "SUM([a,,b])",
  "this",
])("refuses %s", (text) => {
  expect(() => evaluate(text)).toThrow(/Metric math/);
});
