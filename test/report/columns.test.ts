import fc from "fast-check";

import { type Packed, packColumn } from "../../report/columns.ts";

/** As the page reads it; the page's own reader meets the same columns in a browser. */
function valuesOf(column: Packed, count: number): unknown[] {
  if ("raw" in column) return [...column.raw];
  if ("over" in column) return column.over.map((value) => column.base + value);
  if ("lengths" in column) return listsOf(column.lengths, column.items);
  if ("fields" in column) {
    const fields = Object.entries(column.fields).map(([name, field]) => [name, valuesOf(field, count)] as const);
    return Array.from({ length: count }, (_, row) => Object.fromEntries(fields.map(([name, all]) => [name, all[row]])));
  }
  const total = column.of.reduce((sum, pattern) => sum + (column.patterns[pattern]?.length ?? 1) - 1, 0);
  const numbers = valuesOf(column.numbers, total);
  return column.of.map((pattern) => {
    const [first = "", ...parts] = column.patterns[pattern] ?? [];
    return parts.reduce((text, part) => `${text}${numbers.shift()}${part}`, first);
  });
}

function listsOf(lengths: readonly number[], items: Packed): unknown[][] {
  const all = valuesOf(
    items,
    lengths.reduce((sum, length) => sum + length, 0),
  );
  return lengths.map((length) => all.splice(0, length));
}

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.stringMatching(/^[0-9. -]{0,20}$/),
  fc.nat().map((n) => `${n} of 0${n}`),
);
const row = fc.record({
  source: text,
  score: fc.integer(),
  first: fc.oneof(fc.integer(), text),
  reasons: fc.array(fc.record({ text, observed: fc.array(fc.record({ name: text, value: fc.double() })) })),
  series: fc.array(fc.array(fc.nat())),
});

test("whatever the rows, they read back as they were", () => {
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      expect(JSON.stringify(valuesOf(packColumn(rows), rows.length))).toBe(JSON.stringify(rows));
    }),
  );
});

test("texts that differ in numbers alone share a pattern", () => {
  const texts = ["44 failures on 7 users", "9 failures on 12 users", "0 failures on 1 users"];
  expect(packColumn(texts)).toEqual({
    patterns: [["", " failures on ", " users"]],
    of: [0, 0, 0],
    numbers: { base: 0, over: [44, 7, 9, 12, 0, 1] },
  });
});

test.each([
  { case: "leading zeros", text: "2026-03-03" },
  { case: "more digits than a number keeps", text: "12345678901234567" },
])("$case stay part of the text", ({ text }) => {
  const texts = [text, text, text];
  expect(valuesOf(packColumn(texts), 3)).toEqual(texts);
});
