/** `npm run commands`: writes docs/commands.md from the commands as they are declared; `--check` fails if it is stale. */
import { pathToFileURL } from "node:url";
import type { Argument, Command, Option } from "commander";

import { examples } from "./commands/examples.ts";
import { buildProgram } from "./commands/program.ts";
import { exitMeanings } from "./exit.ts";
import { keepGenerated } from "./generated-file.ts";

const PAGE_FILE = "docs/commands.md";

/** The page as it should be. */
export function commandsPage(): string {
  const program = buildProgram();
  const commands = program.commands.filter((command) => command.name() !== "help");
  return [
    "# Commands",
    "",
    "Made by `npm run commands` from the commands as they are declared; do not edit. `--help` after a command says the same.",
    "",
    ...contents(commands),
    "",
    ...rules(),
    ...commands.flatMap((command) => describeCommand(command)),
  ].join("\n");
}

function rules(): string[] {
  return [
    "## What holds for all of them",
    "",
    "- `--json` prints one JSON document to standard output and nothing else. Warnings, progress and errors go to standard error.",
    "- Progress is shown in a terminal only. Tables are as wide as the terminal and lose the columns that matter least; in a pipe they",
    "  stay whole. Colours are left out in a pipe and where `NO_COLOR` is set; `COLUMNS` sets another width.",
    "- Commands on a deployment read `portcullis.config.json`, another `--config`, or with `--local` the demo that runs in this folder.",
    "- They go by AWS's clock, and say so where this machine's is wrong by a minute or more.",
    "- What changes something is finished at the first Ctrl-C and broken off at the second. What only reads ends at once and leaves no files.",
    "- `DEBUG=1` adds the stack to an error.",
    "",
    "## Exit codes",
    "",
    "| code | means |",
    "|---:|---|",
    ...exitMeanings.map(([code, means]) => `| ${code} | ${means} |`),
  ];
}

function contents(commands: readonly Command[]): string[] {
  const groups = [...new Set(commands.map((command) => command.helpGroup()))];
  return groups.flatMap((group) => {
    const links = commands
      .filter((command) => command.helpGroup() === group)
      .map((command) => `[${command.name()}](#${command.name()})`);
    return [`- **${group}** ${links.join(" · ")}`];
  });
}

function describeCommand(command: Command, path: readonly string[] = []): string[] {
  const words = [...path, command.name()];
  const title = `${"#".repeat(words.length + 1)} ${words.join(" ")}`;
  const opening = ["", title, "", `${sentence(command.description())}`];
  if (command.commands.length > 0)
    return [...opening, ...command.commands.flatMap((below) => describeCommand(below, words))];
  return [
    ...opening,
    ...notesOf(command).flatMap((note) => ["", note]),
    ...exampleBlock(words.join(" ")),
    ...table(command),
  ];
}

function exampleBlock(path: string): string[] {
  const lines = (examples[path] ?? []).map((line) => `npx portcullis ${line}`);
  return lines.length === 0 ? [] : ["", "```bash", ...lines, "```"];
}

/** What the help says between the options and the examples. */
function notesOf(command: Command): string[] {
  let help = "";
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  const [, below = ""] = help.split("display help for command\n");
  const note = below.split(/^Examples?:/m)[0]?.trim() ?? "";
  return note === "" ? [] : [note];
}

function table(command: Command): string[] {
  const { registeredArguments, options } = command;
  return [
    "",
    "| | |",
    "|---|---|",
    ...registeredArguments.map((argument) => `| ${code(nameOf(argument))} | ${meaningOf(argument)} |`),
    ...options.map((option) => `| ${code(option.flags)} | ${meaningOf(option)} |`),
  ];
}

function nameOf(argument: Argument): string {
  return argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
}

function meaningOf(subject: Argument | Option): string {
  const { description, argChoices, defaultValue, defaultValueDescription } = subject;
  const facts = [
    ...("mandatory" in subject && subject.mandatory ? ["required"] : []),
    ...(argChoices ? [`one of ${argChoices.map(code).join(", ")}`] : []),
    ...(defaultValue === undefined || defaultValue === ""
      ? []
      : [`default ${code(defaultValueDescription ?? String(defaultValue))}`]),
  ];
  return [description, ...facts].join("; ").replaceAll("|", "\\|");
}

const code = (text: string) => `\`${text.replaceAll("|", "\\|")}\``;
const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function main(args: readonly string[]): void {
  keepGenerated(PAGE_FILE, `${commandsPage()}\n`, { args, by: "npm run commands" });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2));
