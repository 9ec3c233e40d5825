/**
 * The user pools' API over HTTPS, without Cognito's own SDK client: that would bring its serialisers and retries to
 * every cold start, and the body must go out as the proxy wrote it.
 *
 * Fallback    one more try, on a connection of its own, if the first broke before an answer began. A socket that was
 *             kept while the function was frozen has often been closed by the other side, and that shows only in use.
 * Gotcha      nothing is tried again after a time-out or once an answer has begun: the call may have taken effect.
 */
import type { AgentOptions } from "node:https";

import { fromEnv } from "@aws-sdk/credential-provider-env";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest, type HttpResponse } from "@smithy/core/protocols";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";

import { RetryableError } from "../../domain/errors.ts";
import type { CognitoAnswer, CognitoEndpoint, CognitoRequest } from "../ports.ts";

const CONNECT_MS = 1_000;
/** From the first byte sent to the last one received; the function itself may take 30 seconds (infra/edge-function.ts). */
const ATTEMPT_MS = 5_000;
/** CloudFront takes no larger answer from a function. */
const LARGEST_ANSWER = 1_048_576;

/** Signed with the date and the session token, and nothing else: a proxy on the way may change the rest. */
const SIGNED = new Set(["content-type", "host", "x-amz-target"]);
/** Ours alone: a caller's would contradict the signature or the connection. */
const RESERVED = new Set([
  "authorization",
  "connection",
  "content-length",
  "host",
  "transfer-encoding",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
]);

interface CognitoEndpointOptions {
  /** Instead of `https://<host>` for every host; by default what the AWS SDKs' standard variables say. */
  readonly endpoint?: string | undefined;
  /** How connections are made (whom to trust, how names are looked up). */
  readonly connection?: AgentOptions;
}

export function cognitoEndpoint({
  endpoint = endpointFromEnv(),
  connection,
}: CognitoEndpointOptions = {}): CognitoEndpoint {
  const kept = handlerOf({ ...connection, keepAlive: true });
  const fresh = handlerOf({ ...connection, keepAlive: false });
  return {
    async send(request) {
      const url = new URL(endpoint ?? `https://${request.host}`);
      try {
        const ready = await prepare(request, url);
        const response = await open(kept, ready).catch((error: unknown) => {
          if (!isBroken(error)) throw error;
          return open(fresh, ready);
        });
        return await readAnswer(response);
      } catch (cause) {
        throw new RetryableError(`Cognito gave no usable answer at ${url.host}`, { cause });
      }
    },
  };
}

function handlerOf(agent: AgentOptions): NodeHttpHandler {
  return new NodeHttpHandler({ connectionTimeout: CONNECT_MS, httpAgent: agent, httpsAgent: agent });
}

function endpointFromEnv(): string | undefined {
  return process.env.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER || process.env.AWS_ENDPOINT_URL || undefined;
}

async function prepare(request: CognitoRequest, url: URL): Promise<HttpRequest> {
  const { signed, host, body } = request;
  const foreign = Object.entries(request.headers).filter(([name]) => !RESERVED.has(name));
  const headers = { ...Object.fromEntries(foreign), host: url.host };
  const where = { protocol: url.protocol, hostname: url.hostname, path: url.pathname };
  const parts = { method: "POST", ...where, ...(url.port && { port: Number(url.port) }), body };
  if (!signed) return new HttpRequest({ ...parts, headers });
  const toSign = Object.fromEntries(Object.entries(headers).filter(([name]) => SIGNED.has(name)));
  const region = host.split(".")[1] ?? "";
  const authorised = await signerOf(region).sign(new HttpRequest({ ...parts, headers: toSign }));
  return new HttpRequest({ ...parts, headers: { ...headers, ...authorised.headers } });
}

/** Credentials are asked for each time, since Lambda renews those of its environment. */
function signerOf(region: string): SignatureV4 {
  return new SignatureV4({
    service: "cognito-idp",
    region,
    sha256: Sha256,
    applyChecksum: false,
    credentials: fromEnv(),
  });
}

async function open(handler: NodeHttpHandler, request: HttpRequest): Promise<HttpResponse> {
  const { response } = await handler.handle(request, { abortSignal: AbortSignal.timeout(ATTEMPT_MS) });
  return response;
}

/** The connection ended before the head of an answer had come. The handler renames these errors, their code stays. */
function isBroken(error: unknown): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return code === "ECONNRESET" || code === "EPIPE";
}

async function readAnswer({ statusCode, headers, body }: HttpResponse): Promise<CognitoAnswer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    // Leaving the loop destroys the connection.
    if (bytes > LARGEST_ANSWER) throw new RangeError(`The answer is larger than ${LARGEST_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return { status: statusCode, headers, body: Buffer.concat(chunks).toString() };
}
