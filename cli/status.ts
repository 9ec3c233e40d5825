import { currentMode, listBans } from "../functions/block/operator.ts";
import { policyInForce } from "../functions/block/policy-in-force.ts";
import { SET_CAPACITY } from "../functions/block/shards.ts";
import { poolRegion } from "../functions/domain/deployment.ts";
import { EDGE_REGION } from "../functions/domain/names.ts";
import { readAlarms, readRuns } from "./aws/deployment-state.ts";
import type { DeskFlags } from "./commands/options.ts";
import { type Desk, openDesk } from "./desk.ts";
import { findDrift, readSets } from "./drift.ts";
import { palette, printJson, printText } from "./output.ts";
import { describeOrigin } from "./policy-output.ts";
import { policyChanges } from "./policy-values.ts";
import { formatTable } from "./table.ts";

const RUNS_SHOWN = 5;
const MOST_DRIFT = 10;

export async function status(flags: DeskFlags): Promise<void> {
  const found = await readStatus(await openDesk(flags));
  await (flags.json ? printJson(found) : printText(describeStatus(found)));
}

type Status = Awaited<ReturnType<typeof readStatus>>;

async function readStatus(desk: Desk) {
  const { deployment, names, ports, scene } = desk;
  const health = names.healthAlarmName("");
  const regions = [...new Set([EDGE_REGION, poolRegion(deployment)])];
  const prefixes = regions.flatMap((region) =>
    [...names.alarmPrefixes, health].map((prefix) => [region, prefix] as const),
  );
  const [mode, policy, bans, runs, alarms, sets] = await Promise.all([
    currentMode(ports.control, scene.initialMode),
    policyInForce(ports, deployment.policy),
    listBans(ports),
    readRuns(EDGE_REGION, names.mitigateMachineArn, RUNS_SHOWN),
    Promise.all(prefixes.map(([region, prefix]) => readAlarms(region, prefix))),
    readSets(desk),
  ]);
  const { policy: inForce, ...said } = policy;
  const changed = policyChanges(deployment.policy, inForce).length;
  return {
    mode,
    policy: { ...said, changed },
    bans: bans.length,
    simulated: bans.filter((ban) => ban.simulated).length,
    alarms: alarms.flat(),
    runs,
    sets,
    drift: findDrift(sets, bans),
  };
}

function describeStatus({ mode, policy, bans, simulated, alarms, runs, sets, drift }: Status): string {
  const { bold, red } = palette(process.stdout);
  const burning = alarms.filter(({ state }) => state === "ALARM");
  const fills = sets.map(({ target, name, entries }) => [
    ...[target, name, entries ? String(entries.length) : { text: "missing", paint: red }],
    entries ? `${((100 * entries.length) / SET_CAPACITY).toFixed(1)} %` : "",
  ]);
  return [
    `${bold("mode")}    ${mode}`,
    ...describeOrigin(policy, policy.changed),
    `${bold("bans")}    ${bans} in force${simulated > 0 ? `, ${simulated} of them simulated` : ""}`,
    `${bold("alarms")}  ${burning.length} of ${alarms.length} in ALARM`,
    ...burning.map(({ name, region, since }) => `        ${red(name)} in ${region} since ${since}`),
    `${bold("drift")}   ${drift.foreign.length + drift.missing.length === 0 ? "none" : "the next sweep, within a minute, settles it"}`,
    ...driftLines(drift),
    "",
    runs.length === 0
      ? "No run yet."
      : formatTable(
          [{ title: "run", wraps: true }, "status", { title: "started", drop: 1 }, { title: "ended", drop: 2 }],
          runs.map((each) => [each.id, each.status, each.startedAt ?? "", each.stoppedAt ?? ""]),
        ),
    "",
    formatTable(["where", "set", { title: "entries", right: true }, { title: "full", right: true }], fills),
  ].join("\n");
}

function driftLines({ foreign, missing }: Status["drift"]): string[] {
  const lines = [
    ...foreign.map((line) => `        ${line} stands in a set without a ban`),
    ...missing.map((line) => `        ${line} is banned and stands in no set`),
  ];
  const more = lines.length - MOST_DRIFT;
  return more > 0 ? [...lines.slice(0, MOST_DRIFT), `        … and ${more} more (--json lists all)`] : lines;
}
