/** `portcullis policy`: see the policy in force, try another one on past logs, put it in force. */
import type { Command } from "commander";

import { type DeskFlags, deskOptions, jsonOption, type ReplayFlags, replayOptions } from "./options.ts";
import { wholeNumber } from "./values.ts";

export interface ShowFlags extends DeskFlags {
  readonly all?: true;
  readonly stated?: true;
}

export interface SetFlags extends DeskFlags {
  readonly deployed?: true;
  readonly yes?: true;
  readonly ofVersion?: number;
}

export interface TestFlags extends ReplayFlags {
  readonly against?: string;
  readonly local?: true;
}

const loadPolicy = () => import("../policy.ts");

export function registerPolicy(program: Command): void {
  const policy = program.command("policy").description("what is judged and banned by: see, compare, test on logs, set");
  deskOptions(policy.command("show").description("the policy in force, and who set it"))
    .option("--all", "also every threshold of every detection")
    .option("--stated", "only the document that states what differs from the defaults, to be edited and set")
    .action(async (flags: ShowFlags) => (await loadPolicy()).show(flags));
  deskOptions(
    policy.command("diff").description("what would change with another policy").argument("<file>", "a policy"),
  ).action(async (file: string, flags: DeskFlags) => (await loadPolicy()).diff(file, flags));
  registerTest(policy);
  deskOptions(
    policy
      .command("set")
      .description("put a policy in force, from the next run on and without a deployment")
      .argument("[file]", "a policy, which states what differs from the defaults"),
  )
    .option("--deployed", "go back to the policy of the last deployment")
    .option("--yes", "do not ask")
    .option(
      "--of-version <n>",
      "only if what is in force still is of this version, as `show` told",
      wholeNumber(0, 999_999_999),
    )
    .action(async (file: string | undefined, flags: SetFlags) => (await loadPolicy()).set(file, flags));
}

function registerTest(policy: Command): void {
  const test = policy
    .command("test")
    .description("replay past logs with another policy: who would have been banned besides, whom it would have hit")
    .argument("<file>", "a policy");
  jsonOption(
    replayOptions(test)
      .option("--local", "compare with the policy in force in the demo that runs in this folder")
      .option(
        "--against <file>",
        "compare with this policy (default: the one in force of --config or --local, else the defaults)",
      ),
  )
    .addHelpText("after", "\nWith --config the policy in force is read from the deployment.")
    .action(async (file: string, flags: TestFlags) => (await import("../policy-test.ts")).testPolicy(file, flags));
}
