/**
 * EventBridge event patterns: compiled strictly, matched as EventBridge matches. An operator that is not known here
 * stops the boot, for a pattern that silently never matches is how an alarm gets lost.
 */
import { InvalidInputError, NotSupportedError } from "../functions/domain/errors.ts";

export type EventMatcher = (event: unknown) => boolean;
/** Matches the value at a place; `undefined` stands for a member that is absent. */
type ValueMatcher = (value: unknown) => boolean;

export function compileEventPattern(pattern: unknown, path: string): EventMatcher {
  if (!isRecord(pattern) || Object.keys(pattern).length === 0)
    throw new InvalidInputError(path, ["an event pattern is an object with at least one member"]);
  const members = Object.entries(pattern).map(([name, expected]) => {
    // `$or` and everything else that is no member of an event.
    if (name.startsWith("$")) throw new NotSupportedError(`${path}: the local EventBridge does not know ${name}`);
    return { name, matches: compileMember(expected, `${path}.${name}`) };
  });
  return (event) => members.every(({ name, matches }) => matches(memberOf(event, name)));
}

/** Every element of an array in the event is looked at; one that matches is enough. */
function compileMember(expected: unknown, path: string): ValueMatcher {
  if (!Array.isArray(expected)) {
    const nested = compileEventPattern(expected, path);
    return (value) => elements(value).some(nested);
  }
  if (expected.length === 0) throw new InvalidInputError(path, ["an empty list matches nothing"]);
  const alternatives = expected.map((alternative, index) => compileAlternative(alternative, `${path}[${index}]`));
  return (value) => alternatives.some((matches) => matches(value));
}

function compileAlternative(expected: unknown, path: string): ValueMatcher {
  if (!isRecord(expected)) {
    if (Array.isArray(expected)) throw new InvalidInputError(path, ["a list within a list is no pattern"]);
    return onElements((value) => value === expected);
  }
  const [operator, ...more] = Object.keys(expected);
  const compile = operator === undefined ? undefined : operators[operator];
  if (!compile || operator === undefined || more.length > 0)
    throw new NotSupportedError(`${path}: the local EventBridge does not know ${JSON.stringify(expected)}`);
  return compile(expected[operator], path);
}

const operators: Readonly<Record<string, (operand: unknown, path: string) => ValueMatcher>> = {
  prefix: (operand, path) => {
    const prefix = text(operand, path);
    return onElements((value) => typeof value === "string" && value.startsWith(prefix));
  },
  suffix: (operand, path) => {
    const suffix = text(operand, path);
    return onElements((value) => typeof value === "string" && value.endsWith(suffix));
  },
  "equals-ignore-case": (operand, path) => {
    const wanted = text(operand, path).toLowerCase();
    return onElements((value) => typeof value === "string" && value.toLowerCase() === wanted);
  },
  // Only leaves exist for EventBridge: an object at the place is not "there".
  exists(operand, path) {
    if (typeof operand !== "boolean") throw new InvalidInputError(path, ["exists: must be true or false"]);
    return (value) => (value !== undefined && !isRecord(value)) === operand;
  },
  "anything-but": compileAnythingBut,
  numeric: compileNumeric,
};

/** Wants a value that is there and different; an absent member does not match. */
function compileAnythingBut(operand: unknown, path: string): ValueMatcher {
  const list = Array.isArray(operand) ? operand : [operand];
  const excluded = list.map((each) => compileAlternative(each, path));
  return (value) => value !== undefined && !isRecord(value) && !excluded.some((matches) => matches(value));
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

/** `["numeric"]: [">", 0, "<=", 5]` */
function compileNumeric(operand: unknown, path: string): ValueMatcher {
  const list: unknown[] = Array.isArray(operand) ? operand : [];
  const bounds = Array.from({ length: list.length / 2 }, (_, index) => {
    const compare = comparisons[String(list[2 * index])];
    const bound = list[2 * index + 1];
    if (!compare || typeof bound !== "number")
      throw new InvalidInputError(path, [`numeric: cannot read ${JSON.stringify(operand)}`]);
    return (value: number) => compare(value, bound);
  });
  if (bounds.length === 0 || list.length % 2 === 1)
    throw new InvalidInputError(path, [`numeric: cannot read ${JSON.stringify(operand)}`]);
  return onElements((value) => typeof value === "number" && bounds.every((holds) => holds(value)));
}

function text(operand: unknown, path: string): string {
  if (typeof operand !== "string") throw new NotSupportedError(`${path}: wants a text`);
  return operand;
}

function onElements(matches: ValueMatcher): ValueMatcher {
  return (value) => elements(value).some((each) => each !== undefined && matches(each));
}

function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
