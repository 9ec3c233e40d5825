/** `portcullis policy show | diff | set`. */
import { policyInForce } from "../functions/block/policy-in-force.ts";
import type { Policy } from "../functions/domain/policy.ts";
import { policyDifference } from "../functions/domain/policy-difference.ts";
import type { DeskFlags } from "./commands/options.ts";
import type { SetFlags, ShowFlags } from "./commands/tuning.ts";
import { type Desk, openDesk } from "./desk.ts";
import { exitCodes, UsageError } from "./exit.ts";

import { printJson, printText } from "./output.ts";
import { readPolicy } from "./policy-file.ts";
import { changeTable, describeOrigin, valueTable } from "./policy-output.ts";
import { setInForce } from "./policy-set.ts";
import { policyChanges } from "./policy-values.ts";

/** The desk, and the policy that is in force at it. */
async function open(flags: DeskFlags) {
  const desk: Desk = await openDesk(flags);
  return { desk, inForce: await policyInForce(desk.ports, desk.deployment.policy) };
}

export async function show(flags: ShowFlags): Promise<void> {
  const { desk, inForce } = await open(flags);
  const stated = policyDifference(inForce.policy);
  if (inForce.problem !== null) process.exitCode = exitCodes.incomplete;
  if (flags.stated) return printJson(stated);
  if (flags.json) return printJson({ ...inForce, stated });
  const differs = policyChanges(desk.deployment.policy, inForce.policy).length;
  await printText([...describeOrigin(inForce, differs), "", valueTable(inForce.policy, flags.all ?? false)].join("\n"));
}

export async function diff(file: string, flags: DeskFlags): Promise<void> {
  const wanted = readPolicy(file);
  const { inForce } = await open(flags);
  const changes = policyChanges(inForce.policy, wanted);
  if (flags.json) return printJson({ version: inForce.version, changes });
  await printText(changes.length === 0 ? "Nothing: it says what is in force." : changeTable(changes));
}

export async function set(file: string | undefined, flags: SetFlags): Promise<void> {
  if ((file === undefined) !== (flags.deployed === true))
    throw new UsageError("name the file of a policy, or --deployed to go back to the policy of the last deployment");
  const wanted: Policy | null = file === undefined ? null : readPolicy(file);
  const { desk, inForce } = await open(flags);
  await setInForce(desk, { wanted, inForce }, flags);
}
