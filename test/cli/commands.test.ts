/** What holds for every command, found by walking through them. */
import type { Command } from "commander";

import { examples } from "../../cli/commands/examples.ts";
import { buildProgram } from "../../cli/commands/program.ts";
import { run } from "./run-command.ts";

interface Leaf {
  readonly path: string;
  readonly command: Command;
}

function leaves(command: Command, path: readonly string[] = []): Leaf[] {
  if (command.commands.length === 0) return [{ path: path.join(" "), command }];
  return command.commands.flatMap((below) => leaves(below, [...path, below.name()]));
}

const all = leaves(buildProgram());

test("every command has examples, and every example a command", () => {
  expect(all.map(({ path }) => path).sort()).toEqual(Object.keys(examples).sort());
});

test.each(all)("$path says what it does and takes --json", ({ command }) => {
  expect(command.description()).not.toBe("");
  expect(command.options.map(({ long }) => long)).toContain("--json");
});

test.each(all)("$path --help ends with its examples, and is no failure", async ({ path }) => {
  const { code, out, err } = await run(...path.split(" "), "--help");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  for (const example of examples[path] ?? []) expect(out).toContain(`  portcullis ${example}`);
});

test.each(all)("$path refuses an option that it does not know, with code 2", async ({ path }) => {
  const { code, out, err } = await run(...path.split(" "), "--no-such-option");
  expect({ code, out }).toEqual({ code: 2, out: "" });
  // Commander asks for what is required first.
  expect(err).toMatch(/^error: (unknown option .--no-such-option.|required option)/);
});

const lines = Object.entries(examples).flatMap(([path, some]) => some.map((line) => ({ path, line })));

test.each(lines)("portcullis $line can be parsed", async ({ path, line }) => {
  const words = (line.replace(/ > .*/, "").match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ""));
  const program = buildProgram();
  let reached = false;
  for (const { path: own, command } of leaves(program))
    command.action(() => {
      reached = own === path;
    });
  await program.parseAsync(words, { from: "user" });
  expect(reached).toBe(true);
});

test("the version is that of the package", async () => {
  const { version } = jest.requireActual("../../package.json");
  expect(await run("--version")).toMatchObject({ code: 0, out: `${version}\n` });
});
