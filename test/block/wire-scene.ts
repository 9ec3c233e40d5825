/** What scene.ts is in memory, behind the wire: the real adapters, a database, and the local WAF with its rates. */
import { dynamoDbControl } from "../../functions/block/aws/dynamodb-control.ts";
import type { LedgerTable } from "../../functions/block/aws/dynamodb-items.ts";
import { dynamoDbLedger } from "../../functions/block/aws/dynamodb-ledger.ts";
import { dynamoDbSetStates } from "../../functions/block/aws/dynamodb-set-states.ts";
import { wafIpSets } from "../../functions/block/aws/wafv2-ip-sets.ts";
import { paceOf } from "../../functions/block/pace.ts";
import { reconcile } from "../../functions/block/reconcile.ts";
import { releaseDue } from "../../functions/block/sweep.ts";
import type { Target } from "../../functions/domain/ban.ts";
import type { IpSets } from "../../functions/domain/environment.ts";
import { startAwsServer } from "../../local/aws-server.ts";
import { AwsError } from "../../local/aws-wire.ts";
import type { AwsService, Clock } from "../../local/ports.ts";
import { anIpSet, aWebAcl, setArn, wafOver } from "../local/waf-builders.ts";
import { calm, exclusions, NOON } from "./builders.ts";

export type WireScene = Awaited<ReturnType<typeof aWireScene>>;

/** `deployments` share the account: each has sets of its own, and all of them WAF's one write a second. */
export async function aWireScene(deployments: readonly IpSets[]) {
  const clock = leapingClock();
  const waf = wafOver([...deployments.flatMap(resourcesOf), aWebAcl([])], clock);
  const { service, counts, refused } = counted(waf.service);
  const server = await startAwsServer({ clock, services: { wafv2: service } });
  return {
    ...{ clock, counts, refused },
    /** One deployment's functions, with a ledger of its own. */
    deployment: (sets: IpSets, table: LedgerTable) => deploymentOf(sets, table, { clock, endpoint: server.url }),
    lines: (sets: IpSets, target: Target) => {
      const names = [...(sets[target]?.auto.v4 ?? []), ...(sets[target]?.auto.v6 ?? [])];
      return names.flatMap((name) => waf.ipSets.find((set) => set.name === name)?.addresses ?? []);
    },
    stop: () => server.stop(),
  };
}

function deploymentOf(
  sets: IpSets,
  table: LedgerTable,
  { clock, endpoint }: { clock: LeapingClock; endpoint: string },
) {
  const timing = { now: clock.now, pause: async (ms: number) => clock.leap(clock.now() + ms), random: Math.random };
  const client = { endpoint, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const ports = {
    bans: dynamoDbLedger(table),
    control: dynamoDbControl(table),
    setStates: dynamoDbSetStates(table),
    ipSets: wafIpSets(sets, paceOf({ everyMs: 210, burst: 5 }, timing), client),
    turn: paceOf({ everyMs: 1_050, burst: 1 }, timing),
    timing,
    journal: () => {},
  };
  const request = { sets, exclusions: exclusions(), adoptMinutes: 240 };
  return {
    ports,
    reconcile: () => reconcile(ports, request),
    sweep: async () => {
      const swept = await releaseDue(ports, clock.now(), { mode: "enforce", policy: calm });
      const scopes = await reconcile(ports, { ...request, fresh: swept.bans });
      return { ...swept, scopes };
    },
  };
}

function resourcesOf({ edge, pool }: IpSets) {
  const v6 = { IPAddressVersion: "IPV6" };
  const regional = (name: string, region: string, more = {}) => ({
    ...anIpSet(name, [], { Scope: "REGIONAL", ...more }),
    ...{ arn: setArn(name, region), region },
  });
  return [
    ...edge.auto.v4.map((name) => anIpSet(name, [])),
    ...edge.auto.v6.map((name) => anIpSet(name, [], v6)),
    ...(pool?.auto.v4 ?? []).map((name) => regional(name, pool?.region ?? "")),
    ...(pool?.auto.v6 ?? []).map((name) => regional(name, pool?.region ?? "", v6)),
  ];
}

/** Calls by operation, and how many of them WAF refused for its rates. */
function counted(inner: AwsService) {
  const counts: Record<string, number> = {};
  const refused: Record<string, number> = {};
  const service: AwsService = {
    ...inner,
    async call(call) {
      const operation = call.headers["x-amz-target"]?.split(".")[1] ?? "";
      counts[operation] = (counts[operation] ?? 0) + 1;
      try {
        return await inner.call(call);
      } catch (error) {
        if (error instanceof AwsError && error.name === "ThrottlingException")
          refused[operation] = (refused[operation] ?? 0) + 1;
        throw error;
      }
    },
  };
  return { counts, refused, service };
}

/** A clock at wall speed that leaps over every pause, so that an SDK's back-off lasts and ours costs nothing. */
function leapingClock() {
  const begin = Date.now();
  let ahead = 0;
  const now = () => NOON + (Date.now() - begin) + ahead;
  return {
    now,
    during: <T>(work: () => Promise<T>) => work(),
    at: () => () => {},
    pass: async () => {},
    leap: (to: number) => {
      ahead += Math.max(0, to - now());
    },
  } satisfies Clock & Record<string, unknown>;
}
type LeapingClock = ReturnType<typeof leapingClock>;
