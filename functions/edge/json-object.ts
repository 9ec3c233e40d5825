/**
 * JSON objects from strangers. Members are read as own properties only, so `__proto__` and `constructor` are
 * names like any other, and objects are copied, never written to.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own member; undefined if there is none. */
export function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A member that is a text with at least one character. */
export function textMember(object: JsonObject, name: string): string | null {
  const value = member(object, name);
  return typeof value === "string" && value !== "" ? value : null;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Parses UTF-8 JSON; null if the bytes are no UTF-8, no JSON, or no object. */
export function parseJsonObject(bytes: Uint8Array): JsonObject | null {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Null for what JSON.parse could read but JSON.stringify cannot write: it alone is recursive. */
export function writeJson(value: JsonObject): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}
