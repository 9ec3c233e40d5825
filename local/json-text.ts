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

/** The position after the brace that closes the object beginning at `from`; null if none does. */
function endOfObject(text: string, from: number): number | null {
  if (text[from] !== "{") return null;
  const marks = /["{}]/g;
  marks.lastIndex = from;
  let depth = 0;
  for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
    if (mark[0] === '"') marks.lastIndex = endOfString(text, mark.index);
    else depth += mark[0] === "{" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return null;
}

/** The position after the quote that closes the string beginning at `from`, or the end of the text. */
function endOfString(text: string, from: number): number {
  let quote = text.indexOf('"', from + 1);
  while (quote >= 0 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote < 0 ? text.length : quote + 1;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === "\\") first -= 1;
  return (at - first) % 2 === 1;
}
