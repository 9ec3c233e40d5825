import { addBan, listBans, releaseBan, undoRun } from "../functions/block/operator.ts";
import type { Ban, Target } from "../functions/domain/ban.ts";
import { NotFoundError } from "../functions/domain/errors.ts";
import { EDGE_REGION } from "../functions/domain/names.ts";
import { printable } from "../functions/domain/printable.ts";
import { hasRun } from "./aws/deployment-state.ts";
import type { AddFlags } from "./commands/deciding.ts";
import type { DeskFlags } from "./commands/options.ts";
import { openDesk, sceneInForce } from "./desk.ts";
import { printJson, printText } from "./output.ts";
import { formatTable } from "./table.ts";
import { finishing } from "./terminal.ts";

export async function list(flags: DeskFlags): Promise<void> {
  const { ports } = await openDesk(flags);
  const bans = await listBans(ports);
  if (flags.json) return printJson(bans.map(describeBan));
  await printText(bans.length === 0 ? "Nobody is banned." : banTable(bans, ports.timing.now()));
}

export async function add(cidr: string, flags: AddFlags): Promise<void> {
  const desk = await openDesk(flags);
  const { ports } = desk;
  const scene = await sceneInForce(desk);
  const targets: readonly Target[] = flags.target === "both" ? ["edge", "pool"] : [flags.target];
  const request = { source: cidr, minutes: flags.for, reason: flags.reason, targets };
  const { bans } = await finishing(() => addBan(ports, scene, request));
  await tell(flags, bans, ({ source, expiresAt, simulated }) =>
    simulated
      ? `${source} would be banned until ${expiresAt} (mode observe)`
      : `${source} is banned until ${expiresAt}`,
  );
}

export async function release(cidr: string, flags: DeskFlags): Promise<void> {
  const desk = await openDesk(flags);
  const { ports } = desk;
  const scene = await sceneInForce(desk);
  const { bans } = await finishing(() => releaseBan(ports, scene, cidr));
  if (bans.length === 0)
    throw new NotFoundError(`${printable(cidr)} is not banned; \`portcullis bans list\` shows who is.`);
  await tell(flags, bans, ({ source }) => `${source} is released`);
}

export async function undo(run: string, flags: DeskFlags): Promise<void> {
  const desk = await openDesk(flags);
  const { names, ports } = desk;
  // Asked before anything is written: a misspelt id would be marked as undone, and whoever wrote it be content.
  if ((await ports.bans.sourcesOfRun(run)).length === 0 && !(await hasRun(EDGE_REGION, names.mitigateMachineArn, run)))
    throw new NotFoundError(
      `There is no run ${printable(run)}; \`portcullis status\` shows the latest, \`portcullis bans list --json\` the run of each ban.`,
    );
  const scene = await sceneInForce(desk);
  const begun = ports.timing.now();
  const { bans } = await finishing(() => undoRun(ports, scene, run));
  if (bans.length === 0 && !flags.json) return printText("It has banned nobody, and will not any more.");
  await tell(flags, bans, ({ source, status, releasedAt }) => {
    if (status === "active") return `${source} stays banned by another claim`;
    const wasOver = releasedAt !== undefined && Date.parse(releasedAt) < begun;
    return wasOver ? `${source}: its ban was over already, its strike is taken back` : `${source} is released`;
  });
}

/** Says for each ban what became of it. */
async function tell(flags: DeskFlags, bans: readonly Ban[], sentence: (ban: Ban) => string): Promise<void> {
  if (flags.json) return printJson(bans.map(describeBan));
  await printText(bans.length === 0 ? "Nothing had to be changed." : bans.map(sentence).join("\n"));
}

/** A ban as design §10 writes it in JSON. */
export function describeBan({ claims, source, targets, status, bannedAt, expiresAt, strikes, simulated }: Ban) {
  const listed = Object.entries(claims).map(([runId, { until, origin, score, reasons }]) => ({
    ...{ runId, until, origin, score, reasons },
  }));
  return { source, targets, status, bannedAt, expiresAt, strikes, simulated, claims: listed };
}

function banTable(bans: readonly Ban[], now: number): string {
  const rows = bans.map((ban) => {
    const claims = Object.values(ban.claims);
    const why = [...new Set(claims.flatMap((claim) => claim.reasons.map(({ detection }) => detection)))];
    return [
      ban.source,
      ban.simulated ? "simulated" : ban.targets.join(" "),
      timeLeft(Date.parse(ban.expiresAt) - now),
      String(Math.max(0, ...claims.map(({ score }) => score))),
      [...new Set(claims.map(({ origin }) => origin))].join(" "),
      why.join(" ") || "by hand",
    ];
  });
  const head = ["source", { title: "where", drop: 2 }, "ends in", { title: "score", right: true as const }];
  return formatTable([...head, { title: "by", drop: 1 }, { title: "why", wraps: true }], rows);
}

export function timeLeft(milliseconds: number): string {
  const minutes = Math.max(0, Math.ceil(milliseconds / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1440)} days`;
}
