/** The match statements of a web ACL's rules, compiled once at boot. A statement that is not known here is refused. */
import * as z from "zod";

import { InvalidInputError, NotSupportedError } from "../../functions/domain/errors.ts";
import type { InspectedRequest } from "../ports.ts";
import { requestPart, textTransformation } from "./request-part.ts";
import { onlyEntry, parsePart } from "./template-part.ts";

/** A request on its way through the rules, with the labels that earlier rules gave it. */
export interface Passage {
  readonly request: InspectedRequest;
  readonly labels: Set<string>;
}
export type Matcher = (passage: Passage) => boolean;

/** What a statement may refer to. */
export interface Scope {
  /** Whether an address is in the set *now*; throws at boot for a set that this web ACL cannot use. */
  ipSet(arn: string, path: string): (address: string) => boolean;
  /** Whether a text matches one of the set's patterns *now*. */
  patternSet(arn: string, path: string): (text: string) => boolean;
  /** The prefix of labels that rules of this web ACL or rule group give: a label without prefix is one of these. */
  readonly labelPrefix: string;
}

export function compileStatement(document: unknown, path: string, scope: Scope): Matcher {
  const [kind, body] = onlyEntry(document, path);
  const compile = compilers[kind];
  if (!compile) throw new NotSupportedError(`${path}: the local WAF does not evaluate ${kind}`);
  return compile(body, `${path}.${kind}`, scope);
}

type Compiler = (body: unknown, path: string, scope: Scope) => Matcher;

const compilers: Readonly<Record<string, Compiler>> = {
  IPSetReferenceStatement(body, path, scope) {
    // IPSetForwardedIPConfig is refused with the other unknown fields: a forwarded address is the caller's claim.
    const { Arn } = parsePart(z.strictObject({ Arn: z.string() }), body, path);
    const has = scope.ipSet(Arn, path);
    return ({ request }) => has(request.clientIp);
  },
  AndStatement: (body, path, scope) => {
    const all = compileList(body, path, scope);
    return (passage) => all.every((matches) => matches(passage));
  },
  OrStatement: (body, path, scope) => {
    const any = compileList(body, path, scope);
    return (passage) => any.some((matches) => matches(passage));
  },
  NotStatement(body, path, scope) {
    const { Statement } = parsePart(z.strictObject({ Statement: z.unknown() }), body, path);
    const matches = compileStatement(Statement, `${path}.Statement`, scope);
    return (passage) => !matches(passage);
  },
  ByteMatchStatement: compileByteMatch,
  RegexMatchStatement: compileRegexMatch,
  SizeConstraintStatement: compileSizeConstraint,
  RegexPatternSetReferenceStatement: compilePatternSet,
  LabelMatchStatement: compileLabelMatch,
  AsnMatchStatement(body, path) {
    // ForwardedIPConfig is refused with the other unknown fields.
    const { AsnList } = parsePart(z.strictObject({ AsnList: z.array(asNumber).min(1).max(100) }), body, path);
    return ({ request }) => request.asn !== undefined && AsnList.includes(request.asn);
  },
};

const asNumber = z.number().int().min(0).max(4_294_967_295);

function compileList(body: unknown, path: string, scope: Scope): Matcher[] {
  // AWS wants two nested statements at least.
  const { Statements } = parsePart(z.strictObject({ Statements: z.array(z.unknown()).min(2) }), body, path);
  return Statements.map((statement, index) => compileStatement(statement, `${path}.Statements[${index}]`, scope));
}

const onPart = { FieldToMatch: z.unknown(), TextTransformations: z.unknown() };
const byteMatch = z.strictObject({
  ...onPart,
  SearchString: z.string().min(1).max(200).optional(),
  SearchStringBase64: z.string().min(1).optional(),
  PositionalConstraint: z.enum(["EXACTLY", "STARTS_WITH", "ENDS_WITH", "CONTAINS"]),
});
const positions = {
  EXACTLY: (text: string, search: string) => text === search,
  STARTS_WITH: (text: string, search: string) => text.startsWith(search),
  ENDS_WITH: (text: string, search: string) => text.endsWith(search),
  CONTAINS: (text: string, search: string) => text.includes(search),
};

function compileByteMatch(body: unknown, path: string): Matcher {
  const statement = parsePart(byteMatch, body, path);
  const search = statement.SearchString ?? Buffer.from(statement.SearchStringBase64 ?? "", "base64").toString("utf8");
  if (search === "") throw new InvalidInputError(path, ["SearchString is missing"]);
  const matches = positions[statement.PositionalConstraint];
  // Only the request is transformed: an upper-case search string never matches after LOWERCASE, as on AWS.
  return somePart(statement, path, (text) => matches(text, search));
}

function compileRegexMatch(body: unknown, path: string): Matcher {
  const statement = parsePart(z.strictObject({ ...onPart, RegexString: z.string().min(1).max(512) }), body, path);
  const expression = new RegExp(statement.RegexString);
  return somePart(statement, path, (text) => expression.test(text));
}

const comparisons = {
  EQ: (a: number, b: number) => a === b,
  NE: (a: number, b: number) => a !== b,
  LE: (a: number, b: number) => a <= b,
  LT: (a: number, b: number) => a < b,
  GE: (a: number, b: number) => a >= b,
  GT: (a: number, b: number) => a > b,
};
const sizeConstraint = z.strictObject({
  ...onPart,
  ComparisonOperator: z.enum(["EQ", "NE", "LE", "LT", "GE", "GT"]),
  Size: z.number().int().min(0),
});

function compileSizeConstraint(body: unknown, path: string): Matcher {
  const statement = parsePart(sizeConstraint, body, path);
  const compare = comparisons[statement.ComparisonOperator];
  return somePart(statement, path, (text) => compare(Buffer.byteLength(text), statement.Size));
}

/** Matches if one value of the part does. What AWS does for a header that is absent is not documented: no match here. */
function somePart(
  statement: { readonly FieldToMatch?: unknown; readonly TextTransformations?: unknown },
  path: string,
  matches: (text: string) => boolean,
): Matcher {
  const read = requestPart(statement.FieldToMatch, `${path}.FieldToMatch`);
  const transform = textTransformation(statement.TextTransformations, `${path}.TextTransformations`);
  return ({ request }) => read(request).some((text) => matches(transform(text)));
}

function compilePatternSet(body: unknown, path: string, scope: Scope): Matcher {
  const statement = parsePart(z.strictObject({ ...onPart, Arn: z.string() }), body, path);
  return somePart(statement, path, scope.patternSet(statement.Arn, path));
}

/** A label is told from its end; a key without WAF's own prefix means labels of the rule's own web ACL or rule group. */
function compileLabelMatch(body: unknown, path: string, { labelPrefix }: Scope): Matcher {
  const statement = parsePart(labelMatch, body, path);
  const key = statement.Key.startsWith("awswaf:") ? statement.Key : `${labelPrefix}${statement.Key}`;
  if (statement.Scope === "LABEL") return ({ labels }) => labels.has(key);
  if (!key.endsWith(":")) throw new InvalidInputError(path, ["Key: a namespace ends in a colon"]);
  return ({ labels }) => [...labels].some((label) => label.startsWith(key));
}

const labelMatch = z.strictObject({ Scope: z.enum(["LABEL", "NAMESPACE"]), Key: z.string().min(1).max(1024) });
