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
  const change = wanted === undefined ? null : { before, ...(await changeOf(desk, before, wanted)) };
  if (flags.json) return printJson({ mode: wanted ?? before, ...change });
  await printText(wanted === undefined || wanted === before ? before : `${before} → ${wanted}`);
  if (change?.simulated)
    await printText(
      `Simulated bans that still last: ${change.simulated}. The next look judges their sources by what led to them.`,
    );
  if (change?.enforced)
    await printText(
      `Bans that keep somebody out: ${change.enforced}. They last until they end; \`portcullis bans list\` shows them, \`bans release\` and \`bans undo\` end them now.`,
    );
}

/** The bans that somebody who switches may not expect: simulated ones outside of `observe`, real ones where nobody is banned any more. */
async function changeOf({ ports }: Desk, before: Mode, now: Mode) {
  const bans = await listBans(ports);
  const simulated = bans.filter((ban) => ban.simulated).length;
  return {
    simulated: before === "observe" && now !== before ? simulated : 0,
    enforced: (now === "observe" || now === "paused") && now !== before ? bans.length - simulated : 0,
  };
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
