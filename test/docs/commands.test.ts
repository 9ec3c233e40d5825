import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Command } from "commander";

import { buildProgram } from "../../cli/main.ts";

const root = join(import.meta.dirname, "../..");
const documents = ["README.md", "CONTRIBUTING.md"].concat(
  readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
);

/** `npx portcullis …` in code, up to the end of its line, of its code span, or of the sentence around it. */
function commandsIn(markdown: string): string[][] {
  return [...markdown.matchAll(/npx portcullis ([^`\n|#]*)/g)].map(([, text = ""]) =>
    (text.match(/"[^"]*"|\S+/g) ?? []).filter((word) => word !== "…"),
  );
}

const used = documents.flatMap((document) =>
  commandsIn(readFileSync(join(root, document), "utf8")).map((words) => ({ document, line: words.join(" "), words })),
);

function resolve(words: readonly string[]): { command: Command; rest: readonly string[] } {
  let command: Command = buildProgram();
  let rest = words;
  for (;;) {
    const next = command.commands.find((each) => each.name() === rest[0]);
    if (!next) return { command, rest };
    command = next;
    rest = rest.slice(1);
  }
}

test("there are commands in the documents", () => {
  expect(used.length).toBeGreaterThan(20);
});

test.each(used)("$document: portcullis $line", ({ words }) => {
  const { command, rest } = resolve(words);
  expect(command.name()).not.toBe("portcullis");
  // Only groups of commands have commands below them, and those do nothing by themselves.
  if (rest.length > 0) expect(command.commands).toEqual([]);
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  expect(rest.filter((word) => /^--?[a-z]/.test(word) && !known.includes(word.replace(/=.*/, "")))).toEqual([]);
});

test("of the scripts that documents name, each is there", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const named = documents.flatMap((document) =>
    [...readFileSync(join(root, document), "utf8").matchAll(/npm run ([\w:-]+)/g)].map(([, script = ""]) => script),
  );
  expect(named.filter((script) => !(script in scripts))).toEqual([]);
});
