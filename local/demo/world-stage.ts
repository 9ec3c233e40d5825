/** The stage that the demo plays on: the local world, seen as far as the story needs it. */
import * as z from "zod";

import { blockSide } from "../../functions/block/aws/block-side.ts";
import { s3Evidence } from "../../functions/block/aws/evidence-store.ts";
import { currentMode, listProposals, setMode } from "../../functions/block/operator.ts";
import type { Ban, Target } from "../../functions/domain/ban.ts";
import { type DeploymentInput, poolRegion } from "../../functions/domain/deployment.ts";
import { MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { EDGE_REGION } from "../../functions/domain/names.ts";
import { type Proposal, proposalEntriesSchema } from "../../functions/domain/proposal.ts";
import { reportKey } from "../../functions/domain/run-keys.ts";
import { type SourceVerdict, verdictSchema } from "../../functions/domain/verdict.ts";
import type { Execution } from "../step-functions/execution.ts";
import { startWorld, type World } from "../world.ts";
import type { AlarmView, ExecutionView, Stage } from "./stage.ts";

/** Fast enough for a story of half an hour in less than a minute; every timer still fires in order. */
const RACE = 240;

export interface StageOptions {
  readonly config: DeploymentInput;
  readonly seed: number;
  /** A stand-in that breaks is a fault of ours, never part of the story. */
  readonly onFault: (error: unknown) => void;
}

export async function openStage({ config, seed, onFault }: StageOptions): Promise<Stage & { readonly world: World }> {
  const world = await startWorld({ config, seed, race: RACE });
  world.on((event) => {
    if (event.kind === "fault") onFault(event.error);
  });
  const { deployment, names } = world;
  return {
    world,
    clock: world.clock,
    race: RACE,
    deployment,
    clientId: deployment.userPool.clientIds[0] ?? "",
    poolName: deployment.userPool.id.split("_")[1] ?? "",
    viewerUrl: world.viewerUrl,
    poolUrl: world.poolUrl,
    mitigateDefinition: definitionOf(world, names.mitigateMachine),
    approveDefinition: definitionOf(world, names.approveMachine),
    booted: describeBoot(world),
    addUser: (name, password) => void world.cognito.users.addUser(name, password),
    alarms: () => quotaAlarms(world),
    alarmName: names.alarmName,
    executions: () => world.executions.all().toReversed().map(viewExecution),
    usePercent: (category) => usePercent(world, category),
    ...ledgerDesk(world),
    isInSets: (source, target) => isInSets(world, source, target),
    verdicts: verdictReader(world),
    proposed: (proposals) => proposedSources(world, proposals),
    approvalLink: (id) => newestLink(world, id),
    report: (runId) => world.store.get(names.evidenceBucket, reportKey(runId, "html"))?.toString() ?? null,
    stop: world.stop,
  };
}

function definitionOf({ assembly }: World, name: string): unknown {
  const machine = assembly.ofType("AWS::StepFunctions::StateMachine").find((each) => each.name === name);
  return JSON.parse(String(machine?.properties["DefinitionString"] ?? "{}"));
}

function describeBoot({ assembly }: World): string {
  const count = (type: string) => assembly.ofType(type).length;
  return [
    `${count("AWS::WAFv2::WebACL")} web ACLs`,
    `${count("AWS::CloudWatch::Alarm")} alarms`,
    `${count("AWS::Lambda::Function")} functions`,
    `${count("AWS::StepFunctions::StateMachine")} state machines`,
  ].join(", ");
}

function quotaAlarms({ alarms, names }: World): AlarmView[] {
  return alarms
    .list()
    .filter(({ name }) => name.startsWith(names.alarmPrefix))
    .map(({ name, state }) => {
      const inAlarm = state.value === "ALARM";
      return { name, inAlarm, firedAt: inAlarm ? Date.parse(state.timestamp) : null };
    });
}

const machines = ["mitigate", "approve", "rollup"] as const;

const alarmEventSchema = z.object({ detail: z.object({ alarmName: z.string() }) });

function viewExecution({ name, machine, input, status, startedAt, history }: Execution): ExecutionView {
  const own = Object.keys(machine.definition["States"] ?? {});
  const entered = history.filter(({ type, state }) => type === "StateEntered" && state !== null && own.includes(state));
  const visited = entered.flatMap(({ state }) => state ?? []);
  const alarm = alarmEventSchema.safeParse(input);
  const current = status === "RUNNING" ? visited.slice(-1) : [];
  return {
    id: name,
    machine: machines.find((each) => machine.name.endsWith(each)) ?? "mitigate",
    status,
    startedAt,
    startedBy: alarm.success ? alarm.data.detail.alarmName : "the patrol",
    current,
    visited,
  };
}

/** As the alarm sees it: calls of the last full minute, against the quota of a minute. */
function usePercent({ metrics, clock, deployment }: World, category: string): number {
  const dimensions = { Type: "API", Resource: category, Service: deployment.usageService, Class: "None" };
  const metric = { namespace: "AWS/Usage", name: "CallCount", dimensions };
  const from = Math.floor(clock.now() / MINUTE) * MINUTE - MINUTE;
  const [calls] = metrics.read(poolRegion(deployment), metric, "Sum", { from, periodMs: MINUTE, count: 1 });
  const quota = Object.entries(deployment.quotas).find(([name]) => name === category)?.[1] ?? 1;
  return (100 * (calls ?? 0)) / ((quota * MINUTE) / SECOND);
}

/** The ledger over the wire, as for a person's command line; released bans stay in view. */
function ledgerDesk({
  awsEndpoint,
  names,
  clock,
  deployment,
}: World): Pick<Stage, "bans" | "proposals" | "mode" | "setMode"> {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_ACCESS_KEY_ID: "operator",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: "local",
  });
  const side = blockSide(names.ledgerTable, names.ipSets, EDGE_REGION);
  const { bans, proposals, control } = side;
  const evidence = s3Evidence(names.evidenceBucket, { region: EDGE_REGION });
  const ports = { ...side, evidence, timing: { ...side.timing, now: clock.now }, journal: () => {} };
  const { egress, policy, mode: initialMode } = deployment;
  const seen = new Map<string, Ban>();
  return {
    proposals: () => listProposals({ proposals }),
    mode: () => currentMode(control, initialMode),
    setMode: (mode) => setMode(ports, { sets: names.ipSets, egress, policy, initialMode, by: "page:demo" }, mode),
    async bans() {
      for (const ban of await bans.activeBans()) seen.set(ban.source, ban);
      const now = await bans.getBans([...seen.keys()]);
      for (const [source, ban] of now) seen.set(source, keepLastActive(seen.get(source), ban));
      return [...seen.values()];
    },
  };
}

/** A released ban has no claims any more; the story tells what it was for and how long it lasted. */
function keepLastActive(before: Ban | undefined, now: Ban): Ban {
  if (now.status === "active" || !before) return now;
  return { ...now, claims: before.claims, expiresAt: before.expiresAt };
}

/** A source stands in the sets whole or not at all, so its first address tells. */
function isInSets({ ipSets, names }: World, source: string, target: Target): boolean {
  const auto = names.ipSets[target]?.auto;
  const shards = [...(auto?.v4 ?? []), ...(auto?.v6 ?? [])];
  const address = source.split("/", 1)[0] ?? "";
  return ipSets.some((set) => shards.includes(set.name) && set.has(address));
}

const verdictsSchema = z.object({ verdicts: z.array(verdictSchema) });

/** What the score function wrote to the evidence bucket, the strongest verdict of each source over all rounds. */
function verdictReader({ store, names }: World): Stage["verdicts"] {
  const read = new Set<string>();
  const strongest = new Map<string, SourceVerdict>();
  return async () => {
    const keys = store.list(names.evidenceBucket, "runs/").map(({ key }) => key);
    for (const key of keys.filter((each) => each.endsWith("/verdicts.json") && !read.has(each))) {
      read.add(key);
      const body = store.get(names.evidenceBucket, key);
      for (const verdict of verdictsSchema.parse(JSON.parse(String(body))).verdicts) {
        const known = strongest.get(verdict.source);
        if (!known || verdict.score >= known.score) strongest.set(verdict.source, verdict);
      }
    }
    return [...strongest.values()];
  };
}

function proposedSources({ store, names }: World, proposals: readonly Proposal[]): ReadonlySet<string> {
  const open = proposals.filter(({ status }) => status === "open");
  const documents = open.map(({ entriesKey }) => String(store.get(names.evidenceBucket, entriesKey)));
  return new Set(
    documents.flatMap((text) => proposalEntriesSchema.parse(JSON.parse(text)).entries.map(({ source }) => source)),
  );
}

function newestLink({ sns, approvalUrl }: World, id?: string): string | null {
  for (const { message } of sns.messages.toReversed()) {
    const link = message.split(/\s+/).find((word) => word.startsWith(approvalUrl));
    if (link && (id === undefined || new URL(link).searchParams.get("id") === id)) return link;
  }
  return null;
}
