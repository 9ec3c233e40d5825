import { type Command, Option } from "commander";

import type { Ban, Target } from "../functions/domain/ban.ts";
import { NotFoundError } from "../functions/domain/errors.ts";
import { type DeskFlags, deskOptions } from "./desk-options.ts";
import { parseDuration } from "./duration.ts";
import { printJson, printText } from "./output.ts";
import { formatTable } from "./table.ts";
import { finishing } from "./terminal.ts";

interface AddFlags extends DeskFlags {
  readonly for: number;
  readonly reason: string;
  readonly target: "edge" | "pool" | "both";
}

// Each command loads the AWS clients only when it runs: `--help` and the others shall not wait for them.
const load = async () => ({ ...(await import("./desk.ts")), ...(await import("../functions/block/operator.ts")) });

export function registerBans(program: Command): void {
  const bans = program.command("bans").description("who is banned; ban, release and undo by hand");
  deskOptions(bans.command("list").description("bans in force, those that end first first")).action(list);
  deskOptions(bans.command("add <cidr>").description("ban a source by hand, through the same guards as the machine"))
    .requiredOption("--for <duration>", "how long: 90m, 2h, 7d", parseDuration)
    .requiredOption("--reason <text>", "kept in the record")
    .addOption(
      new Option("--target <where>", "web ACL that enforces it").choices(["edge", "pool", "both"]).default("both"),
    )
    .action(add);
  deskOptions(
    bans.command("release <cidr>").description("let a source go at once; the machine leaves it alone for a day"),
  ).action(release);
  deskOptions(bans.command("undo <run>").description("take back everything that one run did, and nothing else")).action(
    undo,
  );
}

async function list(flags: DeskFlags): Promise<void> {
  const { openDesk, listBans } = await load();
  const { ports } = await openDesk(flags);
  const bans = await listBans(ports);
  if (flags.json) return printJson(bans.map(describeBan));
  await printText(bans.length === 0 ? "Nobody is banned." : banTable(bans, ports.timing.now()));
}

async function add(cidr: string, flags: AddFlags): Promise<void> {
  const { openDesk, sceneInForce, addBan } = await load();
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

async function release(cidr: string, flags: DeskFlags): Promise<void> {
  const { openDesk, sceneInForce, releaseBan } = await load();
  const desk = await openDesk(flags);
  const { ports } = desk;
  const scene = await sceneInForce(desk);
  const { bans } = await finishing(() => releaseBan(ports, scene, cidr));
  if (bans.length === 0) throw new NotFoundError(`${cidr} is not banned; \`portcullis bans list\` shows who is.`);
  await tell(flags, bans, ({ source }) => `${source} is released`);
}

async function undo(run: string, flags: DeskFlags): Promise<void> {
  const { openDesk, sceneInForce, undoRun } = await load();
  const desk = await openDesk(flags);
  const { ports } = desk;
  const scene = await sceneInForce(desk);
  const { bans } = await finishing(() => undoRun(ports, scene, run));
  await tell(flags, bans, ({ source, status }) =>
    status === "active" ? `${source} stays banned by another claim` : `${source} is released`,
  );
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
