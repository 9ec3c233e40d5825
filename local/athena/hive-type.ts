/** Column types as Glue writes them (Hive), and JSON values as a SerDe reads them into such columns. */
import { NotSupportedError } from "../../functions/domain/errors.ts";

export type HiveType =
  | { readonly kind: "primitive"; readonly name: Primitive }
  | { readonly kind: "array"; readonly of: HiveType }
  | { readonly kind: "struct"; readonly fields: readonly { readonly name: string; readonly type: HiveType }[] };

const primitives = {
  string: "VARCHAR",
  int: "INTEGER",
  bigint: "BIGINT",
  double: "DOUBLE",
  boolean: "BOOLEAN",
} as const;
type Primitive = keyof typeof primitives;

export function parseHiveType(text: string): HiveType {
  const { type, rest } = readType(text);
  if (rest !== "") throw unreadable(text);
  return type;
}

function readType(text: string): { type: HiveType; rest: string } {
  if (text.startsWith("array<")) {
    const { type, rest } = readType(text.slice("array<".length));
    if (!rest.startsWith(">")) throw unreadable(text);
    return { type: { kind: "array", of: type }, rest: rest.slice(1) };
  }
  if (text.startsWith("struct<")) return readStruct(text.slice("struct<".length));
  const [name = ""] = /^[a-z]+/.exec(text) ?? [];
  if (!isPrimitive(name)) throw unreadable(text);
  return { type: { kind: "primitive", name }, rest: text.slice(name.length) };
}

function readStruct(text: string): { type: HiveType; rest: string } {
  const fields: { name: string; type: HiveType }[] = [];
  for (let rest = text; ; rest = rest.slice(1)) {
    const [matched = "", name = ""] = /^([^:<>,]+):/.exec(rest) ?? [];
    if (name === "") throw unreadable(text);
    const field = readType(rest.slice(matched.length));
    fields.push({ name, type: field.type });
    rest = field.rest;
    if (rest.startsWith(">")) return { type: { kind: "struct", fields }, rest: rest.slice(1) };
    if (!rest.startsWith(",")) throw unreadable(text);
  }
}

function isPrimitive(name: string): name is Primitive {
  return Object.hasOwn(primitives, name);
}

function unreadable(text: string): NotSupportedError {
  return new NotSupportedError(`The local Athena does not know the column type ${text}`);
}

export function duckDbType(type: HiveType): string {
  switch (type.kind) {
    case "primitive":
      return primitives[type.name];
    case "array":
      return `${duckDbType(type.of)}[]`;
    case "struct":
      return `STRUCT(${type.fields.map(({ name, type: of }) => `${quoted(name)} ${duckDbType(of)}`).join(", ")})`;
  }
}

export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/**
 * A JSON value in the shape of its column: keys are matched without regard to case, an object or a list in a text
 * column stays as compact JSON, and what does not fit its type is null.
 */
function shapeValue(value: unknown, type: HiveType): unknown {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "array":
      return Array.isArray(value) ? value.map((item) => shapeValue(item, type.of)) : null;
    case "struct":
      return isObject(value) ? shapeFields(value, type.fields) : null;
    case "primitive":
      return shapePrimitive(value, type.name);
  }
}

export function shapeFields(
  value: Readonly<Record<string, unknown>>,
  fields: readonly { readonly name: string; readonly type: HiveType }[],
): Record<string, unknown> {
  const byKey = new Map(Object.entries(value).map(([key, member]) => [key.toLowerCase(), member]));
  return Object.fromEntries(fields.map(({ name, type }) => [name, shapeValue(byKey.get(name.toLowerCase()), type)]));
}

function shapePrimitive(value: unknown, name: Primitive): unknown {
  if (name === "string") return typeof value === "string" ? value : JSON.stringify(value);
  if (name === "boolean") return typeof value === "boolean" ? value : String(value).toLowerCase() === "true";
  const number = typeof value === "number" ? value : Number.parseFloat(String(value));
  if (!Number.isFinite(number)) return null;
  return name === "double" ? number : Math.trunc(number);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
