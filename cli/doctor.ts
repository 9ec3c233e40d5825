import type { Command } from "commander";

import type { Desk } from "./desk.ts";
import { type DeskFlags, deskOptions } from "./desk-options.ts";
import { type Finding, type FindingState, findingStates, isGreen } from "./doctor/check.ts";
import { exitCodes } from "./exit.ts";
import { palette, printJson, printText } from "./output.ts";

export function registerDoctor(program: Command): void {
  deskOptions(
    program
      .command("doctor")
      .description("read-only check of a deployment: ways round the proxy, secret, edge, logs, alarms, quotas, drift"),
  )
    .addHelpText("after", "\nEnds with 3 where something is to be mended or could not be read. See docs/doctor.md.")
    .action(run);
}

async function run(flags: DeskFlags): Promise<void> {
  const { openDesk } = await import("./desk.ts");
  const findings = await examine(await openDesk(flags));
  if (!isGreen(findings)) process.exitCode = exitCodes.incomplete;
  if (flags.json) return printJson({ green: isGreen(findings), findings });
  await printText(describe(findings));
}

/** Every finding about a deployment, the worst first. */
export async function examine(desk: Desk): Promise<readonly Finding[]> {
  const { subjectsOf } = await import("./doctor/subjects.ts");
  const findings = (await Promise.all(subjectsOf(desk).map((subject) => subject.ask()))).flat();
  return findingStates.flatMap((state) => findings.filter((finding) => finding.state === state));
}

function describe(findings: readonly Finding[]): string {
  const { bold, red, yellow, cyan, green } = palette(process.stdout);
  const marks: Record<FindingState, string> = {
    problem: red("problem  "),
    unchecked: yellow("unchecked"),
    advice: cyan("advice   "),
    ok: green("ok       "),
  };
  const lines = findings.flatMap(({ state, check, what, why, mend }) => [
    `${marks[state]} ${bold(check)}: ${what}`,
    ...(state === "ok" ? [] : [`          ${why}`, `          → ${mend}`]),
  ]);
  const count = (state: FindingState) => findings.filter((finding) => finding.state === state).length;
  return [
    ...lines,
    "",
    `${count("problem")} to mend, ${count("unchecked")} unchecked, ${count("advice")} to consider, ${count("ok")} well`,
  ].join("\n");
}
