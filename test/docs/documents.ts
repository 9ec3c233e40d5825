/** The project's documents as a reader on GitHub has them: headings with anchors, links, pictures, code. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import GithubSlugger from "github-slugger";
import { lexer, type Token, walkTokens } from "marked";

export const root = join(import.meta.dirname, "../..");
export const read = (path: string) => readFileSync(join(root, path), "utf8");

export const documentPaths: readonly string[] = ["", "docs"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: folder !== "", encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(folder, file)),
);

export interface Code {
  /** A block is fenced or indented and can be copied; a span stands in a sentence. */
  readonly kind: "block" | "span";
  readonly language: string;
  readonly text: string;
}

export interface Document {
  readonly path: string;
  readonly headings: readonly { readonly depth: number; readonly text: string; readonly anchor: string }[];
  /** Targets of links and pictures, in Markdown and in HTML. */
  readonly links: readonly string[];
  readonly codes: readonly Code[];
}

export function readDocument(path: string): Document {
  const slugger = new GithubSlugger();
  const headings: Document["headings"][number][] = [];
  const links: string[] = [];
  const codes: Code[] = [];
  const visit = (token: Token) => {
    if (token.type === "heading") {
      const text = plainText(token.tokens ?? []);
      headings.push({ depth: token["depth"], text, anchor: slugger.slug(text) });
    } else if (token.type === "link" || token.type === "image") links.push(token["href"]);
    else if (token.type === "html") links.push(...linksOfHtml(token.raw));
    else if (token.type === "code") codes.push({ kind: "block", language: token["lang"] ?? "", text: token["text"] });
    else if (token.type === "codespan") codes.push({ kind: "span", language: "", text: token["text"] });
  };
  walkTokens(lexer(read(path)), visit);
  return { path, headings, links, codes };
}

export const documents: readonly Document[] = documentPaths.map(readDocument);

function plainText(tokens: readonly Token[]): string {
  return tokens.map((token) => ("tokens" in token && token.tokens ? plainText(token.tokens) : textOf(token))).join("");
}

function textOf(token: Token): string {
  return "text" in token && typeof token.text === "string" ? token.text : "";
}

function linksOfHtml(html: string): string[] {
  return [...html.matchAll(/\b(?:src|srcset|href)="([^"]*)"/g)].map(([, target = ""]) => target);
}
