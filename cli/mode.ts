import { Argument, type Command, Option } from "commander";

import { type Mode, modeSchema } from "../functions/domain/ban.ts";
import { InvalidInputError } from "../functions/domain/errors.ts";
import type { Desk } from "./desk.ts";
import { type DeskFlags, deskOptions } from "./desk-options.ts";
import { printJson, printText } from "./output.ts";
import { finishing } from "./terminal.ts";

interface ModeFlags extends DeskFlags {
  readonly force?: true;
}

export function registerMode(program: Command): void {
  deskOptions(program.command("mode").description("show or switch the mode of the deployment"))
    .addArgument(new Argument("[mode]", "the new mode").choices(modeSchema.options))
    .addOption(new Option("--force", "switch to enforce whatever `doctor` finds"))
    .addHelpText(
      "after",
      "\nenforce bans hands-off, approve asks a person, observe only simulates, paused does nothing.",
    )
    .action(run);
}

async function run(wanted: Mode | undefined, flags: ModeFlags): Promise<void> {
  const { openDesk } = await import("./desk.ts");
  const { currentMode, listBans, setMode } = await import("../functions/block/operator.ts");
  const desk = await openDesk(flags);
  const { ports, scene } = desk;
  const before = await currentMode(ports.control, scene.initialMode);
  if (wanted === "enforce" && before !== "enforce" && !flags.force) await refuseUnlessGreen(desk);
  if (wanted !== undefined) await finishing(() => setMode(ports, scene, wanted));
  const mode = wanted ?? before;
  const simulated =
    before === "observe" && mode !== "observe" ? (await listBans(ports)).filter((ban) => ban.simulated) : [];
  if (flags.json) return printJson({ mode, ...(wanted !== undefined && { before, simulated: simulated.length }) });
  await printText(wanted === undefined || wanted === before ? mode : `${before} → ${mode}`);
  if (simulated.length > 0)
    await printText(
      `Simulated bans that still last: ${simulated.length}. The next look judges their sources by what led to them.`,
    );
}

/** Bans of a deployment that leaves a way round the proxy, or does not see its logs, do more harm than good. */
async function refuseUnlessGreen(desk: Desk): Promise<void> {
  const { examine } = await import("./doctor.ts");
  const wrong = (await examine(desk)).filter(({ state }) => state === "problem" || state === "unchecked");
  if (wrong.length === 0) return;
  throw new InvalidInputError(
    "`doctor` finds something to mend first; see `portcullis doctor`, or add --force to enforce all the same",
    wrong.map(({ check, what }) => `${check}: ${what}`),
  );
}
