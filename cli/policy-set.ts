/** `portcullis policy set`: shows what changes, asks, and writes onto the version that was shown. */
import { createInterface } from "node:readline/promises";

import { type PolicyInForce, setPolicy } from "../functions/block/policy-in-force.ts";
import { ConflictError } from "../functions/domain/errors.ts";
import type { Policy } from "../functions/domain/policy.ts";
import type { SetFlags } from "./commands/tuning.ts";
import type { Desk } from "./desk.ts";
import { exitCodes, UsageError } from "./exit.ts";
import { printJson, printText } from "./output.ts";
import { changesInWords, changeTable } from "./policy-output.ts";
import { type PolicyChange, policyChanges } from "./policy-values.ts";
import { finishing } from "./terminal.ts";

interface Wish {
  /** Null is the deployed policy. */
  readonly wanted: Policy | null;
  readonly inForce: PolicyInForce;
}

export async function setInForce(desk: Desk, wish: Wish, flags: SetFlags): Promise<void> {
  const { wanted, inForce } = wish;
  if (flags.ofVersion !== undefined && flags.ofVersion !== inForce.version)
    throw new ConflictError(`Version ${inForce.version} is in force now; look again with \`portcullis policy show\`.`);
  const changes = policyChanges(inForce.policy, wanted ?? desk.deployment.policy);
  if (!flags.json) await printText(changes.length === 0 ? "No value changes." : changeTable(changes));
  if (changes.length === 0 && isSettled(wish)) return tell(flags, inForce.version, changes, "It is in force already.");
  if (!(await agreed(flags))) {
    process.stderr.write("Nothing was set.\n");
    process.exitCode = exitCodes.failed;
    return;
  }
  const why = `${wanted === null ? "back to the deployed policy: " : ""}${changesInWords(changes) || "no value changes"}`;
  const order = { policy: wanted, after: inForce.version, by: desk.scene.by, why };
  const version = await finishing(() => setPolicy(desk.ports, order));
  await tell(flags, version, changes, `In force from the next run on, as version ${version}.`);
}

/** A set policy with the deployed one's values still is another thing: the next deployment does not change it. */
function isSettled({ wanted, inForce: { origin, problem } }: Wish): boolean {
  return problem === null && origin === (wanted === null ? "config" : "set");
}

async function tell(
  { json }: SetFlags,
  version: number,
  changes: readonly PolicyChange[],
  sentence: string,
): Promise<void> {
  await (json ? printJson({ version, changes }) : printText(sentence));
}

async function agreed({ yes }: SetFlags): Promise<boolean> {
  if (yes) return true;
  if (process.stdin.isTTY !== true) throw new UsageError("nobody can be asked here: add --yes");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question("Put this in force? [y/N] ")).trim());
  } finally {
    lines.close();
  }
}
