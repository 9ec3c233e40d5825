import type { Command } from "commander";

import type { Ban } from "../functions/domain/ban.ts";
import { contains, parseCidr } from "../functions/domain/cidr.ts";
import { EDGE_REGION } from "../functions/domain/names.ts";
import type { Desk } from "./desk.ts";
import { type DeskFlags, deskOptions } from "./desk-options.ts";
import { formatTable, palette, printJson, printText } from "./output.ts";

const RUNS_SHOWN = 5;
const SET_CAPACITY = 10_000;

export function registerStatus(program: Command): void {
  deskOptions(
    program
      .command("status")
      .description("mode, alarms, last runs, fill of the IP sets, and what differs from the ledger"),
  ).action(run);
}

async function run(flags: DeskFlags): Promise<void> {
  const { openDesk } = await import("./desk.ts");
  const status = await readStatus(await openDesk(flags));
  if (flags.json) return printJson(status);
  await printText(describeStatus(status));
}

type Status = Awaited<ReturnType<typeof readStatus>>;

async function readStatus(desk: Desk) {
  const { currentMode, listBans } = await import("../functions/block/operator.ts");
  const { readAlarms, readRuns } = await import("./aws/deployment-state.ts");
  const { poolRegion } = await import("../functions/domain/deployment.ts");
  const { deployment, names, ports, scene } = desk;
  const machine = names.approveMachineArn.replace(names.approveMachine, names.mitigateMachine);
  const health = names.healthAlarmName("");
  const regions = [...new Set([EDGE_REGION, poolRegion(deployment)])];
  const prefixes = regions.flatMap((region) => [names.alarmPrefix, health].map((prefix) => [region, prefix] as const));
  const [mode, bans, runs, alarms, sets] = await Promise.all([
    currentMode(ports.control, scene.initialMode),
    listBans(ports),
    readRuns(EDGE_REGION, machine, RUNS_SHOWN),
    Promise.all(prefixes.map(([region, prefix]) => readAlarms(region, prefix))),
    readSets(desk),
  ]);
  return { mode, bans: bans.length, alarms: alarms.flat(), runs, sets, drift: findDrift(sets, bans) };
}

interface SetFill {
  readonly target: "edge" | "pool";
  readonly name: string;
  readonly entries: readonly string[] | null;
}

/** The machine-owned sets; `entries` is null where a set does not exist. */
async function readSets({ names, ports }: Desk): Promise<SetFill[]> {
  const { edge, pool } = names.ipSets;
  const all = (["edge", "pool"] as const).flatMap((target) => {
    const scope = target === "edge" ? edge : pool;
    return scope ? [...scope.auto.v4, ...scope.auto.v6].map((name) => ({ target, name })) : [];
  });
  return Promise.all(
    all.map(async ({ target, name }) => {
      const set = await ports.ipSets.read(target, name);
      return { target, name, entries: set?.addresses ?? null };
    }),
  );
}

/** What stands in a set without a ban, and which bans stand in no set; the next sweep settles both. */
function findDrift(sets: readonly SetFill[], bans: readonly Ban[]) {
  const drift = { foreign: [] as string[], missing: [] as string[] };
  for (const target of ["edge", "pool"] as const) {
    const lines = sets.filter((set) => set.target === target).flatMap(({ entries }) => entries ?? []);
    const here = bans.filter((ban) => !ban.simulated && ban.targets.includes(target)).map(({ source }) => source);
    drift.foreign.push(
      ...lines.filter((line) => !here.some((source) => holds(line, source))).map((line) => `${target} ${line}`),
    );
    drift.missing.push(
      ...here.filter((source) => !lines.some((line) => holds(line, source))).map((source) => `${target} ${source}`),
    );
  }
  return drift;
}

/** Whether a line of a set covers a source; neighbouring bans share one line. */
function holds(line: string, source: string): boolean {
  const [outer, inner] = [parseCidr(line), parseCidr(source)];
  return outer !== null && inner !== null && contains(outer, inner);
}

function describeStatus({ mode, bans, alarms, runs, sets, drift }: Status): string {
  const { bold, red } = palette(process.stdout);
  const burning = alarms.filter(({ state }) => state === "ALARM");
  const fills = sets.map(({ target, name, entries }) => [
    ...[target, name, entries ? String(entries.length) : red("missing")],
    entries ? `${((100 * entries.length) / SET_CAPACITY).toFixed(1)} %` : "",
  ]);
  return [
    `${bold("mode")}    ${mode}`,
    `${bold("bans")}    ${bans} in force`,
    `${bold("alarms")}  ${burning.length} of ${alarms.length} in ALARM`,
    ...burning.map(({ name, region, since }) => `        ${red(name)} in ${region} since ${since}`),
    `${bold("drift")}   ${drift.foreign.length + drift.missing.length === 0 ? "none" : ""}`,
    ...drift.foreign.map((line) => `        ${line} stands in a set without a ban`),
    ...drift.missing.map((line) => `        ${line} is banned and stands in no set`),
    "",
    runs.length === 0
      ? "No run yet."
      : formatTable(
          ["run", "status", "started", "ended"],
          runs.map((each) => [each.id, each.status, each.startedAt ?? "", each.stoppedAt ?? ""]),
        ),
    "",
    formatTable(["where", "set", "entries", "full"], fills),
  ].join("\n");
}
