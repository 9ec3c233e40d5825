/**
 * One HTTP endpoint for every AWS API of the local world. The SigV4 credential scope tells service, Region and
 * caller; signatures themselves are not verified, for the endpoint listens on loopback only and its keys are names.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";

import { AwsError, errorAnswer } from "./aws-wire.ts";
import { type Listening, listen, readBody } from "./http.ts";
import type { AwsAnswer, AwsCall, AwsService, Clock, Permission } from "./ports.ts";

export { AwsError, jsonService, queryService } from "./aws-wire.ts";

const LARGEST_BODY = 64 * 1024 * 1024;

export interface AwsServerOptions {
  readonly clock: Pick<Clock, "now" | "during">;
  /** Services by the name in the credential scope: `s3`, `states`, `monitoring`, `cognito-idp`, … */
  readonly services?: Readonly<Record<string, AwsService>>;
  /** Throws `AwsError` if the caller may not do this; see local/iam.ts. */
  readonly authorize?: (accessKeyId: string, needs: readonly Permission[]) => void;
  /** Throws `AwsError` where AWS is out of order; see local/outages.ts. */
  readonly checkOutage?: (call: AwsCall) => void;
  readonly onCall?: (call: AwsCall, answer: AwsAnswer) => void;
  /** Told of an error that is the stand-in's own fault; the caller gets InternalFailure. */
  readonly onFault?: (error: unknown, call: AwsCall) => void;
  readonly port?: number;
}

export interface AwsServer {
  readonly url: string;
  /** Adds a stand-in; those that need the endpoint's address are made after it. */
  add(name: string, service: AwsService): void;
  /** The same as over HTTP, for tests and for stand-ins that forward. */
  dispatch(call: AwsCall): Promise<AwsAnswer>;
  stop(): Promise<void>;
}

export async function startAwsServer(options: AwsServerOptions): Promise<AwsServer> {
  const services = new Map(Object.entries(options.services ?? {}));
  const { clock, authorize, checkOutage, onFault } = options;

  async function serve(call: AwsCall): Promise<AwsAnswer> {
    const service = services.get(call.service);
    if (!service)
      throw new AwsError(
        "UnknownServiceException",
        `The local world has no stand-in for ${call.service || "an unsigned request"}`,
      );
    checkOutage?.(call);
    if (authorize) authorize(call.accessKeyId, service.needs?.(call) ?? []);
    return await service.call(call);
  }

  async function dispatch(call: AwsCall): Promise<AwsAnswer> {
    const answer = await serve(call).catch((error: unknown) => {
      if (error instanceof AwsError) return errorAnswer(call, error);
      onFault?.(error, call);
      return errorAnswer(call, new AwsError("InternalFailure", messageOf(error), { status: 500 }));
    });
    options.onCall?.(call, answer);
    return answer;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = callOf(request, await readBody(request, LARGEST_BODY));
    const answer = await dispatch(call);
    // The SDK takes its clock's offset from this header, so it has to be the world's time.
    response.writeHead(answer.status, { date: new Date(clock.now()).toUTCString(), ...answer.headers });
    response.end(answer.body);
  }

  const server = createServer((request, response) => {
    clock.during(() => handle(request, response)).catch(() => response.destroy());
  });
  const listening: Listening = await listen(server, options.port ?? 0);
  return {
    url: listening.url,
    add: (name, service) => void services.set(name, service),
    dispatch,
    stop: listening.stop,
  };
}

const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/;

function callOf(request: IncomingMessage, raw: Buffer): AwsCall {
  const url = new URL(request.url ?? "/", "http://aws.local");
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
  const [, accessKeyId = "", region = "", signed = ""] = CREDENTIAL.exec(headers.authorization ?? "") ?? [];
  const service = signed || unsignedService(headers["x-amz-target"]);
  return {
    service,
    region,
    accessKeyId,
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: service === "s3" ? raw : decoded(raw, headers["content-encoding"]),
  };
}

/** Cognito's public operations are the only ones that AWS takes without a signature. */
function unsignedService(target = ""): string {
  return target.startsWith("AWSCognitoIdentityProviderService.") ? "cognito-idp" : "";
}

/** CloudWatch's SDK sends larger bodies compressed. In S3 the same header describes the object and stays. */
function decoded(body: Buffer, encoding: string | undefined): Buffer {
  return encoding === "gzip" ? gunzipSync(body, { maxOutputLength: LARGEST_BODY }) : body;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
