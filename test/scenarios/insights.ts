/** Logs Insights queries against log lines: no engine for them exists here, so what they name is held against what is written. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Assembly } from "../../local/template.ts";
import type { WorldEvent } from "../../local/world.ts";

const folder = join(import.meta.dirname, "../../functions/block/insights");
const COMMANDS = /^(fields|filter|sort|stats|limit)\b/;
const WORDS = new Set("fields filter sort stats limit in desc asc as by count max latest".split(" "));

/** The commands of a query. Throws on what is none: each is a line of its own, from the second on after a pipe. */
function insightsCommands(name: string): string[] {
  const text = readFileSync(join(folder, `${name}.insights`), "utf8");
  const [first = "", ...rest] = text
    .trim()
    .split("\n")
    .filter((line) => !line.startsWith("#"));
  const piped = rest.map((line) => /^\| (.+)$/.exec(line)?.[1] ?? line);
  const commands = [first, ...piped];
  const strange = commands.filter(
    (command, index) => !COMMANDS.test(command) || (index > 0 && !rest[index - 1]?.startsWith("| ")),
  );
  if (strange.length > 0) throw new Error(`${name}: ${strange.join("; ")}`);
  return commands;
}

/** Fields that a query names, without those that Logs Insights adds and those that the query makes. */
function insightsFields(name: string): string[] {
  const text = insightsCommands(name)
    .join("\n")
    .replaceAll(/"[^"]*"/g, "");
  const made = new Set([...text.matchAll(/\bas (\w+)/g)].map(([, alias]) => alias));
  const named = text.match(/@?[a-zA-Z][\w.]*/g) ?? [];
  return [...new Set(named)].filter((word) => !word.startsWith("@") && !WORDS.has(word) && !made.has(word));
}

/** Events that a query asks for. */
function insightsEvents(name: string): string[] {
  const [, list = ""] = /filter event in \[([^\]]*)\]/.exec(insightsCommands(name).join("\n")) ?? [];
  return [...list.matchAll(/"([^"]+)"/g)].map(([, event = ""]) => event);
}

/** Every JSON line that a function logged, of those whose log groups the query reads. */
export function decisionsIn(events: readonly WorldEvent[], functions: readonly string[]): Record<string, unknown>[] {
  return events.flatMap((event) =>
    event.kind === "lambda-log" && functions.includes(event.log.functionName) && event.log.text.startsWith('{"event":')
      ? [JSON.parse(event.log.text) as Record<string, unknown>]
      : [],
  );
}

function valueAt(line: Record<string, unknown>, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => Object(value)[key], line);
}

/** What a query names and no line holds: events that it asks for, and fields in none of the lines with these events. */
export function unwritten(name: string, lines: readonly Record<string, unknown>[]): string[] {
  const asked = insightsEvents(name);
  const found = asked.length === 0 ? lines : lines.filter(({ event }) => asked.includes(String(event)));
  return [
    ...asked.filter((event) => !found.some((line) => line["event"] === event)),
    ...insightsFields(name).filter((field) => !found.some((line) => valueAt(line, field) !== undefined)),
  ];
}

/** The functions whose log groups the deployed query reads. */
export function functionsOf(name: string, assembly: Pick<Assembly, "ofType">): string[] {
  const definition = assembly
    .ofType("AWS::Logs::QueryDefinition")
    .find(({ properties }) => String(properties.Name).endsWith(`/${name}`));
  const groups = definition?.properties.LogGroupNames as string[] | undefined;
  return (groups ?? []).map((group) => group.replace("/aws/lambda/", ""));
}
