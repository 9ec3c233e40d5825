/** Each protection that the threat model promises names tests that hold it, and those are there. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { lexer, type Token, type Tokens, walkTokens } from "marked";

import { read, root } from "./documents.ts";

interface Protection {
  readonly claim: string;
  readonly tests: readonly { readonly name: string; readonly file: string }[];
}

const tokens = lexer(read("docs/threat-model.md"));
const start = tokens.findIndex((token) => token.type === "heading" && token["text"] === "Protections not to regress");
const protections = tokens
  .slice(start)
  .filter((token): token is Tokens.List => token.type === "list")
  .flatMap(({ items }) => items.map(protectionOf));

function protectionOf(item: Tokens.ListItem): Protection {
  const tests: Protection["tests"][number][] = [];
  walkTokens(item.tokens, (token: Token) => {
    if (token.type === "link" && token["href"].startsWith("../test/"))
      tests.push({ name: token["text"], file: token["href"].slice("../".length) });
  });
  return { claim: item.text.split("\n")[0] ?? "", tests };
}

/** A test of that title, which is not skipped. */
function holds(source: string, name: string): boolean {
  const title = source.indexOf(JSON.stringify(name));
  return title >= 0 && !/\b(test|it|describe)\.(skip|todo)\(\s*$/.test(source.slice(0, title));
}

test("there are protections", () => {
  expect(protections.length).toBeGreaterThan(40);
});

test.each(protections)("tests hold: $claim", ({ tests }) => {
  expect(tests).not.toEqual([]);
  const missing = tests.filter(({ name, file }) => !existsSync(join(root, file)) || !holds(read(file), name));
  expect(missing).toEqual([]);
});

test("a test that is skipped or gone holds nothing", () => {
  expect(holds('test("a", () => {});', "a")).toBe(true);
  expect(holds('test.skip("a", () => {});', "a")).toBe(false);
  expect(holds('test("ab", () => {});', "a")).toBe(false);
});
