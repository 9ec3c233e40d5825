import { type GlanceRow, glanceRows, glanceTable } from "../../bench/glance.ts";

const merge: GlanceRow = { name: "merge", what: "IPv4, adjacent /24", beside: "iprange", ratio: 0.75, aim: 1 };
const edge: GlanceRow = { name: "edge", what: "SignUp", beside: "bare primitives", ratio: 1.918 };
const pageOf = (rows: readonly GlanceRow[]) =>
  `# Benchmarks\n\n<!-- glance -->\n${glanceTable(rows, [])}\n<!-- /glance -->\n`;

test("a page remembers its ratios to three digits", () => {
  expect(glanceRows(pageOf([merge, edge]))).toEqual([merge, { ...edge, ratio: 1.92 }]);
  expect(glanceRows("# Benchmarks\n")).toEqual([]);
});

test("a ratio stands beside the one that was committed, and the change is a ratio too", () => {
  const committed = glanceRows(pageOf([merge]));
  expect(
    glanceTable([{ ...merge, ratio: 1.5 }, edge], committed)
      .split("\n")
      .slice(2),
  ).toEqual([
    "| merge | IPv4, adjacent /24 | iprange | 1.5 | 1 | 0.75 (× 2) |",
    "| edge | SignUp | bare primitives | 1.92 | – | – |",
  ]);
});
