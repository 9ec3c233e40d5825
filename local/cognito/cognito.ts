/**
 * The user pool's public API, as the Region's endpoint offers it to anyone: no AWS credentials, the secret hash
 * checked. Order of a call: the pool's web ACL, which costs no quota; the quota; the operation. CloudTrail records
 * whatever got past the web ACL. (Whether AWS also records what the web ACL blocked is not documented.)
 */
import { randomBytes } from "node:crypto";

import { type Deployment, poolRegion } from "../../functions/domain/deployment.ts";
import type { Instant } from "../../functions/domain/instant.ts";
import { namesOf } from "../../functions/domain/names.ts";
import { parseJsonObject, textMember } from "../../functions/edge/json-object.ts";
import { AwsError, jsonService } from "../aws-wire.ts";
import type { AwsService, Clock, LogSink, Metrics, WebAcls } from "../ports.ts";
import type { AppClients } from "./client-secrets.ts";
import {
  type Answer,
  answerError,
  answerJson,
  answerPreflight,
  answerWebAcl,
  type Exchange,
  headerOf,
} from "./http.ts";
import { putMetrics } from "./metrics.ts";
import { poolOperation } from "./operations.ts";
import type { Pool, PoolOperation } from "./pool.ts";
import { Quotas } from "./quotas.ts";
import { type RandomBytes, randomUuid } from "./random.ts";
import { SrpSessions } from "./srp-sessions.ts";
import { Tokens } from "./tokens.ts";
import { trailRecord } from "./trail.ts";
import { type User, UserStore } from "./users.ts";

export interface CognitoOptions {
  readonly clock: Pick<Clock, "now">;
  readonly deployment: Deployment;
  readonly clients: AppClients;
  readonly metrics: Metrics;
  readonly logs: Pick<LogSink, "cloudTrail">;
  readonly webAcls: WebAcls;
  readonly random?: RandomBytes;
  /** `PreventUserExistenceErrors: ENABLED`. */
  readonly hidesUsers?: boolean;
}

export interface Cognito {
  /** One request at the regional endpoint. */
  handle(request: Exchange): Answer;
  readonly users: UserStore;
  /** The API that wants AWS credentials: nothing of it is implemented yet, and each call says so. */
  readonly service: AwsService;
}

export function createCognito(options: CognitoOptions): Cognito {
  const random = options.random ?? randomBytes;
  const region = poolRegion(options.deployment);
  const { id } = options.deployment.userPool;
  const name = id.slice(id.indexOf("_") + 1);
  const pool: Pool = {
    name,
    clients: options.clients,
    users: new UserStore(name, random),
    tokens: new Tokens(`https://cognito-idp.${region}.amazonaws.com/${id}`, random),
    sessions: new SrpSessions(name, random),
    hidesUsers: options.hidesUsers ?? true,
  };
  const quotas = new Quotas(options.deployment.quotas);
  return {
    handle: (request) => handle(request, { ...options, pool, quotas, region, random }),
    users: pool.users,
    service: jsonService({ version: "1.1", operations: {} }),
  };
}

interface Endpoint extends CognitoOptions {
  readonly pool: Pool;
  readonly quotas: Quotas;
  readonly region: string;
  readonly random: RandomBytes;
}

const TARGET_PREFIX = "AWSCognitoIdentityProviderService.";

function handle(request: Exchange, endpoint: Endpoint): Answer {
  if (request.method === "OPTIONS") return answerPreflight(request);
  const requestId = randomUuid(endpoint.random);
  const target = headerOf(request, "x-amz-target");
  const operation = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : "";
  try {
    const run = poolOperation(operation);
    const input = readJson(request);
    const blocked = inspect({ request, requestId, operation, input }, endpoint);
    return blocked ?? answerCall({ request, requestId, operation, input, run }, endpoint);
  } catch (error) {
    if (error instanceof AwsError) return answerError(requestId, error);
    throw error;
  }
}

interface Call {
  readonly request: Exchange;
  readonly requestId: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** The pool's web ACL sees the caller's headers and two of Cognito's own, but never a body: it may hold names. */
function inspect({ request, requestId, operation, input }: Call, { webAcls, deployment }: Endpoint): Answer | null {
  const clientId = clientIdOf(input);
  const inspection = webAcls.inspect(namesOf(deployment).poolArn, {
    clientIp: request.sourceIp,
    country: null,
    method: request.method,
    uri: request.path,
    args: request.query,
    httpVersion: "HTTP/1.1",
    headers: [
      ...request.headers,
      { name: "x-amzn-cognito-operation-name", value: operation },
      ...(clientId === null ? [] : [{ name: "x-amzn-cognito-client-id", value: clientId }]),
    ],
    body: Buffer.alloc(0),
    requestId,
    ja4: null,
  });
  return inspection.action === "BLOCK" ? answerWebAcl(requestId, inspection.response) : null;
}

function answerCall(call: Call & { readonly run: PoolOperation }, endpoint: Endpoint): Answer {
  const { operation, input, requestId } = call;
  const now = endpoint.clock.now();
  const charge = endpoint.quotas.charge(operation, now);
  let about: User | null = null;
  let error: AwsError | null = null;
  let output = {};
  try {
    if (charge.throttled) throw new AwsError("TooManyRequestsException", "Rate exceeded");
    output = call.run(input, {
      pool: endpoint.pool,
      now,
      about: (user) => {
        about = user;
      },
    });
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown;
    error = thrown;
  }
  record(call, { error, sub: subOf(about), now }, endpoint);
  const clientId = clientIdOf(input);
  const known = clientId !== null && Object.hasOwn(endpoint.clients, clientId) ? clientId : null;
  const flow = typeof input["AuthFlow"] === "string" ? input["AuthFlow"] : null;
  const measured = { operation, flow, charge, clientId: known, succeeded: error === null, now };
  putMetrics(endpoint.metrics, endpoint.region, endpoint.deployment.userPool.id, measured);
  return error ? answerError(requestId, error) : answerJson(requestId, output);
}

interface Ending {
  readonly error: AwsError | null;
  readonly sub: string | null;
  readonly now: Instant;
}

function record({ request, requestId, operation, input }: Call, ending: Ending, endpoint: Endpoint): void {
  const { region, random, deployment } = endpoint;
  const trail = {
    operation,
    region,
    account: deployment.account,
    sourceIp: request.sourceIp,
    userAgent: headerOf(request, "user-agent") || headerOf(request, "x-amz-user-agent"),
    host: headerOf(request, "host"),
    requestId,
    input,
    ...ending,
  };
  endpoint.logs.cloudTrail(region, trailRecord(trail, random));
}

function readJson(request: Exchange): Readonly<Record<string, unknown>> {
  if (!headerOf(request, "content-type").startsWith("application/x-amz-json-1.1"))
    throw new AwsError("UnknownOperationException", "");
  const input = parseJsonObject(request.body);
  if (!input) throw new AwsError("SerializationException", "The body is no JSON object");
  return input;
}

function clientIdOf(input: Readonly<Record<string, unknown>>): string | null {
  return textMember(input, "ClientId");
}

function subOf(user: User | null): string | null {
  return user?.sub ?? null;
}
