/** `portcullis policy`: see the policy in force, try another one on past logs, put it in force. */
import { type Command, InvalidArgumentError } from "commander";

import type { Policy } from "../functions/domain/policy.ts";
import { policyDifference } from "../functions/domain/policy-difference.ts";
import type { Desk } from "./desk.ts";
import { type DeskFlags, deskOptions } from "./desk-options.ts";
import { exitCodes, UsageError } from "./exit.ts";
import { readPolicy } from "./log-options.ts";
import { printJson, printText } from "./output.ts";
import { changeTable, describeOrigin, valueTable } from "./policy-output.ts";
import { type SetFlags, setInForce } from "./policy-set.ts";
import { registerPolicyTest } from "./policy-test.ts";
import { policyChanges } from "./policy-values.ts";

interface ShowFlags extends DeskFlags {
  readonly all?: true;
  readonly stated?: true;
}

export function registerPolicy(program: Command): void {
  const policy = program.command("policy").description("what is judged and banned by: see, compare, test on logs, set");
  deskOptions(policy.command("show").description("the policy in force, and who set it"))
    .option("--all", "also every threshold of every detection")
    .option("--stated", "only the document that states what differs from the defaults, to be edited and set")
    .action(show);
  deskOptions(
    policy.command("diff").description("what would change with another policy").argument("<file>", "a policy"),
  ).action(diff);
  registerPolicyTest(policy);
  deskOptions(
    policy
      .command("set")
      .description("put a policy in force, from the next run on and without a deployment")
      .argument("[file]", "a policy, which states what differs from the defaults"),
  )
    .option("--deployed", "go back to the policy of the last deployment")
    .option("--yes", "do not ask")
    .option("--of-version <n>", "only if what is in force still is of this version, as `show` told", parseVersion)
    .action(set);
}

function parseVersion(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("A version is a whole number from 0.");
  return Number(text);
}

/** The desk, and the policy that is in force at it. */
async function open(flags: DeskFlags) {
  const { openDesk } = await import("./desk.ts");
  const { policyInForce } = await import("../functions/block/policy-in-force.ts");
  const desk: Desk = await openDesk(flags);
  return { desk, inForce: await policyInForce(desk.ports, desk.deployment.policy) };
}

async function show(flags: ShowFlags): Promise<void> {
  const { desk, inForce } = await open(flags);
  const stated = policyDifference(inForce.policy);
  if (inForce.problem !== null) process.exitCode = exitCodes.incomplete;
  if (flags.stated) return printJson(stated);
  if (flags.json) return printJson({ ...inForce, stated });
  const differs = policyChanges(desk.deployment.policy, inForce.policy).length;
  await printText([...describeOrigin(inForce, differs), "", valueTable(inForce.policy, flags.all ?? false)].join("\n"));
}

async function diff(file: string, flags: DeskFlags): Promise<void> {
  const wanted = readPolicy(file);
  const { inForce } = await open(flags);
  const changes = policyChanges(inForce.policy, wanted);
  if (flags.json) return printJson({ version: inForce.version, changes });
  await printText(changes.length === 0 ? "Nothing: it says what is in force." : changeTable(changes));
}

async function set(file: string | undefined, flags: SetFlags): Promise<void> {
  if ((file === undefined) !== (flags.deployed === true))
    throw new UsageError("name the file of a policy, or --deployed to go back to the policy of the last deployment");
  const wanted: Policy | null = file === undefined ? null : readPolicy(file);
  const { desk, inForce } = await open(flags);
  await setInForce(desk, { wanted, inForce }, flags);
}
