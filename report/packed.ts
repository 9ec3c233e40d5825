/** What columns are packed into: JSON that tells of them, and the bytes of their numbers. */
export type Packed =
  | { readonly raw: readonly unknown[] }
  | PackedNumbers
  | { readonly texts: readonly string[]; readonly of: PackedNumbers }
  /** A text is the parts of its pattern with numbers between them: `slots[p][s]` has the s-th of each text of pattern p. */
  | {
      readonly patterns: readonly (readonly string[])[];
      readonly slots: readonly (readonly PackedNumbers[])[];
      readonly of: PackedNumbers;
    }
  | { readonly lengths: PackedNumbers; readonly items: Packed }
  | { readonly fields: Readonly<Record<string, Packed>> };

/** Whole numbers less the least of them: from `at`, first the lowest bytes of all `count`, then the next, `width` times. */
export interface PackedNumbers {
  readonly base: number;
  readonly at: number;
  readonly width: number;
  readonly count: number;
}

/** The bytes of all numbers. */
export class Planes {
  size = 0;
  readonly #planes: Uint8Array[] = [];

  pack(values: readonly number[]): PackedNumbers {
    let [base, most] = [values[0] ?? 0, values[0] ?? 0];
    for (const value of values) {
      base = Math.min(base, value);
      most = Math.max(most, value);
    }
    const width = most > base ? Math.floor(Math.log2(most - base) / 8) + 1 : 0;
    const column = { base, at: this.size, width, count: values.length };
    for (let plane = 0; plane < width; plane += 1) this.#planes.push(planeOf(values, base, 256 ** plane));
    this.size += width * values.length;
    return column;
  }

  write(into: Uint8Array): void {
    let at = 0;
    for (const plane of this.#planes) {
      into.set(plane, at);
      at += plane.length;
    }
  }
}

function planeOf(values: readonly number[], base: number, unit: number): Uint8Array {
  const plane = new Uint8Array(values.length);
  for (const [row, value] of values.entries()) plane[row] = Math.floor((value - base) / unit) % 256;
  return plane;
}
