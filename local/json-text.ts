/** JSON from hostile files. */

export type JsonReading = { readonly value: unknown } | null;

/** Null for anything that is no JSON. */
export function parseJson(text: string): JsonReading {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

/** The same text for the same value, however it was written; nothing for one nested too deep to be printed. */
export function printJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "";
  }
}
