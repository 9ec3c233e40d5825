/** The strokes by which a machine's executions are killed, each in the first story that comes to it. */
import { definitionOf, statesOf } from "../../statemachines/builders.ts";
import type { MachineName, Machines, Stroke } from "./machines.ts";
import type { Drawable } from "./sample.ts";

export interface Strike extends Drawable {
  readonly story: string;
  readonly stroke: Stroke;
}

/** `begin` runs a story to its end. Between them the stories come through every state. */
export async function strikesOf(
  machine: MachineName,
  stories: readonly string[],
  begin: (story: string) => Promise<Machines>,
): Promise<readonly Strike[]> {
  const found = new Map<string, Strike>();
  for (const story of stories) {
    const machines = await begin(story);
    for (const stroke of machines.strokes(machine)) {
      const where = `${stroke.state} ${stroke.when}`;
      if (!found.has(where))
        found.set(where, { story, stroke, kind: `${story}, ${stroke.when}`, what: `${story}, ${where}` });
    }
    await machines.stop();
  }
  const states = statesOf(definitionOf(machine)).map(([name]) => name);
  const struck = new Set([...found.values()].map(({ stroke }) => stroke.state));
  expect([...struck].sort()).toEqual(states.sort());
  return [...found.values()];
}
