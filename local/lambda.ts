/**
 * Lambda: each function of the templates runs its handler's source (`portcullis:entry`) in a thread of its own, with
 * the environment, time-out, memory and role that the template gives it and nothing else of this process.
 */
import * as z from "zod";

import { NotSupportedError } from "../functions/domain/errors.ts";
import { AwsError, unknownOperation } from "./aws-wire.ts";
import type { WorldClock } from "./clock.ts";
import { EDGE_LOCATION_REGION } from "./edge-location.ts";
import { bundleHandlers } from "./lambda/bundle.ts";
import { edgeFunctions } from "./lambda/edge-functions.ts";
import { embeddedMetrics } from "./lambda/embedded-metrics.ts";
import { ExecutionEnvironment } from "./lambda/environment.ts";
import { reservedVariables } from "./lambda/reserved-variables.ts";
import type { AwsAnswer, AwsCall, AwsService, FunctionEnd, Functions, Metrics } from "./ports.ts";
import type { Assembly, Resource } from "./template.ts";

export interface LambdaLog {
  readonly functionName: string;
  readonly requestId: string | undefined;
  readonly level: string;
  readonly text: string;
  readonly at: number;
}

export interface LambdaOptions {
  readonly assembly: Assembly;
  readonly clock: WorldClock;
  /** Where all AWS APIs are, for `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  readonly metrics: Metrics;
  /** The access key id that stands for a role; see iam.ts. */
  readonly keyOf: (roleArn: string) => string;
  readonly onLog?: (log: LambdaLog) => void;
  readonly onEnd?: (functionName: string, end: FunctionEnd) => void;
}

export interface Lambda {
  readonly service: AwsService;
  readonly functions: Functions;
  /** Loads every handler, so that the first invocations find them ready. */
  warm(): void;
  /** As after a deployment: the next invocation of each function is in a new environment. */
  redeploy(): Promise<void>;
  stop(): Promise<void>;
}

const functionSchema = z.looseObject({
  Environment: z.object({ Variables: z.record(z.string(), z.string()).default({}) }).default({ Variables: {} }),
  Timeout: z.number().default(3),
  MemorySize: z.number().default(128),
  Handler: z.string().default("index.handler"),
  Runtime: z.string().default("nodejs22.x"),
  Role: z.string(),
  ReservedConcurrentExecutions: z.int().min(0).optional(),
  /** Of asynchronous invocations, of which there are none here: schedules keep their own dead letters. */
  DeadLetterConfig: z.undefined("dead letters of a function are not supported here").optional(),
});

/** Lambda takes no more than this as names and values of a function's environment. */
const LARGEST_ENVIRONMENT = 4096;
const LARGEST_EVENT = 6 * 1024 * 1024;

export async function createLambda(options: LambdaOptions): Promise<Lambda> {
  const { assembly, clock, metrics, onLog } = options;
  const resources = assembly.ofType("AWS::Lambda::Function").filter((resource) => entryOf(resource) !== undefined);
  const atEdge = edgeFunctions(assembly);
  const bundles = await bundleHandlers(resources.map((resource) => entryOf(resource) ?? ""));
  const running = new Map<string, number>();
  const environments = new Map(resources.map((resource) => [resource.name, environmentOf(resource)]));

  function environmentOf(resource: Resource): ExecutionEnvironment {
    const entry = entryOf(resource) ?? "";
    const { Timeout, MemorySize } = functionSchema.parse(resource.properties);
    const variables = variablesOf(resource, atEdge.has(resource), options);
    const functionName = variables.AWS_LAMBDA_FUNCTION_NAME ?? resource.name;
    return new ExecutionEnvironment({
      worker: bundles.worker,
      setup: { clock: clock.shared, bundle: bundles.of(entry) ?? entry, functionName },
      variables,
      timeoutSeconds: Timeout,
      memoryMegabytes: MemorySize,
      onLog: ({ level, text, requestId }) => {
        for (const datum of embeddedMetrics(text)) metrics.put(resource.region, datum);
        onLog?.({ functionName: resource.name, requestId, level, text, at: clock.now() });
      },
    });
  }

  async function invoke(functionArn: string, payload: unknown): Promise<FunctionEnd> {
    const target = targetOf(functionArn, resources);
    const environment = environments.get(target.resource.name);
    if (!environment) throw notFound(functionArn);
    const event = JSON.stringify(payload) ?? "null";
    if (Buffer.byteLength(event) > LARGEST_EVENT)
      throw new AwsError("RequestTooLargeException", "The event is larger than 6 MB", { status: 413 });
    return await clock.during(async () => {
      const end = await withinReserve(target.resource, () => environment.invoke(target.arn, event));
      countInvocation(metrics, clock.now(), target, end, atEdge.has(target.resource));
      options.onEnd?.(target.resource.name, end);
      return end;
    });
  }

  /** More at a time than a function has reserved are throttled, whatever else of the account is idle. */
  async function withinReserve<T>({ name, properties }: Resource, work: () => Promise<T>): Promise<T> {
    const { ReservedConcurrentExecutions: most = Number.POSITIVE_INFINITY } = functionSchema.parse(properties);
    const others = running.get(name) ?? 0;
    if (others >= most) throw new AwsError("TooManyRequestsException", "Rate Exceeded.", { status: 429 });
    running.set(name, others + 1);
    try {
      return await work();
    } finally {
      running.set(name, (running.get(name) ?? 1) - 1);
    }
  }

  const functions: Functions = { invoke };
  return {
    functions,
    service: invokeService(functions, resources),
    warm: () => environments.forEach((environment) => void environment.warm()),
    async redeploy() {
      await Promise.all([...environments.values()].map((environment) => environment.replace()));
    },
    async stop() {
      await Promise.all([...environments.values()].map((environment) => environment.stop()));
    },
  };
}

function entryOf(resource: Resource): string | undefined {
  const entry = resource.metadata["portcullis:entry"];
  return typeof entry === "string" ? entry : undefined;
}

/** A function at the edge has no variables of its own: `edgeFunctions` refuses them. */
function variablesOf(resource: Resource, atEdge: boolean, { endpoint, keyOf }: LambdaOptions): Record<string, string> {
  const { Environment, Role, Handler, Runtime, MemorySize } = functionSchema.parse(resource.properties);
  const size = Object.entries(Environment.Variables).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name + value),
    0,
  );
  if (size > LARGEST_ENVIRONMENT)
    throw new NotSupportedError(
      `${resource.name}: Lambda allows 4 KB of environment variables, these are ${size} bytes`,
    );
  return {
    ...Environment.Variables,
    ...reservedVariables(resource, {
      handler: Handler,
      runtime: Runtime,
      memoryMegabytes: MemorySize,
      accessKeyId: keyOf(Role),
      edgeRegion: atEdge ? EDGE_LOCATION_REGION : null,
    }),
    ...localVariables(endpoint),
  };
}

/** What no Lambda has: it keeps the SDK inside the local world. */
function localVariables(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    // Else the SDK reads the profile of whoever runs the local world.
    AWS_CONFIG_FILE: "none",
    AWS_SHARED_CREDENTIALS_FILE: "none",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
}

interface Target {
  readonly resource: Resource;
  /** The ARN with the qualifier that was asked for. */
  readonly arn: string;
  readonly qualifier: string | undefined;
}

/** A name, a partial or a full ARN, each with or without version or alias. */
function targetOf(asked: string, resources: readonly Resource[]): Target {
  const [name = "", qualifier] = asked.split(":function:").at(-1)?.split(":") ?? [];
  const resource = resources.find(
    (each) => each.name === name && (!asked.startsWith("arn:") || asked.startsWith(each.arn)),
  );
  if (!resource) throw notFound(asked);
  return { resource, qualifier, arn: qualifier === undefined ? resource.arn : `${resource.arn}:${qualifier}` };
}

function notFound(asked: string): AwsError {
  return new AwsError("ResourceNotFoundException", `Function not found: ${asked}`, { status: 404 });
}

/** A replica at the edge counts under its longer name, in the Region where it ran. */
function countInvocation(
  metrics: Metrics,
  at: number,
  { resource, qualifier }: Target,
  end: FunctionEnd,
  atEdge: boolean,
): void {
  const region = atEdge ? EDGE_LOCATION_REGION : resource.region;
  const name = atEdge ? `${resource.region}.${resource.name}` : resource.name;
  const whole = { FunctionName: name };
  const part = qualifier === undefined ? [] : [{ ...whole, Resource: `${name}:${qualifier}` }];
  for (const dimensions of [whole, ...part]) {
    const put = (metric: string, value: number) =>
      metrics.put(region, { namespace: "AWS/Lambda", name: metric, dimensions, value, at });
    put("Invocations", 1);
    put("Errors", end.ok ? 0 : 1);
  }
}

const INVOKE = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** `Invoke` on the wire, for interpreters of state machines that run outside this process. */
function invokeService(functions: Functions, resources: readonly Resource[]): AwsService {
  const asked = (call: AwsCall) => {
    const [, name] = INVOKE.exec(call.path) ?? [];
    if (!name || call.method !== "POST") throw unknownOperation(call);
    const qualifier = call.query.get("Qualifier");
    return decodeURIComponent(name) + (qualifier ? `:${qualifier}` : "");
  };
  return {
    needs: (call) => [{ action: "lambda:InvokeFunction", resource: targetOf(asked(call), resources).arn }],
    async call(call): Promise<AwsAnswer> {
      const type = call.headers["x-amz-invocation-type"] ?? "RequestResponse";
      if (type !== "RequestResponse")
        throw new AwsError("InvalidParameterValueException", `InvocationType ${type} is not supported here`);
      const end = await functions.invoke(asked(call), eventOf(call.body));
      if (end.ok)
        return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(end.payload) };
      const { errorType, errorMessage, trace } = end;
      const headers = { "content-type": "application/json", "x-amz-function-error": "Unhandled" };
      return { status: 200, headers, body: JSON.stringify({ errorType, errorMessage, trace }) };
    },
  };
}

function eventOf(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new AwsError("InvalidRequestContentException", `Could not parse request body into json: ${error}`);
  }
}
