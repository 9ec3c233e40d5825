import { NotSupportedError } from "../functions/domain/errors.ts";

/** What intrinsic functions can ask about the template they stand in. Each throws `TemplateError` at `path` if the name does not exist. */
export interface TemplateScope {
  ref(name: string, path: string): unknown;
  attribute(logicalId: string, name: string, path: string): unknown;
  mapping(map: string, first: string, second: string, path: string): unknown;
  condition(name: string, path: string): boolean;
}

/** A template that cannot be read; the message begins with the path of the value in question. */
export class TemplateError extends NotSupportedError {
  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem}`, options);
  }
}

/** `AWS::NoValue`: the property that holds it is left out. */
export const NO_VALUE = Symbol("AWS::NoValue");

/** Replaces every intrinsic function below `value`. Unknown functions and dangling names throw `TemplateError`. */
export function resolve(value: unknown, path: string, scope: TemplateScope): unknown {
  if (typeof value === "string") return plainText(value, path);
  if (Array.isArray(value))
    return value.map((item, index) => resolve(item, `${path}[${index}]`, scope)).filter((item) => item !== NO_VALUE);
  if (!isObject(value)) return value;
  const [only, ...others] = Object.entries(value);
  if (only && isIntrinsic(only[0])) {
    if (others.length > 0) throw new TemplateError(path, `${only[0]} stands beside other members`);
    return callIntrinsic(only[0], only[1], path, scope);
  }
  const members = Object.entries(value).map(
    ([name, member]) => [name, resolve(member, `${path}.${name}`, scope)] as const,
  );
  return Object.fromEntries(members.filter(([, member]) => member !== NO_VALUE));
}

function isIntrinsic(name: string): boolean {
  return name === "Ref" || name.startsWith("Fn::");
}

/** Secrets and parameters of other services are read at deployment; here that would hide where a value is from. */
function plainText(text: string, path: string): string {
  if (text.includes("{{resolve:")) throw new TemplateError(path, "dynamic references are not supported");
  return text;
}

type Intrinsic = (argument: unknown, path: string, scope: TemplateScope) => unknown;

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, path, scope) => scope.ref(textOf(name, path), path),
  "Fn::GetAtt": (argument, path, scope) => {
    const [logicalId = "", ...name] = Array.isArray(argument) ? argument.map(String) : String(argument).split(".");
    return scope.attribute(logicalId, name.join("."), path);
  },
  "Fn::Join": (argument, path, scope) => {
    const [separator, parts] = listOf(argument, path, 2);
    return listOf(resolve(parts, path, scope), path)
      .map((part) => textOf(part, path))
      .join(textOf(separator, path));
  },
  "Fn::Split": (argument, path, scope) => {
    const [separator, text] = listOf(argument, path, 2);
    return textOf(resolve(text, path, scope), path).split(textOf(separator, path));
  },
  "Fn::Select": (argument, path, scope) => {
    const [index, list] = listOf(argument, path, 2);
    const chosen = listOf(resolve(list, path, scope), path)[Number(resolve(index, path, scope))];
    if (chosen === undefined) throw new TemplateError(path, `Fn::Select has no element ${index}`);
    return chosen;
  },
  "Fn::Sub": substitute,
  "Fn::FindInMap": (argument, path, scope) => {
    const [map, first, second] = listOf(resolve(argument, path, scope), path, 3).map((part) => textOf(part, path));
    return scope.mapping(map ?? "", first ?? "", second ?? "", path);
  },
  "Fn::If": (argument, path, scope) => {
    const [condition, then, otherwise] = listOf(argument, path, 3);
    return resolve(scope.condition(textOf(condition, path), path) ? then : otherwise, path, scope);
  },
};

function callIntrinsic(name: string, argument: unknown, path: string, scope: TemplateScope): unknown {
  const intrinsic = Object.hasOwn(intrinsics, name) ? intrinsics[name] : undefined;
  if (!intrinsic) throw new TemplateError(path, `the intrinsic function ${name} is not supported`);
  return intrinsic(argument, path, scope);
}

/** `${Name}`, `${Name.Attribute}`, own variables in the second argument; `${!Literal}` stays as `${Literal}`. */
function substitute(argument: unknown, path: string, scope: TemplateScope): string {
  const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
  const own: unknown = resolve(variables, path, scope);
  return textOf(template, path).replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (isObject(own) && Object.hasOwn(own, name)) return textOf(own[name], path);
    const [logicalId = "", ...attribute] = name.split(".");
    return textOf(
      attribute.length > 0 ? scope.attribute(logicalId, attribute.join("."), path) : scope.ref(name, path),
      path,
    );
  });
}

/** The conditions of a template; `Condition` names another one. */
export function evaluateCondition(value: unknown, path: string, scope: TemplateScope): boolean {
  const [name = "", argument] = isObject(value) ? (Object.entries(value)[0] ?? []) : [];
  const operands = () => listOf(argument, path).map((part) => evaluateCondition(part, path, scope));
  switch (name) {
    case "Condition":
      return scope.condition(textOf(argument, path), path);
    case "Fn::And":
      return operands().every(Boolean);
    case "Fn::Or":
      return operands().some(Boolean);
    case "Fn::Not":
      return !operands()[0];
    case "Fn::Equals": {
      const [left, right] = listOf(resolve(argument, path, scope), path, 2);
      return textOf(left, path) === textOf(right, path);
    }
    default:
      throw new TemplateError(path, `${name || "this"} is no condition that can be evaluated`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown, path: string, length?: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new TemplateError(path, "wants a list");
  if (length !== undefined && value.length !== length) throw new TemplateError(path, `wants a list of ${length}`);
  return value;
}

function textOf(value: unknown, path: string): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TemplateError(path, "wants text");
}
