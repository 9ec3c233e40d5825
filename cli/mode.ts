import { currentMode, listBans, setMode } from "../functions/block/operator.ts";
import type { Mode } from "../functions/domain/ban.ts";
import { RefusedError } from "../functions/domain/errors.ts";
import type { ModeFlags } from "./commands/deciding.ts";
import { type Desk, openDesk } from "./desk.ts";
import { printJson, printText } from "./output.ts";
import { finishing } from "./terminal.ts";

export async function mode(wanted: Mode | undefined, flags: ModeFlags): Promise<void> {
  const desk = await openDesk(flags);
  const { ports, scene } = desk;
  const before = await currentMode(ports.control, scene.initialMode);
  if (wanted === "enforce" && before !== "enforce" && !flags.force) await refuseUnlessGreen(desk);
  if (wanted !== undefined) await finishing(() => setMode(ports, scene, wanted));
  const now = wanted ?? before;
  const simulated =
    before === "observe" && now !== "observe" ? (await listBans(ports)).filter((ban) => ban.simulated) : [];
  if (flags.json) return printJson({ mode: now, ...(wanted !== undefined && { before, simulated: simulated.length }) });
  await printText(wanted === undefined || wanted === before ? now : `${before} → ${now}`);
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
  throw new RefusedError(
    "`doctor` finds something to mend first; see `portcullis doctor`, or add --force to enforce all the same",
    wrong.map(({ check, what }) => `${check}: ${what}`),
  );
}
