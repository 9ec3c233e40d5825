/** How many events of its history a round of a state machine takes on AWS, counted from the definition itself. */
import * as z from "zod";

interface State {
  readonly Type: string;
  readonly Resource?: string | undefined;
  readonly Next?: string | undefined;
  readonly Default?: string | undefined;
  readonly Choices?: readonly { readonly Next: string }[] | undefined;
  readonly Catch?: readonly { readonly Next: string }[] | undefined;
  readonly Retry?: readonly { readonly MaxAttempts?: number | undefined }[] | undefined;
  readonly Branches?: readonly Graph[] | undefined;
}
interface Graph {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const next = z.object({ Next: z.string() });
const state: z.ZodType<State> = z.object({
  Type: z.string(),
  Resource: z.string().optional(),
  Next: z.string().optional(),
  Default: z.string().optional(),
  Choices: z.array(next).optional(),
  Catch: z.array(next).optional(),
  Retry: z.array(z.object({ MaxAttempts: z.number().optional() })).optional(),
  get Branches() {
    return z.array(graph).optional();
  },
});
const graph: z.ZodType<Graph> = z.object({ StartAt: z.string(), States: z.record(z.string(), state) });

/** `calm`: nothing fails. `falling`: every task that may fail does, and what catches it goes on. `retried`: after all its retries. */
export type Weather = "calm" | "falling" | "retried";

/** The longest way from a state back to it. */
export function eventsOfRound(definition: string, from: string, weather: Weather): number {
  const machine = graph.parse(JSON.parse(definition));
  const first = machine.States[from];
  if (!first) throw new Error(`There is no state ${from}`);
  const ways = exitsOf(first, weather).map((name) => longest(machine, name, from, weather, [from]));
  return eventsOf(first, weather) + Math.max(...ways);
}

/** Events of the longest way from `name` to `goal`, or to an end where there is no goal; none if it does not lead there. */
function longest(
  machine: Graph,
  name: string,
  goal: string | null,
  weather: Weather,
  passed: readonly string[],
): number {
  if (name === goal) return 0;
  const here = machine.States[name];
  if (!here || passed.includes(name)) return Number.NEGATIVE_INFINITY;
  const exits = exitsOf(here, weather);
  const own = eventsOf(here, weather);
  if (exits.length === 0) return goal === null ? own : Number.NEGATIVE_INFINITY;
  return own + Math.max(...exits.map((exit) => longest(machine, exit, goal, weather, [...passed, name])));
}

function exitsOf({ Next, Default, Choices = [], Catch = [] }: State, weather: Weather): string[] {
  const caught = weather === "calm" ? [] : Catch;
  return [Next, Default, ...[...Choices, ...caught].map((exit) => exit.Next)].flatMap((name) => name ?? []);
}

/**
 * Entered and exited; a task is scheduled, started and ends as well, and is submitted where it is waited for; branches
 * begin and end together.
 */
function eventsOf({ Type, Resource = "", Retry = [], Branches = [] }: State, weather: Weather): number {
  if (Type === "Parallel") {
    const branches = Branches.map((branch) => longest(branch, branch.StartAt, null, weather, []));
    return 4 + branches.reduce((sum, events) => sum + events, 0);
  }
  if (Type !== "Task") return 2;
  const tries = weather === "retried" ? 1 + Math.max(0, ...Retry.map(({ MaxAttempts = 3 }) => MaxAttempts)) : 1;
  return 2 + tries * (Resource.endsWith(".sync") ? 4 : 3);
}
