import { existsSync } from "node:fs";
import { join } from "node:path";

import { documents, readDocument, root } from "./documents.ts";

const isExternal = (link: string) => /^[a-z][a-z0-9+.-]*:/i.test(link);
const links = documents.flatMap(({ path, links }) => links.map((link) => ({ path, link })));
const inside = links.filter(({ link }) => !isExternal(link));
const outside = links.filter(({ link }) => isExternal(link));

function problemOf({ path, link }: { path: string; link: string }): string | undefined {
  const [file = "", anchor] = link.split("#");
  const target = file ? join(path, "..", decodeURIComponent(file)) : path;
  if (target.startsWith("..") || !existsSync(join(root, target))) return `${link}: there is no ${target}`;
  if (anchor === undefined || !target.endsWith(".md")) return undefined;
  const anchors = readDocument(target).headings.map((heading) => heading.anchor);
  return anchors.includes(anchor) ? undefined : `${link}: ${target} has no such heading`;
}

test("documents have links, inside and outside", () => {
  expect(inside.length).toBeGreaterThan(50);
  expect(outside.length).toBeGreaterThan(2);
});

test.each(documents.map(({ path }) => path))("links inside %s lead somewhere", (path) => {
  const problems = inside.filter((each) => each.path === path).flatMap((each) => problemOf(each) ?? []);
  expect(problems).toEqual([]);
});

test("a link to a heading that is not there is found", () => {
  expect(problemOf({ path: "README.md", link: "docs/runbook.md#no-such-article" })).toMatch("no such heading");
  expect(problemOf({ path: "docs/cost.md", link: "no-such-page.md" })).toMatch("there is no docs/no-such-page.md");
});

test.each(outside)("$path: $link is an https address without user or port", ({ link }) => {
  const { protocol, username, port, hostname } = new URL(link);
  expect({ protocol, username, port }).toEqual({ protocol: "https:", username: "", port: "" });
  expect(hostname).toMatch(/^([a-z0-9-]+\.)+[a-z]+$/);
});
