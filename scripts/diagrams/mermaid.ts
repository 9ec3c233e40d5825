/** Mermaid flowcharts, as GitHub renders them. */
export interface Node {
  readonly id: string;
  readonly lines: readonly string[];
  readonly shape?: "box" | "choice" | "round" | "store";
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /** Where something failed, or what is only told. */
  readonly dotted?: boolean;
}

const brackets = { box: ["[", "]"], choice: ["{", "}"], round: ["([", "])"], store: ["[(", ")]"] } as const;

export function nodeLine({ id, lines, shape = "box" }: Node): string {
  const [open, close] = brackets[shape];
  return `${id}${open}"${lines.map((line) => line.replaceAll('"', "'")).join("<br/>")}"${close}`;
}

export function edgeLine({ from, to, label, dotted = false }: Edge): string {
  return `${from} ${dotted ? "-.->" : "-->"}${label ? `|"${label}"|` : ""} ${to}`;
}

export function flowchart(direction: "LR" | "TB", lines: readonly string[]): string {
  return ["```mermaid", `flowchart ${direction}`, ...lines.map((line) => `  ${line}`), "```"].join("\n");
}

export function subgraph(id: string, title: string, lines: readonly string[], direction: "LR" | "TB" = "TB"): string[] {
  return [`subgraph ${id}["${title}"]`, `  direction ${direction}`, ...lines.map((line) => `  ${line}`), "end"];
}
