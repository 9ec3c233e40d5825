/** Commands by which people decide. */
import { Argument, type Command, Option } from "commander";

import { modes } from "../../functions/domain/mode.ts";
import { parseDuration } from "./duration.ts";
import { type DeskFlags, deskOptions } from "./options.ts";
import { runIdOf, textOf, wholeNumber } from "./values.ts";

export interface AddFlags extends DeskFlags {
  readonly for: number;
  readonly reason: string;
  readonly target: "edge" | "pool" | "both";
}

export interface DecideFlags extends DeskFlags {
  readonly except?: readonly string[];
  readonly comment: string;
  readonly ofVersion?: number;
}

export interface ModeFlags extends DeskFlags {
  readonly force?: true;
}

export type Mode = (typeof modes)[number];

const loadBans = () => import("../bans.ts");
const loadApprovals = () => import("../approvals.ts");

export function registerBans(program: Command): void {
  const bans = program.command("bans").description("who is banned; ban, release and undo by hand");
  deskOptions(bans.command("list").description("bans in force, those that end first first")).action(
    async (flags: DeskFlags) => (await loadBans()).list(flags),
  );
  deskOptions(
    bans
      .command("add")
      .description("ban a source by hand, through the same guards as the machine")
      .argument("<cidr>", "an address or a range"),
  )
    .requiredOption("--for <duration>", "how long: 90m, 2h, 7d", parseDuration)
    .requiredOption("--reason <text>", "kept in the record", textOf)
    .addOption(
      new Option("--target <where>", "web ACL that enforces it").choices(["edge", "pool", "both"]).default("both"),
    )
    .action(async (cidr: string, flags: AddFlags) => (await loadBans()).add(cidr, flags));
  deskOptions(
    bans
      .command("release")
      .description("let a source go at once; the machine leaves it alone for a day")
      .argument("<cidr>", "an address or a range that is banned"),
  ).action(async (cidr: string, flags: DeskFlags) => (await loadBans()).release(cidr, flags));
  deskOptions(
    bans
      .command("undo")
      .description("take back everything that one run did, and nothing else")
      .argument("<run>", "id of the run, as `status` and its notice tell it", runIdOf),
  ).action(async (run: string, flags: DeskFlags) => (await loadBans()).undo(run, flags));
}

const PROPOSAL = "id of the proposal, as `approvals list` shows it";

export function registerApprovals(program: Command): void {
  const approvals = program.command("approvals").description("what waits for a person, and the decision on it");
  deskOptions(approvals.command("list").description("the latest proposal of each category")).action(
    async (flags: DeskFlags) => (await loadApprovals()).list(flags),
  );
  deskOptions(
    approvals.command("show").description("the sources of a proposal, with reasons").argument("<id>", PROPOSAL),
  ).action(async (id: string, flags: DeskFlags) => (await loadApprovals()).show(id, flags));
  decisionOptions(
    approvals
      .command("approve")
      .description("ban what was proposed")
      .argument("<id>", PROPOSAL)
      .option("--except <cidr...>", "sources that are not banned"),
  ).action(async (id: string, flags: DecideFlags) => (await loadApprovals()).decide(id, true, flags));
  decisionOptions(
    approvals.command("reject").description("ban nobody of the proposal").argument("<id>", PROPOSAL),
  ).action(async (id: string, flags: DecideFlags) => (await loadApprovals()).decide(id, false, flags));
}

function decisionOptions(command: Command): Command {
  return deskOptions(command)
    .option("--comment <text>", "kept with the decision", "")
    .option("--of-version <n>", "only if it still is of this version, as `show` told", wholeNumber(1, 999_999_999));
}

export function registerMode(program: Command): void {
  deskOptions(program.command("mode").description("show or switch the mode of the deployment"))
    .addArgument(new Argument("[mode]", "the new mode").choices(modes))
    .option("--force", "switch to enforce whatever `doctor` finds")
    .addHelpText(
      "after",
      "\nenforce bans hands-off, approve asks a person, observe only simulates, paused does nothing.",
    )
    .action(async (wanted: Mode | undefined, flags: ModeFlags) => (await import("../mode.ts")).mode(wanted, flags));
}
