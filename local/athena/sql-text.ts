/** SQL as text: where its parameters stand, and values in their places. Quotes and comments are left alone. */
import { AwsError } from "../aws-wire.ts";

interface Token {
  readonly text: string;
  readonly kind: "word" | "parameter" | "open" | "close" | "end" | "other";
}

const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_][A-Za-z0-9_]*|\s+|[\s\S]/g;

function tokensOf(sql: string): Token[] {
  return [...sql.matchAll(TOKEN)].map(([text]) => ({ text, kind: kindOf(text) }));
}

function kindOf(text: string): Token["kind"] {
  if (/^[A-Za-z_]/.test(text)) return "word";
  const kinds: Readonly<Record<string, Token["kind"]>> = { "?": "parameter", "(": "open", ")": "close", ";": "end" };
  return kinds[text] ?? "other";
}

/** Words that begin another part of a query; a parameter may only stand where the last of them is WHERE. */
const CLAUSES = new Set([
  "SELECT",
  "FROM",
  "WHERE",
  "GROUP",
  "HAVING",
  "ORDER",
  "LIMIT",
  "OFFSET",
  "FETCH",
  "WINDOW",
  "UNION",
  "EXCEPT",
  "INTERSECT",
  "VALUES",
  "ON",
  "WITH",
]);

/**
 * Puts the parameters, SQL literals, in the places of the `?`. DuckDB takes a `?` anywhere, Athena in WHERE only,
 * so the place is checked here. Which error AWS gives for a wrong number is not documented; it names the numbers.
 */
export function withParameters(sql: string, parameters: readonly string[]): string {
  const clauses: string[] = [""];
  let used = 0;
  const parts = tokensOf(sql).map(({ text, kind }) => {
    follow(clauses, text, kind);
    if (kind !== "parameter") return text;
    if (clauses.at(-1) !== "WHERE")
      throw new QueryError("SYNTAX_ERROR", "A parameter (?) may only stand in the WHERE clause");
    used += 1;
    return parameters[used - 1] ?? "";
  });
  if (used !== parameters.length)
    throw new QueryError(
      "INVALID_PARAMETER_USAGE",
      `Incorrect number of parameters: expected ${used} but found ${parameters.length}`,
    );
  return parts.join("");
}

/** Keeps the clause of each open parenthesis; the innermost is last. */
function follow(clauses: string[], text: string, kind: Token["kind"]): void {
  if (kind === "open") clauses.push(clauses.at(-1) ?? "");
  if (kind === "close") clauses.pop();
  if (kind === "word" && CLAUSES.has(text.toUpperCase())) clauses.splice(-1, 1, text.toUpperCase());
}

/** Refuses what is no single query or INSERT: the local world has tables of the template only, so there is nothing to define. */
export function checkStatement(sql: string): void {
  const tokens = tokensOf(sql).filter(({ text }) => !/^(\s|--|\/\*)/.test(text));
  const [first] = tokens;
  if (!first || !["SELECT", "WITH", "INSERT"].includes(first.text.toUpperCase()))
    throw new AwsError("InvalidRequestException", "Only queries (SELECT, WITH, INSERT) can be run in the local world");
  if (tokens.some(({ kind }, index) => kind === "end" && index < tokens.length - 1))
    throw new AwsError("InvalidRequestException", "Only one sql statement is allowed");
}

/** Ends a query as FAILED; `code` is Trino's name of the error. */
export class QueryError extends Error {
  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.name = "QueryError";
  }
}
