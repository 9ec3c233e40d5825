/** Policies as a terminal shows them. */
import type { PolicyInForce } from "../functions/block/policy-in-force.ts";
import type { Policy } from "../functions/domain/policy.ts";
import { printable } from "../functions/domain/printable.ts";
import { counted } from "../functions/domain/wording.ts";
import { palette } from "./output.ts";
import { type PolicyChange, type PolicyValue, policyValues } from "./policy-values.ts";
import { formatTable } from "./table.ts";

/** Where the policy in force comes from; `differs` is how many values are not as deployed. */
export function describeOrigin(
  { origin, version, by, at, problem }: Omit<PolicyInForce, "policy">,
  differs: number,
): string[] {
  const { bold, red } = palette(process.stdout);
  const who = by === null ? "" : ` by ${printable(by)} at ${at}, version ${version}`;
  if (problem !== null)
    return [
      `${bold("policy")}  as deployed, because the one that was set cannot be used:`,
      ...problem.split("\n").map((line) => `        ${red(printable(line))}`),
      "        Set another one, or go back to the deployed one with `portcullis policy set --deployed`.",
    ];
  if (origin === "set")
    return [`${bold("policy")}  set${who}; ${counted(differs, "value differs", "values differ")} from the config`];
  return [`${bold("policy")}  as deployed${by === null ? "" : `, again${who}`}`];
}

export function valueTable(policy: Policy, all: boolean): string {
  const values = policyValues(policy);
  const isShown = ({ path, value, default: usual }: PolicyValue) =>
    all || value !== usual || !path.startsWith("detections.");
  const shown = values.filter(isShown);
  const { bold, dim } = palette(process.stdout);
  const rows = shown.map(({ path, value, default: usual, means }) => [
    path,
    value === usual ? String(value) : { text: String(value), paint: bold },
    value === usual ? { text: "default", paint: dim } : `default ${usual}`,
    means,
  ]);
  const table = formatTable(
    ["value", { title: "is", right: true }, "", { title: "means", wraps: true, drop: 1 }],
    rows,
  );
  const more = values.length - shown.length;
  return more === 0 ? table : `${table}\n\n${more} thresholds of detections are at their defaults (--all shows them).`;
}

export function changeTable(changes: readonly PolicyChange[]): string {
  const rows = changes.map(({ path, from, to, default: usual, means }) => [
    ...[path, String(from), to === usual ? `${to} (default)` : String(to)],
    means,
  ]);
  const head = [{ title: "in force", right: true as const }, "new"];
  return formatTable(["value", ...head, { title: "means", wraps: true, drop: 1 }], rows);
}

/** For the record, in one line. */
export function changesInWords(changes: readonly PolicyChange[]): string {
  return changes.map(({ path, from, to }) => `${path} ${from} → ${to}`).join("; ");
}
