/**
 * Rows as columns, which compress to a fraction of the rows: one list for each field, texts as the few patterns that
 * they follow and the numbers in them. `report/browser/report.js` reads a row back from them.
 */
export type Packed =
  | { readonly raw: readonly unknown[] }
  /** Whole numbers less the least of them. */
  | { readonly base: number; readonly over: readonly number[] }
  /** The n-th text follows pattern `of[n]`, with its numbers, in order, between the parts of the pattern. */
  | { readonly patterns: readonly (readonly string[])[]; readonly of: readonly number[]; readonly numbers: Packed }
  | { readonly lengths: readonly number[]; readonly items: Packed }
  | { readonly fields: Readonly<Record<string, Packed>> };

/** Objects must all have the fields of the first; lists hold values of one kind. Whatever is mixed stays as it is. */
export function packColumn(values: readonly unknown[]): Packed {
  if (values.every((value) => typeof value === "string")) return packTexts(values);
  if (values.every((value) => Number.isSafeInteger(value))) return packNumbers(values.map(Number));
  if (values.every((value) => Array.isArray(value)))
    return { lengths: values.map(({ length }) => length), items: packColumn(values.flat()) };
  if (values.every(isObject)) return packObjects(values);
  return { raw: values };
}

function packNumbers(values: readonly number[]): Packed {
  const base = values.reduce((least, value) => Math.min(least, value), values[0] ?? 0);
  return { base, over: values.map((value) => value - base) };
}

function packObjects(values: readonly Readonly<Record<string, unknown>>[]): Packed {
  const names = Object.keys(values[0] ?? {});
  return { fields: Object.fromEntries(names.map((name) => [name, packColumn(values.map((value) => value[name]))])) };
}

/** A number with leading zeros, or too long to be kept exactly, is part of the pattern. */
const NUMBER = /(?<!\d)(0|[1-9]\d{0,14})(?!\d)/;

function packTexts(values: readonly string[]): Packed {
  const patterns: string[][] = [];
  const known = new Map<string, number>();
  const numbers: number[] = [];
  const of = values.map((value) => {
    // Splitting by a group keeps what it matched: parts and numbers take turns.
    const pieces = value.split(NUMBER);
    const parts = pieces.filter((_, index) => index % 2 === 0);
    for (let index = 1; index < pieces.length; index += 2) numbers.push(Number(pieces[index]));
    const key = JSON.stringify(parts);
    const place = known.get(key) ?? patterns.push(parts) - 1;
    known.set(key, place);
    return place;
  });
  if (patterns.length > values.length / 2) return { raw: values };
  return { patterns, of, numbers: packNumbers(numbers) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
