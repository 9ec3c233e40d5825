/** State machines, drawn from their definitions: what follows what, and dotted where an error leads. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

import { projectRoot } from "../../local/build-cache.ts";
import { type Edge, edgeLine, flowchart, nodeLine, subgraph } from "./mermaid.ts";

const next = z.object({ Next: z.string() });
const stateSchema = z.object({
  Type: z.enum(["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"]),
  Next: z.string().optional(),
  Default: z.string().optional(),
  Choices: z.array(next).default([]),
  Catch: z.array(next).default([]),
  get Branches() {
    return z.array(machineSchema).default([]);
  },
  get ItemProcessor() {
    return machineSchema.optional();
  },
});
const machineSchema = z.object({
  StartAt: z.string(),
  get States() {
    return z.record(z.string(), stateSchema);
  },
});
type Machine = z.infer<typeof machineSchema>;
type State = Machine["States"][string];

export function machineDiagram(name: string): string {
  const file = join(projectRoot, "statemachines", `${name}.asl.json`);
  const machine = machineSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  return flowchart("TB", [`begin((" "))`, `begin --> ${idOf(machine.StartAt)}`, ...linesOf(machine)]);
}

function linesOf({ States }: Machine): string[] {
  const states = Object.entries(States);
  return [...states.flatMap(([name, state]) => drawState(name, state)), ...edgesOf(states).map(edgeLine)];
}

const shapes: Partial<Record<State["Type"], "choice" | "round">> = {
  Choice: "choice",
  Succeed: "round",
  Fail: "round",
};

function drawState(name: string, state: State): string[] {
  const inner = [...state.Branches, ...(state.ItemProcessor ? [state.ItemProcessor] : [])];
  if (inner.length > 0) return subgraph(idOf(name), `${name}: all at the same time`, inner.flatMap(linesOf));
  const ends = state.Type === "Fail" ? ["✕"] : state.Type === "Succeed" ? ["✓"] : [];
  return [nodeLine({ id: idOf(name), lines: [[name, ...ends].join(" ")], shape: shapes[state.Type] ?? "box" })];
}

function edgesOf(states: readonly (readonly [string, State])[]): Edge[] {
  const edges = states.flatMap(([name, { Next, Default, Choices, Catch }]): Edge[] => [
    ...[Next, ...Choices.map((choice) => choice.Next)].flatMap((to) => (to ? [{ from: name, to }] : [])),
    ...(Default ? [{ from: name, to: Default, label: "else" }] : []),
    ...Catch.map(({ Next: to }) => ({ from: name, to, dotted: true })),
  ]);
  const seen = new Map(edges.map((edge) => [`${edge.from} ${edge.to} ${edge.dotted === true}`, edge]));
  // What fails and then goes on as usual needs no second arrow.
  return [...seen.values()]
    .filter(({ dotted, from, to }) => !dotted || !seen.has(`${from} ${to} false`))
    .map((edge) => ({ ...edge, from: idOf(edge.from), to: idOf(edge.to) }));
}

/** `end` is a word of Mermaid's. */
function idOf(name: string): string {
  return `s_${name}`;
}
