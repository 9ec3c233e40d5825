/** The states of a Step Functions machine in the order in which a reader meets them, read from its ASL definition. */
export interface MachineState {
  readonly name: string;
  readonly kind: "task" | "choice" | "wait" | "end";
}

interface StateDefinition {
  readonly Type?: unknown;
  readonly Next?: unknown;
  readonly Default?: unknown;
  readonly Choices?: unknown;
}

/**
 * Follows the machine from `StartAt` along its main way: `Next`, then the choices, then `Default`. States that only
 * a `Catch` reaches are left out, for they are not what a healthy run goes through. Unreadable definitions give none.
 */
export function statesOf(definition: unknown): MachineState[] {
  const { StartAt: start, States: states } = asRecord(definition);
  const table = asRecord(states);
  const found = new Map<string, MachineState>();
  const visit = (name: unknown): void => {
    if (typeof name !== "string" || found.has(name) || !(name in table)) return;
    const state: StateDefinition = asRecord(table[name]);
    found.set(name, { name, kind: kindOf(state.Type) });
    visit(state.Next);
    for (const choice of Array.isArray(state.Choices) ? state.Choices : []) visit(asRecord(choice)["Next"]);
    visit(state.Default);
  };
  visit(start);
  return [...found.values()];
}

function kindOf(type: unknown): MachineState["kind"] {
  if (type === "Choice") return "choice";
  if (type === "Wait") return "wait";
  return type === "Succeed" || type === "Fail" ? "end" : "task";
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
