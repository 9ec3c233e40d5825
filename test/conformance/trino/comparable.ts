/**
 * Answers of both engines in one form: columns as `name type`, rows in their order, values as text or null.
 * Only the spelling of types and values is made equal, nothing is rounded, sorted or left out.
 */
import type { QueryResult } from "../../../local/athena/result.ts";
import type { TrinoAnswer } from "./client.ts";

export interface Comparable {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string | null>>[];
}

/** Columns carry no widths (`varchar(12)`, `timestamp(3)`), and whole numbers are of one kind. */
function typeOf(type: string): string {
  const plain = type.replaceAll(/\(\d+(, ?\d+)?\)/g, "");
  if (/^(row|array|map)/.test(plain)) throw new Error(`${type} has no one text: compare what is in it`);
  return plain === "integer" ? "bigint" : plain;
}

export function fromTrino({ columns, rows }: TrinoAnswer): Comparable {
  return inOneForm(columns, rows);
}

export function fromDuckDb({ columns, rows }: QueryResult): Comparable {
  return inOneForm(columns, rows);
}

function inOneForm(columns: TrinoAnswer["columns"], rows: TrinoAnswer["rows"]): Comparable {
  const types = columns.map(({ type }) => typeOf(type));
  return {
    columns: columns.map(({ name }, index) => `${name} ${types[index]}`),
    rows: rows.map((row) =>
      Object.fromEntries(columns.map(({ name }, index) => [name, textOf(row[index], types[index] ?? "")])),
    ),
  };
}

function textOf(value: unknown, type: string): string | null {
  if (value === null) return null;
  return type === "double" ? String(Number(value)) : String(value);
}
