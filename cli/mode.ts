import { Argument, type Command, Option } from "commander";

import { type Mode, modeSchema } from "../functions/domain/ban.ts";
import { type DeskFlags, deskOptions } from "./desk-options.ts";
import { UsageError } from "./exit.ts";
import { printJson, printText } from "./output.ts";

interface ModeFlags extends DeskFlags {
  readonly force?: true;
}

export function registerMode(program: Command): void {
  deskOptions(program.command("mode").description("show or switch the mode of the deployment"))
    .addArgument(new Argument("[mode]", "the new mode").choices(modeSchema.options))
    .addOption(new Option("--force", "switch to enforce without a check by `doctor`"))
    .addHelpText(
      "after",
      "\nenforce bans hands-off, approve asks a person, observe only simulates, paused does nothing.",
    )
    .action(run);
}

async function run(wanted: Mode | undefined, flags: ModeFlags): Promise<void> {
  const { openDesk } = await import("./desk.ts");
  const { currentMode, setMode } = await import("../functions/block/operator.ts");
  const { ports, scene } = await openDesk(flags);
  const before = await currentMode(ports.control, scene.initialMode);
  if (wanted === "enforce" && before !== "enforce" && !flags.force && !flags.local)
    throw new UsageError(
      "`doctor` is not in this version, so nothing has checked this deployment; add --force to enforce.",
    );
  if (wanted !== undefined) await setMode(ports, scene, wanted);
  const mode = wanted ?? before;
  if (flags.json) return printJson({ mode, ...(wanted !== undefined && { before }) });
  await printText(wanted === undefined || wanted === before ? mode : `${before} → ${mode}`);
}
