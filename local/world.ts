/**
 * The local world: every stand-in, booted from the synthesised templates of a deployment, on one clock.
 *
 * Wiring     handlers reach everything over the wire (`awsEndpoint`); what AWS connects behind its walls is connected here.
 * Writes     to its folder only (objects, bundles); by default one in the system's temporary files, removed by `stop`.
 * Gotcha     the clock races whenever nothing is in flight: put traffic into `clock.during`, else minutes pass in between.
 */
import { mkdirSync } from "node:fs";

import { type Deployment, type DeploymentInput, parseDeployment } from "../functions/domain/deployment.ts";
import { type Instant, MINUTE } from "../functions/domain/instant.ts";
import { namesOf } from "../functions/domain/names.ts";
import { makeOwnFolder } from "./at-exit.ts";
import { startAwsServer } from "./aws-server.ts";
import { createClock, type WorldClock } from "./clock.ts";
import type { MetricStore } from "./cloudwatch/metric-store.ts";
import type { Alarms } from "./cloudwatch.ts";
import type { Cognito } from "./cognito/cognito.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { createIam, type Iam, type People } from "./iam.ts";
import { openFunctionUrl } from "./lambda/function-url.ts";
import type { LogDelivery } from "./log-delivery.ts";
import { createOutages, type Outages } from "./outages.ts";
import type { EventBus, Functions, LogSink } from "./ports.ts";
import type { ObjectStore } from "./s3.ts";
import type { Sns } from "./sns.ts";
import type { StepFunctions } from "./step-functions.ts";
import { synthesise } from "./synth.ts";
import { type Assembly, readAssembly } from "./template.ts";
import type { Trails } from "./trails.ts";
import type { Waf } from "./waf.ts";
import { startAccount } from "./world/account.ts";
import type { PoolOptions, Stop } from "./world/context.ts";
import { startEdge } from "./world/edge.ts";
import { createEvents, type WorldEvents } from "./world/events.ts";
import { startWorkflow } from "./world/workflow.ts";

export type { WorldEvent } from "./world/events.ts";

export interface WorldOptions {
  readonly config: DeploymentInput;
  /** Gates, client secrets and user ids are the same for the same seed. */
  readonly seed: number;
  /** Where objects and bundles go; it stays after `stop`. */
  readonly folder?: string;
  /** The world's first instant; the last full five minutes of the wall's clock by default. */
  readonly start?: Instant;
  readonly race?: number;
  /** See `ClockOptions.settleMs`. */
  readonly settleMs?: number;
  /** The distribution's port; any free one by default. */
  readonly viewerPort?: number;
  readonly pool?: PoolOptions;
  /** Milliseconds from a call to its event of CloudTrail, which AWS promises no time for. */
  readonly trailEventDelay?: number;
  /** Roles that people work under, with their policies; see `LocalFile.accessKeyId`. */
  readonly people?: People;
  /** A cloud assembly to boot from, in place of the one that the config synthesises to. */
  readonly assemblyFolder?: string;
}

export interface World {
  readonly deployment: Deployment;
  readonly names: ReturnType<typeof namesOf>;
  readonly assembly: Assembly;
  readonly clock: WorldClock;
  /** The distribution: where clients send their calls. */
  readonly viewerUrl: string;
  /** The regional Cognito endpoint, for those who go round the distribution. */
  readonly poolUrl: string;
  /** All AWS APIs, for `AWS_ENDPOINT_URL`. */
  readonly awsEndpoint: string;
  readonly approvalUrl: string;
  readonly cognito: Pick<Cognito, "users" | "contexts" | "setSecrets" | "triggers">;
  readonly alarms: Alarms;
  readonly metrics: MetricStore;
  /** Where stand-ins write what AWS logs, for what else runs in the account. */
  readonly logs: LogSink;
  readonly executions: StepFunctions["executions"];
  readonly startExecution: StepFunctions["startExecution"];
  readonly functions: Functions;
  /** As after a deployment: every function's next invocation is in a new environment; what runs ends in the old one. */
  readonly redeploy: () => Promise<void>;
  readonly outages: Pick<Outages, "begin">;
  readonly bus: EventBus;
  readonly deadLetters: DeadLetters;
  readonly store: ObjectStore;
  readonly sns: Pick<Sns, "messages" | "setConfirmed">;
  readonly trails: Pick<Trails, "setDeliveryError">;
  /** What stands in WAF's IP sets at this moment. */
  readonly ipSets: Waf["ipSets"];
  /** Delivers log records at once that would wait for their slot. */
  readonly flushLogs: LogDelivery["flush"];
  readonly on: WorldEvents["on"];
  readonly grants: Iam["grants"];
  /** Ends everything; afterwards nothing keeps the process alive. */
  stop(): Promise<void>;
}

/** Boots the world. What cannot boot throws (a template that AWS would refuse, too), with nothing left behind. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const stops: Stop[] = [];
  const stop = () => endAll(stops);
  try {
    return { ...(await boot(options, (end) => stops.push(end))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function boot(options: WorldOptions, onStop: (stop: Stop) => void): Promise<Omit<World, "stop">> {
  const deployment = parseDeployment(options.config, "the local world's config");
  const events = createEvents();
  const onFault = (error: unknown) => events.emit({ kind: "fault", error });
  const folder = openFolder(options.folder, onStop);
  const synthesised = options.assemblyFolder ?? (await synthesise(options.config));
  const clock = createClock({
    start: options.start ?? lastSlot(Date.now()),
    race: options.race ?? 60,
    ...(options.settleMs !== undefined && { settleMs: options.settleMs }),
    held: true,
    onError: onFault,
  });
  onStop(clock.stop);
  const approval = await openFunctionUrl(clock, onFault);
  onStop(approval.stop);
  const assembly = readAssembly(synthesised, { functionUrl: () => approval.url });
  const iam = createIam(assembly, options.people);
  const outages = createOutages();
  const server = await startAwsServer({
    clock,
    checkOutage: outages.check,
    authorize: iam.authorizeKey,
    onCall: (call, answer) => events.emit({ kind: "api", call, answer }),
    onFault,
  });
  onStop(server.stop);
  const { seed, pool = {}, trailEventDelay } = options;
  const context = {
    seed,
    deployment,
    pool,
    trailEventDelay,
    events,
    folder,
    clock,
    assembly,
    iam,
    server,
    onFault,
    onStop,
  };

  const account = await startAccount(context);
  const workflow = await startWorkflow(context, account);
  approval.serve(assembly, workflow.functions);
  const edge = await startEdge(context, account, workflow.functions, options.viewerPort ?? 0);
  workflow.warm();
  clock.release();
  return {
    deployment,
    names: namesOf(deployment),
    assembly,
    clock,
    outages,
    awsEndpoint: server.url,
    approvalUrl: approval.url,
    on: events.on,
    grants: iam.grants,
    ...account.shown,
    ...workflow.shown,
    ...edge,
  };
}

/** Ends the youngest first, and the rest too if one of them fails; then throws what failed. */
async function endAll(stops: Stop[]): Promise<void> {
  const failures: unknown[] = [];
  for (let end = stops.pop(); end; end = stops.pop()) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, `The local world did not stop cleanly: ${failures.join("; ")}`);
}

function openFolder(folder: string | undefined, onStop: (stop: Stop) => void): string {
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    return folder;
  }
  const made = makeOwnFolder("portcullis-world-");
  onStop(() => made.remove());
  return made.path;
}

/** Log slots are five minutes long; a world that begins with one is the same whenever it is started. */
function lastSlot(now: Instant): Instant {
  return Math.floor(now / (5 * MINUTE)) * 5 * MINUTE;
}
