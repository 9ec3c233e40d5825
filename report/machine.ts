/** The states of a Step Functions machine and the ways between them, read from its ASL definition. */
export interface MachineState {
  readonly name: string;
  readonly kind: "task" | "choice" | "wait" | "end" | "failure";
}

export interface MachineWay {
  readonly from: string;
  readonly to: string;
}

export interface Machine {
  readonly states: readonly MachineState[];
  readonly ways: readonly MachineWay[];
}

interface StateDefinition {
  readonly Type?: unknown;
  readonly Next?: unknown;
  readonly Default?: unknown;
  readonly Choices?: unknown;
  readonly Catch?: unknown;
}

/**
 * Follows the machine from `StartAt`, its main way first: `Next`, then the choices, `Default`, and what a time-out leads
 * to. Ways that only an error takes are left out, for a healthy run does not go them. Unreadable definitions give none.
 */
export function machineOf(definition: unknown): Machine {
  const { StartAt: start, States: states } = asRecord(definition);
  const table = asRecord(states);
  const isState = (name: unknown): name is string => typeof name === "string" && Object.hasOwn(table, name);
  const found = new Map<string, MachineState>();
  const ways: MachineWay[] = [];
  const visit = (name: string): void => {
    const state: StateDefinition = asRecord(table[name]);
    found.set(name, { name, kind: kindOf(state.Type) });
    for (const to of new Set(waysOn(state).filter(isState))) {
      ways.push({ from: name, to });
      if (!found.has(to)) visit(to);
    }
  };
  if (isState(start)) visit(start);
  return { states: [...found.values()], ways };
}

function waysOn({ Next, Default, Choices, Catch }: StateDefinition): unknown[] {
  const late = listOf(Catch).filter(({ ErrorEquals: errors }) => Array.isArray(errors) && errors.every(isTimeout));
  return [Next, ...[...listOf(Choices), { Next: Default }, ...late].map((each) => each["Next"])];
}

function isTimeout(error: unknown): boolean {
  return error === "States.Timeout" || error === "States.HeartbeatTimeout";
}

function kindOf(type: unknown): MachineState["kind"] {
  if (type === "Choice") return "choice";
  if (type === "Wait") return "wait";
  if (type === "Fail") return "failure";
  return type === "Succeed" ? "end" : "task";
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(asRecord) : [];
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
