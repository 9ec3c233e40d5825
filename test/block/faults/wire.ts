/**
 * The wire between the handlers and AWS: an HTTP hop that lets one chosen call fail in one chosen way. Calls are
 * counted in the order in which they arrive; an SDK's own retries of a call are the same call.
 */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

import { AwsError, errorAnswer } from "../../../local/aws-wire.ts";
import { listen, readBody } from "../../../local/http.ts";

/**
 * `lost` never arrives; `lost-answer` does its work, but each of the SDK's tries sees a dead connection;
 * `late-answer` only the first, so that the SDK does the work twice; `hung` does its work and never answers. After a
 * `crash` nothing of the run arrives any more. `conflict`: somebody else was faster.
 */
export type Fault =
  | "throttled"
  | "denied"
  | "garbage"
  | "lost"
  | "late-answer"
  | "lost-answer"
  | "garbled-answer"
  | "hung"
  | "conflict"
  | "crash"
  | "crash-after";

export interface WireCall {
  readonly service: string;
  readonly operation: string;
  readonly writes: boolean;
  /** A write that can lose a race: a version or a lock token stands in it. */
  readonly races: boolean;
}

export function nameOf({ service, operation }: WireCall, at: number): string {
  return `call ${at}, ${service} ${operation}`;
}

export async function startWire() {
  const agent = new Agent({ keepAlive: true });
  let targetOf: (service: string) => string = () => "";
  let busy = 0;
  let calls: WireCall[] = [];
  let numbers = new Map<string, number>();
  let tries = new Map<string, number>();
  let armed: { readonly at: number; readonly fault: Fault } | null = null;
  let dead = false;
  let changes = 0;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await readBody(incoming, 64 * 1024 * 1024);
    const id = String(incoming.headers["amz-sdk-invocation-id"] ?? calls.length);
    const number = numbers.get(id) ?? calls.push(wireCall(incoming, body)) - 1;
    const attempt = (tries.get(id) ?? 0) + 1;
    numbers.set(id, number);
    tries.set(id, attempt);
    const fault = armed?.at === number ? armed.fault : null;
    if (dead) {
      refuse(incoming, outgoing, new AwsError("AccessDeniedException", "the process is dead"));
      return;
    }
    if (fault?.startsWith("crash")) dead = true;
    if (fault && fault !== "late-answer" && !arrives(fault)) {
      fail(fault, incoming, outgoing, calls[number]);
      return;
    }
    if (calls[number]?.writes) changes += 1;
    const answer = await forward(incoming, body);
    const hidden = fault && (fault !== "late-answer" || attempt === 1);
    if (hidden) {
      fail(fault, incoming, outgoing, calls[number]);
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
    await new Promise((resolve) => outgoing.on("close", resolve));
  }

  function forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const target = targetOf(serviceOf(headers));
    return new Promise((resolve, reject) => {
      request(new URL(url ?? "/", target), { agent, method, headers }, resolve)
        .on("error", reject)
        .end(body);
    });
  }

  const server = createServer((incoming, outgoing) => {
    busy += 1;
    serve(incoming, outgoing)
      .catch(() => outgoing.destroy())
      .finally(() => {
        busy -= 1;
      });
  });
  const { url, stop } = await listen(server, 0);
  return {
    url,
    isBusy: () => busy > 0,
    /** Where calls go from now on. */
    connect: (to: (service: string) => string) => {
      targetOf = to;
    },
    /** Counts from zero; the call of number `at` fails. */
    arm: (fault: Fault | null, at = 0) => {
      armed = fault && { at, fault };
      dead = false;
      changes = 0;
      calls = [];
      numbers = new Map();
      tries = new Map();
    },
    /** Whether the run that the fault was for has died of it. */
    died: () => dead,
    /** The next process lives, and nothing fails any more. */
    revive: () => {
      if (dead) armed = null;
      dead = false;
    },
    /** Writes that arrived. */
    changes: () => changes,
    calls: (): readonly WireCall[] => calls,
    async stop() {
      agent.destroy();
      await stop();
    },
  };
}

const CREDENTIAL = /Credential=[^/]+\/\d{8}\/[^/]+\/([^/]+)\//;
const RACES = [
  '"ConditionExpression":"version = ',
  '"ConditionExpression":"attribute_exists(pk) and attribute_not_exists(sentAt)',
  '"LockToken"',
  '"RemoveFromVersionId"',
];
const READS = /^(Get|BatchGet|Query|List|Describe|GET)/;

function serviceOf({ authorization = "" }: IncomingMessage["headers"]): string {
  return CREDENTIAL.exec(authorization)?.[1] ?? "";
}

function wireCall({ headers, method = "" }: IncomingMessage, body: Buffer): WireCall {
  const service = serviceOf(headers);
  const text = body.toString("utf8");
  const form = String(headers["content-type"]).startsWith("application/x-www-form-urlencoded");
  const operation = form
    ? (new URLSearchParams(text).get("Action") ?? "")
    : (String(headers["x-amz-target"] ?? method)
        .split(".")
        .at(-1) ?? "");
  const races = RACES.some((condition) => text.includes(condition));
  return { service, operation, writes: !READS.test(operation), races };
}

function arrives(fault: Fault): boolean {
  return ["lost-answer", "garbled-answer", "hung", "crash-after"].includes(fault);
}

const THROTTLES: Readonly<Record<string, [string, number]>> = {
  dynamodb: ["ProvisionedThroughputExceededException", 400],
  s3: ["SlowDown", 503],
  ec2: ["RequestLimitExceeded", 503],
  sns: ["Throttling", 400],
};

const CONFLICTS: Readonly<Record<string, string>> = {
  UpdateIPSet: "WAFOptimisticLockException",
  UpdateRegexPatternSet: "WAFOptimisticLockException",
  UpdateSecretVersionStage: "InvalidParameterException",
};

function fail(fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse, call: WireCall | undefined): void {
  if (fault === "hung") return;
  if (fault === "garbage" || fault === "garbled-answer")
    outgoing.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end("<html>a proxy says hello</html>");
  else if (fault.startsWith("lost") || fault === "late-answer") outgoing.destroy();
  else refuse(incoming, outgoing, errorOf(fault, call));
}

function errorOf(
  fault: Fault,
  { service, operation }: WireCall = { service: "", operation: "", writes: false, races: false },
) {
  if (fault === "throttled") {
    const [code, status] = THROTTLES[service] ?? ["ThrottlingException", 400];
    return new AwsError(code, "Rate exceeded", { status });
  }
  if (fault !== "conflict") return new AwsError("AccessDeniedException", "not allowed");
  return new AwsError(CONFLICTS[operation] ?? "ConditionalCheckFailedException", "somebody was faster");
}

function refuse({ headers, method = "GET", url = "/" }: IncomingMessage, outgoing: ServerResponse, error: AwsError) {
  const service = serviceOf(headers);
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const call = { region: "", accessKeyId: "", query: new URLSearchParams(), body: Buffer.alloc(0), path: url };
  const answer = errorAnswer({ ...call, service, method, headers: named }, error);
  outgoing.writeHead(answer.status, answer.headers).end(answer.body);
}
