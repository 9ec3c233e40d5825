import type { Command } from "commander";

import { buildProgram } from "../../cli/commands/program.ts";
import { commandLines } from "./command-lines.ts";
import { documents, read } from "./documents.ts";

const used = documents.flatMap((document) => [
  ...commandLines(document, "npx portcullis").map((line) => ({ ...line, args: line.words.slice(2) })),
  ...commandLines(document, "npm start").map((line) => ({ ...line, args: ["demo", ...afterDashes(line.words)] })),
]);

/** What npm hands on. */
function afterDashes(words: readonly string[]): readonly string[] {
  const dashes = words.indexOf("--");
  return dashes < 0 ? [] : words.slice(dashes + 1);
}

/** The program, all of whose commands do nothing. */
function inertProgram(): Command {
  const program = buildProgram();
  const visit = (command: Command) => {
    command.exitOverride().configureOutput({ writeErr: () => {} });
    if (command.commands.length === 0) command.action(() => {});
    command.commands.forEach(visit);
  };
  visit(program);
  return program;
}

/** Values that stand for themselves: a document shows `…` where it leaves something out. */
const filled = (args: readonly string[]) => args.map((word) => (word === "…" ? "anything" : word));

const parse = (args: readonly string[]) => inertProgram().parseAsync(filled(args), { from: "user" });

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

test("there are commands in the documents, to be copied and in sentences", () => {
  expect(used.filter(({ whole }) => whole).length).toBeGreaterThan(15);
  expect(used.filter(({ whole }) => !whole).length).toBeGreaterThan(30);
});

test.each(used.filter(({ whole }) => whole))("$document: $line is parsed by the program", async ({ args }) => {
  await expect(parse(args)).resolves.toBeDefined();
});

test.each(used.filter(({ whole }) => !whole))("$document names $line, which is there", ({ args }) => {
  const { command, rest } = resolve(args);
  expect(command.name()).not.toBe("portcullis");
  // Only groups of commands have commands below them, and those do nothing by themselves.
  if (rest.length > 0) expect(command.commands).toEqual([]);
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  expect(rest.filter((word) => /^--?[a-z]/.test(word) && !known.includes(word.replace(/=.*/, "")))).toEqual([]);
});

test.each([
  ["an unknown command", ["bams", "list"]],
  ["an unknown option", ["bans", "list", "--for-ever"]],
  ["a missing argument", ["bans", "release"]],
  ["a missing required option", ["bans", "add", "192.0.2.1/32", "--for", "1h"]],
  ["a value that is none of the choices", ["mode", "enforced"]],
])("%s in a document would be found", async (_case, args) => {
  await expect(parse(args)).rejects.toThrow();
});

test("of the scripts that documents name, each is there", () => {
  const { scripts } = JSON.parse(read("package.json"));
  const named = documents.flatMap((document) => commandLines(document, "npm run").map(({ words }) => words[2] ?? ""));
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((script) => !(script in scripts))).toEqual([]);
});
