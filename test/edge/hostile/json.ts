/** JSON as text with all that JSON.stringify would iron out: keys twice, keys with escapes, members in any order. */

/** A key as it is spelled between its quotes, and the value's text. */
export type Pairs = readonly (readonly [key: string, value: string])[];

export const pairsOf = (object: Readonly<Record<string, unknown>>): Pairs =>
  Object.entries(object).map(([key, value]) => [JSON.stringify(key).slice(1, -1), JSON.stringify(value)]);

export const textOf = (pairs: Pairs): string => `{${pairs.map(([key, value]) => `"${key}":${value}`).join(",")}}`;

/** `Secret` as `\u0053ecret`: the same key to every parser, another one to whoever looks at the text. */
export const escaped = (key: string, at: number): string => {
  const index = at % key.length;
  const code = key.charCodeAt(index).toString(16).padStart(4, "0");
  return `${key.slice(0, index)}\\u${code}${key.slice(index + 1)}`;
};

/** Whether two parsed values are the same, at any depth; the order of members does not matter. */
export function isSameJson(one: unknown, other: unknown): boolean {
  const rest: [unknown, unknown][] = [[one, other]];
  for (let pair = rest.pop(); pair; pair = rest.pop()) {
    const [left, right] = pair;
    if (!isContainer(left) || !isContainer(right)) {
      if (isSameScalar(left, right)) continue;
      return false;
    }
    const names = Object.keys(left);
    if (Array.isArray(left) !== Array.isArray(right) || names.length !== Object.keys(right).length) return false;
    for (const name of names) {
      if (!Object.hasOwn(right, name)) return false;
      rest.push([left[name], right[name]]);
    }
  }
  return true;
}

const isContainer = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** JSON has numbers that JavaScript has not: 1e400 becomes null. No member of any call is a number. */
const isSameScalar = (left: unknown, right: unknown) =>
  left === right || [left, right].every((value) => value === null || value === Infinity || value === -Infinity);
