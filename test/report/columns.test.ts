import fc from "fast-check";
import * as z from "zod";

import { packRows } from "../../report/columns.ts";

const numbers = z.strictObject({ base: z.number(), at: z.number(), width: z.number(), count: z.number() });
type Numbers = z.infer<typeof numbers>;
type Column = Record<string, unknown>;

/** Everything back, column by column. The page's own reader meets the same columns in a browser. */
function unpack(whole: Uint8Array): unknown[] {
  const length = new DataView(whole.buffer).getUint32(0, true);
  const { columns, count } = JSON.parse(new TextDecoder().decode(whole.subarray(4, 4 + length)));
  const bytes = whole.subarray(4 + length);
  return valuesOf(columns, count);

  function valuesOf(column: Column, count: number): unknown[] {
    if ("raw" in column) return z.array(z.unknown()).parse(column["raw"]);
    if ("texts" in column)
      return numbersOf(column["of"]).map((index) => z.array(z.string()).parse(column["texts"])[index]);
    if ("patterns" in column) return textsOf(column);
    if ("lengths" in column) {
      const lengths = numbersOf(column["lengths"]);
      const items = valuesOf(
        column["items"] as Column,
        lengths.reduce((sum, length) => sum + length, 0),
      );
      return lengths.map((length) => items.splice(0, length));
    }
    if (!("fields" in column)) return numbersOf(column);
    const fields = Object.entries(column["fields"] as Record<string, Column>);
    const all = fields.map(([name, field]) => [name, valuesOf(field, count)] as const);
    return Array.from({ length: count }, (_, row) => Object.fromEntries(all.map(([name, list]) => [name, list[row]])));
  }

  function textsOf(column: Column): string[] {
    const patterns = z.array(z.array(z.string())).parse(column["patterns"]);
    const slots = z
      .array(z.array(z.unknown()))
      .parse(column["slots"])
      .map((list) => list.map(numbersOf));
    return numbersOf(column["of"]).map((pattern) => {
      const [first = "", ...parts] = patterns[pattern] ?? [];
      return parts.reduce((text, part, slot) => `${text}${slots[pattern]?.[slot]?.shift()}${part}`, first);
    });
  }

  function numbersOf(column: unknown): number[] {
    const { base, at, width, count }: Numbers = numbers.parse(column);
    const planes = Array.from({ length: width }, (_, plane) =>
      bytes.subarray(at + plane * count, at + (plane + 1) * count),
    );
    return Array.from({ length: count }, (_, row) =>
      planes.reduce((sum, plane, index) => sum + (plane[row] ?? 0) * 256 ** index, base),
    );
  }
}

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.stringMatching(/^[0-9. -]{0,20}$/),
  fc.constantFrom("a", "b"),
  fc.nat().map((n) => `${n} of 0${n}`),
);
const row = fc.record({
  source: text,
  score: fc.integer(),
  calls: fc.nat({ max: 2 ** 52 }),
  first: fc.oneof(fc.integer(), text),
  reasons: fc.array(fc.record({ text, observed: fc.array(fc.record({ name: text, value: fc.double() })) })),
  series: fc.array(fc.array(fc.nat())),
});

test("whatever the rows, they read back as they were", () => {
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      expect(JSON.stringify(unpack(packRows(rows, {})))).toBe(JSON.stringify(rows));
    }),
  );
});

test("a text whose numbers alone change costs its numbers, and one that repeats a byte", () => {
  const rows = Array.from({ length: 1_000 }, (_, n) => ({ why: `${n % 250} failures on 7 users`, state: "ban" }));
  expect(unpack(packRows(rows, {}))).toEqual(rows);
  expect(packRows(rows, {}).length).toBeLessThan(2_500);
});

test.each([
  { case: "leading zeros", text: "2026-03-03" },
  { case: "more digits than a number keeps", text: "12345678901234567" },
])("$case stay part of the text", ({ text }) => {
  const rows = [{ text: `${text} 1` }, { text: `${text} 2` }, { text: `${text} 3` }];
  expect(unpack(packRows(rows, {}))).toEqual(rows);
});
