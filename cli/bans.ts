import { addBan, listBans, releaseBan, sourceOf, undoRun } from "../functions/block/operator.ts";
import type { ScopeReport } from "../functions/block/reconcile.ts";
import type { Ban, Target } from "../functions/domain/ban.ts";
import { NotFoundError } from "../functions/domain/errors.ts";
import type { Instant } from "../functions/domain/instant.ts";
import { EDGE_REGION } from "../functions/domain/names.ts";
import { printable } from "../functions/domain/printable.ts";
import { counted } from "../functions/domain/wording.ts";
import { hasRun } from "./aws/deployment-state.ts";
import type { AddFlags } from "./commands/deciding.ts";
import type { DeskFlags } from "./commands/options.ts";
import { openDesk, sceneInForce } from "./desk.ts";
import { exitCodes } from "./exit.ts";
import { printJson, printText } from "./output.ts";
import { readStanding, tellStanding } from "./standing.ts";
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
  const { bans, scopes } = await finishing(() => addBan(ports, scene, request));
  warnOf(scopes);
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
  const begun = ports.timing.now();
  const { bans } = await finishing(() => releaseBan(ports, scene, cidr));
  const source = bans[0]?.source ?? sourceOf(cidr);
  const others = tellStanding(await readStanding(desk, source));
  if (bans.length === 0)
    throw new NotFoundError(
      others.length === 0
        ? `${source} is not banned; \`portcullis bans list\` shows who is.`
        : [`${source} is not banned by itself:`, ...others.map((line) => `  - ${line}`)].join("\n"),
    );
  await tell(flags, bans, (ban) =>
    wasOver(ban, begun)
      ? `${ban.source} is not banned any more: its ban ended at ${ban.releasedAt}`
      : `${ban.source} is released`,
  );
  for (const line of others) process.stderr.write(`But ${line}.\n`);
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
  await tell(flags, bans, (ban) => {
    if (ban.status === "active") return `${ban.source} stays banned by another claim`;
    return wasOver(ban, begun)
      ? `${ban.source}: its ban was over already, its strike is taken back`
      : `${ban.source} is released`;
  });
}

function wasOver({ releasedAt }: Ban, begun: Instant): boolean {
  return releasedAt !== undefined && Date.parse(releasedAt) < begun;
}

/** What the ledger says and the IP sets do not show. */
function warnOf(scopes: readonly ScopeReport[]): void {
  const lines = scopes.flatMap(({ target, overflow, missingSets }) => [
    ...missingSets.map(
      (name) => `The IP set ${name} is missing: deploy the stacks again, or nobody of its kind is kept out.`,
    ),
    ...(overflow.length > 0
      ? [
          `NO ROOM in the IP sets of ${target} for ${counted(overflow.length, "source")}, lowest scores first. Raise autoShards.`,
        ]
      : []),
  ]);
  for (const line of lines) process.stderr.write(`${line}\n`);
  if (lines.length > 0) process.exitCode = exitCodes.incomplete;
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
