/**
 * Rows as columns, which compress to a fraction of the rows: numbers as bytes, texts as the few patterns that they follow
 * and the numbers in them. `report/browser/report.js` reads a row back from them.
 */
export type Packed =
  | { readonly raw: readonly unknown[] }
  | PackedNumbers
  | { readonly texts: readonly string[]; readonly of: PackedNumbers }
  /** A text is the parts of its pattern with numbers between them: `slots[p][s]` has the s-th of each text of pattern p. */
  | {
      readonly patterns: readonly (readonly string[])[];
      readonly slots: readonly PackedNumbers[][];
      readonly of: PackedNumbers;
    }
  | { readonly lengths: PackedNumbers; readonly items: Packed }
  | { readonly fields: Readonly<Record<string, Packed>> };

/** Whole numbers less the least of them: from `at`, first the lowest bytes of all `count`, then the next, `width` times. */
interface PackedNumbers {
  readonly base: number;
  readonly at: number;
  readonly width: number;
  readonly count: number;
}

/** The columns of all rows, with what else the reader must know: the length of the JSON, the JSON, the bytes of the numbers. */
export function packRows(rows: readonly unknown[], settings: Readonly<Record<string, unknown>>): Uint8Array {
  const packer = new Packer();
  const columns = packer.pack(rows);
  const header = new TextEncoder().encode(JSON.stringify({ ...settings, count: rows.length, columns }));
  const whole = new Uint8Array(4 + header.length + packer.size);
  new DataView(whole.buffer).setUint32(0, header.length, true);
  whole.set(header, 4);
  packer.write(whole.subarray(4 + header.length));
  return whole;
}

/** A number with leading zeros, or too long to be kept exactly, is part of the pattern. */
const NUMBER = /(?<!\d)(0|[1-9]\d{0,14})(?!\d)/;
const NUMBERS = new RegExp(NUMBER, "g");
/** So much fewer different texts than texts are kept whole. */
const FEW = 20;

class Packer {
  size = 0;
  readonly #planes: Uint8Array[] = [];

  write(into: Uint8Array): void {
    let at = 0;
    for (const plane of this.#planes) {
      into.set(plane, at);
      at += plane.length;
    }
  }

  /** Objects must all have the fields of the first; lists hold values of one kind. Whatever is mixed stays as it is. */
  pack(values: readonly unknown[]): Packed {
    if (values.every((value) => typeof value === "string")) return this.#texts(values);
    if (values.every((value) => typeof value === "number" && Number.isSafeInteger(value)))
      return this.#numbers(values as readonly number[]);
    if (values.every((value) => Array.isArray(value)))
      return { lengths: this.#numbers(values.map(({ length }) => length)), items: this.pack(values.flat()) };
    if (values.every(isObject)) return this.#objects(values);
    return { raw: values };
  }

  #objects(values: readonly Readonly<Record<string, unknown>>[]): Packed {
    const names = Object.keys(values[0] ?? {});
    return { fields: Object.fromEntries(names.map((name) => [name, this.pack(values.map((value) => value[name]))])) };
  }

  #numbers(values: readonly number[]): PackedNumbers {
    const base = values.reduce((least, value) => Math.min(least, value), values[0] ?? 0);
    const most = values.reduce((largest, value) => Math.max(largest, value), base) - base;
    const width = most > 0 ? Math.floor(Math.log2(most) / 8) + 1 : 0;
    const column = { base, at: this.size, width, count: values.length };
    for (let plane = 0; plane < width; plane += 1) {
      const unit = 256 ** plane;
      this.#planes.push(Uint8Array.from(values, (value) => Math.floor((value - base) / unit) % 256));
      this.size += values.length;
    }
    return column;
  }

  #texts(values: readonly string[]): Packed {
    const known = new Map([...new Set(values)].map((text, index) => [text, index]));
    if (known.size <= values.length / FEW)
      return { texts: [...known.keys()], of: this.#numbers(values.map((value) => known.get(value) ?? 0)) };
    const { patterns, slots, of } = patternsOf(values);
    if (patterns.length > values.length / 2) return { raw: values };
    return {
      patterns,
      slots: slots.map((columns) => columns.map((column) => this.#numbers(column))),
      of: this.#numbers(of),
    };
  }
}

/** A pattern that hardly any text follows is not worth its columns: the text is its only part. */
const RARE = 4;

function patternsOf(values: readonly string[]) {
  const followers = new Map<string, number>();
  for (const value of values) {
    const pattern = value.replace(NUMBERS, "#");
    followers.set(pattern, (followers.get(pattern) ?? 0) + 1);
  }
  const patterns: string[][] = [];
  const slots: number[][][] = [];
  const known = new Map<string, number>();
  const of = values.map((value) => {
    // Splitting by a group keeps what it matched: parts and numbers take turns.
    const pieces = (followers.get(value.replace(NUMBERS, "#")) ?? 0) > RARE ? value.split(NUMBER) : [value];
    const parts = pieces.filter((_, index) => index % 2 === 0);
    const key = JSON.stringify(parts);
    const place = known.get(key) ?? patterns.push(parts) - 1;
    known.set(key, place);
    slots[place] ??= parts.slice(1).map(() => []);
    slots[place].forEach((column, slot) => {
      column.push(Number(pieces[2 * slot + 1]));
    });
    return place;
  });
  return { patterns, slots, of };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
