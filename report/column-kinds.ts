/** Columns of one kind of value each: they take values one by one, and pack them. */
import type { Packed, Planes } from "./packed.ts";
import { packTexts } from "./text-column.ts";

interface Column {
  /** False for a value of another kind, which is then not taken. */
  add(value: unknown): boolean;
  /** All that was taken. */
  values(): readonly unknown[];
  pack(planes: Planes): Packed;
}

/** Values of one kind as a column of that kind; once they are mixed, as they are. */
export class Values {
  count = 0;
  #column: Column | null = null;

  add(value: unknown): void {
    this.#column ??= columnFor(value);
    if (!this.#column.add(value)) {
      this.#column = new RawColumn([...this.#column.values()]);
      this.#column.add(value);
    }
    this.count += 1;
  }

  values(): readonly unknown[] {
    return this.#column?.values() ?? [];
  }

  pack(planes: Planes): Packed {
    return this.#column?.pack(planes) ?? { raw: [] };
  }
}

function columnFor(value: unknown): Column {
  if (typeof value === "string") return new TextColumn();
  if (typeof value === "number") return new NumberColumn();
  if (Array.isArray(value)) return new ListColumn();
  return isObject(value) ? new ObjectColumn(Object.keys(value)) : new RawColumn([]);
}

class RawColumn implements Column {
  readonly #values: unknown[];
  constructor(values: unknown[]) {
    this.#values = values;
  }
  add(value: unknown): boolean {
    this.#values.push(value);
    return true;
  }
  values(): readonly unknown[] {
    return this.#values;
  }
  pack(): Packed {
    return { raw: this.#values };
  }
}

class NumberColumn implements Column {
  readonly #values: number[] = [];
  add(value: unknown): boolean {
    if (typeof value !== "number" || !Number.isSafeInteger(value)) return false;
    this.#values.push(value);
    return true;
  }
  values(): readonly number[] {
    return this.#values;
  }
  pack(planes: Planes): Packed {
    return planes.pack(this.#values);
  }
}

class TextColumn implements Column {
  readonly #places = new Map<string, number>();
  readonly #of: number[] = [];
  add(value: unknown): boolean {
    if (typeof value !== "string") return false;
    const place = this.#places.get(value) ?? this.#places.size;
    if (place === this.#places.size) this.#places.set(value, place);
    this.#of.push(place);
    return true;
  }
  values(): readonly string[] {
    const texts = [...this.#places.keys()];
    return this.#of.map((place) => texts[place] ?? "");
  }
  pack(planes: Planes): Packed {
    return packTexts([...this.#places.keys()], this.#of, planes);
  }
}

class ListColumn implements Column {
  readonly #lengths: number[] = [];
  readonly #items = new Values();
  add(value: unknown): boolean {
    if (!Array.isArray(value)) return false;
    this.#lengths.push(value.length);
    for (const item of value) this.#items.add(item);
    return true;
  }
  values(): readonly unknown[] {
    const items = this.#items.values();
    let end = 0;
    return this.#lengths.map((length) => {
      end += length;
      return items.slice(end - length, end);
    });
  }
  pack(planes: Planes): Packed {
    return { lengths: planes.pack(this.#lengths), items: this.#items.pack(planes) };
  }
}

/** All must have the fields of the first. */
class ObjectColumn implements Column {
  #count = 0;
  readonly #fields: readonly (readonly [name: string, values: Values])[];
  constructor(names: readonly string[]) {
    this.#fields = names.map((name) => [name, new Values()]);
  }
  add(value: unknown): boolean {
    if (!isObject(value)) return false;
    for (const [name, values] of this.#fields) values.add(value[name]);
    this.#count += 1;
    return true;
  }
  values(): readonly unknown[] {
    const fields = this.#fields.map(([name, values]) => [name, values.values()] as const);
    return Array.from({ length: this.#count }, (_, row) =>
      Object.fromEntries(fields.map(([name, values]) => [name, values[row]])),
    );
  }
  pack(planes: Planes): Packed {
    return { fields: Object.fromEntries(this.#fields.map(([name, values]) => [name, values.pack(planes)])) };
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
