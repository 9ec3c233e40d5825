import { readFileSync } from "node:fs";
import { join } from "node:path";

import validateAsl from "asl-validator";

const folder = join(import.meta.dirname, "../../statemachines");
const files = ["mitigate", "approve", "rollup"] as const;

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  readonly Parameters?: unknown;
  readonly Branches?: readonly Machine[];
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly BackoffRate: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
}
interface Machine {
  readonly States: Readonly<Record<string, State>>;
}

function textOf(file: string): string {
  return readFileSync(join(folder, `${file}.asl.json`), "utf8");
}

function statesOf(machine: Machine): [string, State][] {
  return Object.entries(machine.States).flatMap(([name, state]) => [
    [name, state] satisfies [string, State],
    ...(state.Branches ?? []).flatMap(statesOf),
  ]);
}

describe.each(files)("%s", (file) => {
  const machine: Machine = JSON.parse(textOf(file));
  const states = statesOf(machine);
  const tasks = states.filter(([, { Type }]) => Type === "Task");

  test("passes the validator: every target, path and ARN", () => {
    const { isValid, errorsText } = validateAsl(JSON.parse(textOf(file)), { checkArn: true, checkPaths: true });
    expect(isValid ? "" : errorsText()).toBe("");
  });

  test("every state has a name of its own, also inside branches", () => {
    const names = states.map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(tasks)("%s has a time-out and is retried with backoff on what passes", (name, state) => {
    expect(state.TimeoutSeconds ?? state.TimeoutSecondsPath).toBeDefined();
    const retried = state.Retry?.flatMap(({ ErrorEquals }) => ErrorEquals) ?? [];
    // An INSERT that was begun may have written, so the machine repeats only what never began.
    if (name.startsWith("Insert")) expect(retried).toEqual(["Athena.TooManyRequestsException"]);
    // What began and failed may be too large: it is asked again for less, not unchanged.
    else if (name.startsWith("Short"))
      expect(retried).toEqual(["Athena.TooManyRequestsException", "Athena.InternalServerException"]);
    else expect(retried.includes("RetryableError") || retried.includes("States.ALL")).toBe(true);
    for (const { BackoffRate } of state.Retry ?? []) expect(BackoffRate).toBeGreaterThan(1);
  });

  // The two engines and AWS differ in these corners.
  test("stays in what every engine does alike", () => {
    const text = textOf(file);
    expect(text).not.toMatch(/"Is[A-Z][a-z]+": false/);
    expect(text).not.toMatch(/QueryLanguage|Assign|\$states|"Type": "Map"|\$\$\.State\.|ToleratedFailure/);
    expect(states.filter(([, { Type, Retry }]) => Type === "Parallel" && Retry)).toEqual([]);
  });

  test("every choice asks whether its variable is there before it compares it", () => {
    for (const [, state] of states.filter(([, { Type }]) => Type === "Choice")) {
      const { Choices } = state as unknown as { Choices: { And: Record<string, unknown>[] }[] };
      for (const { And } of Choices) {
        const [present, compared] = And;
        expect(present).toEqual({ Variable: compared?.Variable, IsPresent: true });
      }
    }
  });

  test("whole values are substituted only, and no number", () => {
    const placeholders = textOf(file).match(/\S*\$\{\w+\}\S*/g) ?? [];
    expect(placeholders.length).toBeGreaterThan(0);
    for (const placeholder of placeholders) expect(placeholder).toMatch(/^("\$\{\w+\}"|.*'\$\{\w+\}'.*"),?$/);
  });
});
