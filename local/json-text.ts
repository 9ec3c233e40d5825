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

/**
 * The JSON objects that stand one after another in a text, as concatenated files have them. `rest` tells that
 * something else came after the last whole one.
 */
export function splitObjects(text: string): { readonly values: unknown[]; readonly rest: boolean } {
  const values: unknown[] = [];
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const end = endOfObject(text, at);
    const reading = end === null ? null : parseJson(text.slice(at, end));
    if (end === null || reading === null) return { values, rest: true };
    values.push(reading.value);
    at = skipSpace(text, end);
  }
  return { values, rest: false };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /[\s\ufeff]/.test(text.charAt(at))) at += 1;
  return at;
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

/** The position after the brace that closes the object beginning at `from`; null if none does. */
function endOfObject(text: string, from: number): number | null {
  if (text.charCodeAt(from) !== OPEN) return null;
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (code === OPEN) depth += 1;
    else if (code === CLOSE) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}
