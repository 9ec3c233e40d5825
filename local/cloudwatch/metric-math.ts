/**
 * Metric math, as far as our alarms use it: + - * / on metrics and numbers, PERIOD, FILL, and SUM, AVG, MIN, MAX over
 * a list of metrics. Anything else is refused when the expression is read, never guessed when it is evaluated.
 */
import jsep from "jsep";

import { NotSupportedError } from "../../functions/domain/errors.ts";

/** One value per period; null is missing data. */
export type Series = readonly (number | null)[];

interface MathInput {
  series(id: string): Series;
  /** In seconds. */
  period(id: string): number;
  readonly length: number;
}

export interface MetricMath {
  /** The metrics and expressions it refers to, each once. */
  readonly ids: readonly string[];
  evaluate(input: MathInput): Series;
}

type Evaluate = (input: MathInput) => Series;

export function compileMetricMath(text: string): MetricMath {
  const ids = new Set<string>();
  const evaluate = compile(parse(text), text, ids);
  return { ids: [...ids], evaluate };
}

function parse(text: string): jsep.Expression {
  try {
    return jsep(text);
  } catch (error) {
    throw new NotSupportedError(`Metric math "${text}" cannot be read`, { cause: error });
  }
}

function compile(node: jsep.Expression, text: string, ids: Set<string>): Evaluate {
  if (isLiteral(node) && typeof node.value === "number") return constant(node.value);
  if (isIdentifier(node)) {
    const id = reference(node, text, ids);
    return ({ series }) => series(id);
  }
  if (isUnary(node) && node.operator === "-") {
    const operand = compile(node.argument, text, ids);
    return (input) => operand(input).map((value) => (value === null ? null : -value));
  }
  if (isBinary(node)) return compileBinary(node, text, ids);
  if (isCall(node)) return compileCall(node, text, ids);
  throw refused(text, node.type);
}

function constant(value: number): Evaluate {
  return ({ length }) => Array<number>(length).fill(value);
}

const operators: Readonly<Record<string, (a: number, b: number) => number | null>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => (b === 0 ? null : a / b),
};

/** A period in which one operand is missing is missing in the result. */
function compileBinary(node: jsep.BinaryExpression, text: string, ids: Set<string>): Evaluate {
  const operator = operators[node.operator];
  if (!operator) throw refused(text, node.operator);
  const left = compile(node.left, text, ids);
  const right = compile(node.right, text, ids);
  return (input) => {
    const b = right(input);
    return left(input).map((value, index) => {
      const other = b[index] ?? null;
      return value === null || other === null ? null : operator(value, other);
    });
  };
}

const reducers: Readonly<Record<string, (values: readonly number[]) => number>> = {
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
};

function compileCall(node: jsep.CallExpression, text: string, ids: Set<string>): Evaluate {
  const name = isIdentifier(node.callee) ? node.callee.name : "?";
  const [first, second] = node.arguments;
  if (name === "PERIOD" && first && isIdentifier(first) && !second) {
    const id = reference(first, text, ids);
    return (input) => Array<number>(input.length).fill(input.period(id));
  }
  if (name === "FILL" && first && second) return compileFill(first, second, text, ids);
  const reduce = reducers[name];
  if (reduce && first && isArray(first) && !second) return compileReduction(first, reduce, text, ids);
  throw refused(text, `${name}(…)`);
}

function compileFill(first: jsep.Expression, filler: jsep.Expression, text: string, ids: Set<string>): Evaluate {
  const series = compile(first, text, ids);
  if (isIdentifier(filler) && filler.name === "REPEAT") {
    return (input) => {
      let last: number | null = null;
      return series(input).map((value) => {
        last = value ?? last;
        return last;
      });
    };
  }
  const fill = compile(filler, text, ids);
  return (input) => {
    const fallback = fill(input);
    return series(input).map((value, index) => value ?? fallback[index] ?? null);
  };
}

function compileReduction(
  list: jsep.ArrayExpression,
  reduce: (values: readonly number[]) => number,
  text: string,
  ids: Set<string>,
): Evaluate {
  if (list.elements.length === 0) throw refused(text, "an empty list");
  const members = list.elements.map((element) => {
    if (!element) throw refused(text, "an empty place in a list");
    return compile(element, text, ids);
  });
  return (input) => {
    const all = members.map((member) => member(input));
    return Array.from({ length: input.length }, (_, index) => {
      const present = all.flatMap((series) => series[index] ?? []);
      return present.length === 0 ? null : reduce(present);
    });
  };
}

/** Ids of metrics begin with a small letter; names in capitals are functions and keywords. */
function reference(node: jsep.Identifier, text: string, ids: Set<string>): string {
  if (!/^[a-z]\w*$/.test(node.name)) throw refused(text, node.name);
  ids.add(node.name);
  return node.name;
}

function refused(text: string, what: string): NotSupportedError {
  return new NotSupportedError(`Metric math "${text}": the local CloudWatch does not evaluate ${what}`);
}

const isOf =
  <T extends jsep.Expression>(type: T["type"]) =>
  (node: jsep.Expression): node is T =>
    node.type === type;
const isLiteral = isOf<jsep.Literal>("Literal");
const isIdentifier = isOf<jsep.Identifier>("Identifier");
const isUnary = isOf<jsep.UnaryExpression>("UnaryExpression");
const isBinary = isOf<jsep.BinaryExpression>("BinaryExpression");
const isCall = isOf<jsep.CallExpression>("CallExpression");
const isArray = isOf<jsep.ArrayExpression>("ArrayExpression");
