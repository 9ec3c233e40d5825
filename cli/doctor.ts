import type { DoctorFlags } from "./commands/seeing.ts";
import { type Desk, openDesk } from "./desk.ts";
import { type Finding, type FindingState, findingStates, isGreen, type Subject, subject } from "./doctor/check.ts";
import { exitCodes } from "./exit.ts";
import { palette, printJson, printText } from "./output.ts";

export async function doctor(flags: DoctorFlags): Promise<void> {
  const desk = await openDesk(flags);
  const probes = flags.probe ? [await probeSubject(desk, flags.wait), ...(await gateSubjects(desk))] : [];
  const findings = await examine(desk, probes);
  if (!isGreen(findings)) process.exitCode = exitCodes.incomplete;
  if (flags.json) return printJson({ green: isGreen(findings), findings });
  await printText(describe(findings));
}

/** Calls through the distribution; a subject of its own, because it is more than reading and takes minutes. */
export async function probeSubject(desk: Desk, waitMinutes: number): Promise<Subject> {
  const { probeChecks } = await import("./doctor/probe.ts");
  const { probe } = await import("./doctor/send-probe.ts");
  const tell = (text: string) => void process.stderr.write(`${text}\n`);
  return subject(probeChecks, () => probe(desk, waitMinutes, tell));
}

/** None without a user's access token: nobody else can see what a user sees. */
export async function gateSubjects(desk: Desk, accessToken = process.env.PORTCULLIS_ACCESS_TOKEN): Promise<Subject[]> {
  if (!accessToken) return [];
  const { gateChecks } = await import("./doctor/gate-probe.ts");
  const { readGates } = await import("./doctor/send-probe.ts");
  return [subject(gateChecks, () => readGates(desk, accessToken))];
}

/** Every finding about a deployment, the worst first. */
export async function examine(desk: Desk, further: readonly Subject[] = []): Promise<readonly Finding[]> {
  const { subjectsOf } = await import("./doctor/subjects.ts");
  const findings = (await Promise.all([...subjectsOf(desk), ...further].map((each) => each.ask()))).flat();
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
