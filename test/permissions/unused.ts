/** Permissions that no scenario has used, held against the reasons for which there may be some. */
import type { Grant } from "../../local/iam.ts";
import { readGrants } from "./notes.ts";
import { type Reason, reasons } from "./reasons.ts";

/** Permissions that were not used, as `role action resource`, less those with a reason. */
export function unusedPermissions(grants: readonly Grant[], allowed: readonly Reason[] = reasons): string[] {
  return grants
    .filter(({ isUsed }) => !isUsed)
    .map(lineOf)
    .filter((line) => !allowed.some(({ permissions }) => permissions.test(line)))
    .sort();
}

/** What to tell about the scenarios that have noted their grants in a folder; null if all is well. */
export function tellUnused(folder: string): string | null {
  const grants = readGrants(folder);
  if (grants.length === 0) return "No scenario has noted what its roles may do: nothing is known about permissions.";
  const unused = unusedPermissions(grants);
  if (unused.length === 0) return null;
  const advice =
    "Take them away in infra/, use them in a scenario, or write down why they stay (test/permissions/reasons.ts)";
  return [`Permissions that no scenario uses. ${advice}:`, ...unused].join("\n  ");
}

function lineOf({ role, action, resource }: Grant): string {
  return `${role} ${action} ${resource}`;
}
