/**
 * The local world: every stand-in, booted from the synthesised templates of a deployment, on one clock.
 *
 * Wiring     handlers reach everything over the wire (`awsEndpoint`); what AWS connects behind its walls is connected here.
 * Writes     to its folder only (objects, bundles); by default one in the system's temporary files, removed by `stop`.
 * Gotcha     the clock races whenever nothing is in flight: put traffic into `clock.during`, else minutes pass in between.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Deployment, type DeploymentInput, parseDeployment, poolRegion } from "../functions/domain/deployment.ts";
import { type Instant, MINUTE } from "../functions/domain/instant.ts";
import { namesOf } from "../functions/domain/names.ts";
import { createAthena } from "./athena.ts";
import { type AwsServer, startAwsServer } from "./aws-server.ts";
import { createClock, type WorldClock } from "./clock.ts";
import { createCloudFormation } from "./cloudformation.ts";
import { createCloudFront } from "./cloudfront.ts";
import type { MetricStore } from "./cloudwatch/metric-store.ts";
import { type Alarms, createCloudWatch } from "./cloudwatch.ts";
import { type Cognito, createCognito } from "./cognito/cognito.ts";
import { serveCognito } from "./cognito/server.ts";
import { createDeadLetters, type DeadLetters } from "./dead-letters.ts";
import { createDynamoDb } from "./dynamodb.ts";
import { createEc2 } from "./ec2.ts";
import { createEventBridge, type EventBridge } from "./event-bridge.ts";
import { createIam } from "./iam.ts";
import { openFunctionUrl } from "./lambda/function-url.ts";
import { createLambda } from "./lambda.ts";
import { createLogDelivery, type LogDelivery } from "./log-delivery.ts";
import type { Functions } from "./ports.ts";
import { createS3, type ObjectStore } from "./s3.ts";
import { createScheduler } from "./scheduler.ts";
import { createSecretsManager } from "./secrets-manager.ts";
import { createSns, type Sns } from "./sns.ts";
import { createStepFunctions, type StepFunctions } from "./step-functions.ts";
import { createSts } from "./sts.ts";
import { synthesise } from "./synth.ts";
import { type Assembly, readAssembly } from "./template.ts";
import { createWaf } from "./waf.ts";
import { createEvents, type WorldEvents } from "./world/events.ts";
import { observedLogs, observedWebAcls } from "./world/observed.ts";
import { secretDocument } from "./world/secret-document.ts";
import { seededBytes } from "./world/seeded-bytes.ts";

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
  /** The distribution's port; any free one by default. */
  readonly viewerPort?: number;
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
  readonly cognito: Pick<Cognito, "users">;
  readonly alarms: Alarms;
  readonly metrics: MetricStore;
  readonly executions: StepFunctions["executions"];
  readonly startExecution: StepFunctions["startExecution"];
  readonly functions: Functions;
  readonly bus: EventBridge["bus"];
  readonly deadLetters: DeadLetters;
  readonly store: ObjectStore;
  readonly sns: Pick<Sns, "messages">;
  /** Delivers log records at once that would wait for their slot. */
  readonly flushLogs: LogDelivery["flush"];
  readonly on: WorldEvents["on"];
  /** Ends everything; afterwards nothing keeps the process alive. */
  stop(): Promise<void>;
}

/** Something that has to be ended, in the reverse order of its start. */
type Stop = () => void | Promise<void>;

/** Boots the world. What cannot boot throws (a template that AWS would refuse, too), with nothing left behind. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const stops: Stop[] = [];
  const stop = async () => {
    for (let end = stops.pop(); end; end = stops.pop()) await end();
  };
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
  const fault = (error: unknown) => events.emit({ kind: "fault", error });
  const folder = openFolder(options.folder, onStop);
  const synthesised = options.assemblyFolder ?? (await synthesise(options.config));
  const clock = createClock({
    start: options.start ?? lastSlot(Date.now()),
    race: options.race ?? 60,
    held: true,
    onError: fault,
  });
  onStop(clock.stop);
  const approval = await openFunctionUrl(clock);
  onStop(approval.stop);
  const assembly = readAssembly(synthesised, { functionUrl: () => approval.url });
  const iam = createIam(assembly);
  const server = await startAwsServer({
    clock,
    authorize: iam.authorizeKey,
    onCall: (call, answer) => events.emit({ kind: "api", call, answer }),
    onFault: fault,
  });
  onStop(server.stop);
  const context = { options, deployment, events, folder, clock, assembly, iam, server, onStop };

  const account = await startAccount(context);
  const workflow = await startWorkflow(context, account);
  approval.serve(assembly, workflow.functions);
  const edge = await startEdge(context, account, workflow.functions);
  workflow.warm();
  clock.release();
  return {
    deployment,
    names: namesOf(deployment),
    assembly,
    clock,
    awsEndpoint: server.url,
    approvalUrl: approval.url,
    on: events.on,
    ...account.shown,
    ...workflow.shown,
    ...edge,
  };
}

interface Context {
  readonly options: WorldOptions;
  readonly deployment: Deployment;
  readonly events: WorldEvents;
  readonly folder: string;
  readonly clock: WorldClock;
  readonly assembly: Assembly;
  readonly iam: ReturnType<typeof createIam>;
  readonly server: AwsServer;
  readonly onStop: (stop: Stop) => void;
}

type Account = Awaited<ReturnType<typeof startAccount>>;

/** Everything that holds state and calls nobody: storage, secrets, logs, metrics, WAF. */
async function startAccount({ options, deployment, events, folder, clock, assembly, iam, server, onStop }: Context) {
  const buckets = assembly.ofType("AWS::S3::Bucket").map((bucket) => bucket.physicalId);
  const s3 = createS3({ folder: join(folder, "s3"), buckets });
  const dynamoDb = await createDynamoDb({ assembly });
  onStop(dynamoDb.stop);
  const secrets = createSecretsManager({ assembly, clock });
  const document = secretDocument(deployment, seededBytes(options.seed, "secrets"));
  secrets.put(namesOf(deployment).clientSecret, JSON.stringify(document));
  const sns = createSns({ assembly, clock, onMessage: (message) => events.emit({ kind: "message", message }) });
  const delivery = createLogDelivery({ clock, assembly, store: s3.store });
  onStop(delivery.stop);
  const logs = observedLogs(delivery, events);

  // The bus starts executions, whose functions need CloudWatch: it is there before the first alarm is evaluated.
  let bus: EventBridge["bus"] | undefined;
  const cloudWatch = createCloudWatch({
    clock,
    assembly,
    bus: { put: (region, event) => bus?.put(region, event) },
    publish: (topicArn, message) => void sns.publish(topicArn, message),
  });
  onStop(cloudWatch.stop);
  cloudWatch.alarms.onChange(({ name, state }) =>
    events.emit({ kind: "alarm", name, state: state.value, at: clock.now() }),
  );
  const waf = createWaf({ clock, assembly, logs, metrics: cloudWatch.metrics });

  server.add("s3", s3.service);
  server.add("dynamodb", dynamoDb.service);
  server.add("secretsmanager", secrets.service);
  server.add("sns", sns.service);
  server.add("monitoring", cloudWatch.service);
  server.add("wafv2", waf.service);
  server.add("ec2", createEc2());
  server.add("sts", createSts({ account: deployment.account, iam }));
  server.add("cloudformation", createCloudFormation({ assembly, clock }));
  return {
    shown: { store: s3.store, sns, alarms: cloudWatch.alarms, metrics: cloudWatch.metrics, flushLogs: delivery.flush },
    clients: document.clients,
    logs,
    webAcls: observedWebAcls(waf.webAcls, events),
    connect: (eventBridge: EventBridge) => {
      bus = eventBridge.bus;
    },
  };
}

/** What runs: functions, queries, state machines, and what starts them. */
async function startWorkflow({ events, folder, clock, assembly, iam, server, onStop }: Context, account: Account) {
  const { metrics, store } = account.shown;
  const authorize = iam.authorizeRole;
  const lambda = await createLambda({
    assembly,
    clock,
    endpoint: server.url,
    metrics,
    folder,
    keyOf: iam.keyOf,
    onLog: (log) => events.emit({ kind: "lambda-log", log }),
  });
  onStop(lambda.stop);
  const { functions } = lambda;
  const athena = createAthena({ clock, assembly, store });
  onStop(athena.stop);
  const onEvent = (event: Extract<Parameters<WorldEvents["emit"]>[0], { kind: "execution" }>["event"]) =>
    events.emit({ kind: "execution", event });
  const stepFunctions = createStepFunctions({ clock, assembly, functions, athena, metrics, authorize, onEvent });
  onStop(stepFunctions.stop);
  const deadLetters = createDeadLetters({ clock, metrics });
  const { startExecution, executions } = stepFunctions;
  const targets = { assembly, clock, startExecution, functions, authorize, deadLetters };
  const eventBridge = createEventBridge(targets);
  account.connect(eventBridge);
  const scheduler = createScheduler(targets);
  onStop(scheduler.stop);

  server.add("lambda", lambda.service);
  server.add("athena", athena.service);
  server.add("states", stepFunctions.service);
  return {
    functions,
    warm: lambda.warm,
    shown: { functions, executions, startExecution, bus: eventBridge.bus, deadLetters },
  };
}

/** The user pool and the distribution before it. */
async function startEdge(context: Context, { clients, logs, webAcls, shown }: Account, functions: Functions) {
  const { options, deployment, clock, assembly, server, events, onStop } = context;
  const onFault = (error: unknown) => events.emit({ kind: "fault", error });
  const random = seededBytes(options.seed, "cognito");
  const cognito = createCognito({ clock, deployment, clients, metrics: shown.metrics, logs, webAcls, random });
  server.add("cognito-idp", cognito.service);
  const pool = await serveCognito(cognito, clock, { onFault });
  onStop(pool.stop);
  const [distribution] = assembly.ofType("AWS::CloudFront::Distribution");
  if (!distribution) throw new Error("The templates hold no distribution");
  const viewer = await createCloudFront({
    distribution,
    clock,
    webAcls,
    functions,
    logs,
    origins: { [`cognito-idp.${poolRegion(deployment)}.amazonaws.com`]: cognito.handle },
    port: options.viewerPort ?? 0,
    onFault,
  });
  onStop(viewer.stop);
  return { cognito, viewerUrl: viewer.url, poolUrl: pool.url };
}

function openFolder(folder: string | undefined, onStop: (stop: Stop) => void): string {
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    return folder;
  }
  const made = mkdtempSync(join(tmpdir(), "portcullis-world-"));
  onStop(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Log slots are five minutes long; a world that begins with one is the same whenever it is started. */
function lastSlot(now: Instant): Instant {
  return Math.floor(now / (5 * MINUTE)) * 5 * MINUTE;
}
