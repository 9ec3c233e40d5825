/** An AWS that keeps no promise: Secrets Manager and Cognito on one loopback port, as the handler's SDKs reach them. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import type { SecretDocument } from "../../../functions/domain/edge-config.ts";
import { listen, readBody } from "../../../local/http.ts";
import { CLIENT_ID, GATE } from "../builders.ts";

/** Texts that no log line and no viewer may ever see. */
export const SECRETS = ["first-client-secret-3f9a", "second-client-secret-77c1"] as const;
export const TAG_KEY = "tag-key-0123456789abcdef-9d2e";

const documentWith = (secrets: string[]): SecretDocument => ({
  gates: [GATE, "NextNextNextNextNextNe"],
  tagKey: TAG_KEY,
  clients: { [CLIENT_ID]: { secrets } },
});

/** By the name of the secret that is asked for. */
export const documents = {
  one: documentWith([SECRETS[0]]),
  two: documentWith([...SECRETS]),
} as const;
const quoted = JSON.stringify(documents.one);

type Send = (response: ServerResponse) => void;
const send =
  (status: number, body: string | Buffer, headers: Record<string, string> = {}): Send =>
  (response) =>
    void response.writeHead(status, { "content-type": "application/x-amz-json-1.1", ...headers }).end(body);
const error = (status: number, type: string, message = "") => send(status, JSON.stringify({ __type: type, message }));
const secretString = (SecretString: unknown) => send(200, JSON.stringify({ SecretString }));
const reset: Send = (response) => void response.socket?.destroy();
const halfOf =
  (text: string): Send =>
  (response) => {
    response.writeHead(200, { "content-length": String(2 * text.length) });
    response.write(text, () => response.socket?.destroy());
  };
/** Longer than either adapter waits. */
const never: Send = () => undefined;

/** What Secrets Manager does wrong. Most of it quotes a secret, to see whether the quotation gets out. */
export const secretFaults: Readonly<Record<string, Send>> = {
  denied: error(400, "AccessDeniedException", quoted),
  throttled: error(400, "ThrottlingException", quoted),
  broken: error(500, "InternalServiceError", quoted),
  html: send(200, `<html>${quoted}</html>`, { "content-type": "text/html" }),
  unavailable: send(503, `<html>${quoted}</html>`, { "content-type": "text/html" }),
  nothing: send(200, ""),
  null: send(200, "null"),
  noText: secretString(undefined),
  number: secretString(7),
  notJson: secretString(`${quoted}}`),
  list: secretString(`[${quoted}]`),
  noGates: secretString(JSON.stringify({ ...documents.one, gates: [] })),
  oddGate: secretString(JSON.stringify({ ...documents.one, gates: [SECRETS[0]] })),
  noClients: secretString(JSON.stringify({ ...documents.one, clients: {} })),
  otherClients: secretString(JSON.stringify({ ...documents.one, clients: { toString: { secrets: ["x"] } } })),
  emptySecret: secretString(JSON.stringify({ ...documents.one, clients: { [CLIENT_ID]: { secrets: [""] } } })),
  threeSecrets: secretString(JSON.stringify(documentWith(["x", "y", "z"]))),
  cut: halfOf(quoted),
  reset,
  slow: never,
};

const tokens = { AuthenticationResult: { AccessToken: "a.b.c", IdToken: "d.e.f", ExpiresIn: 3600 } };
const large = (bytes: number) => JSON.stringify({ AuthenticationResult: { AccessToken: "a".repeat(bytes) } });

/** How Cognito answers a call that the edge sends itself. */
export const cognitoAnswers: Readonly<Record<string, Send>> = {
  tokens: send(200, JSON.stringify(tokens)),
  wrongHash: error(400, "NotAuthorizedException", `Unable to verify secret hash for client ${CLIENT_ID}`),
  wrongSecret: error(400, "UnauthorizedException", "Unauthorized request"),
  wrongPassword: error(400, "NotAuthorizedException", "Incorrect username or password."),
  noUser: error(400, "UserNotFoundException", "User does not exist."),
  tooMany: error(429, "TooManyRequestsException", "Rate exceeded"),
  internal: error(500, "InternalErrorException"),
  unrecognised: error(400, "UnrecognizedClientException", "The security token included in the request is invalid."),
  expired: error(400, "ExpiredTokenException"),
  signature: error(400, "InvalidSignatureException"),
  incomplete: error(400, "IncompleteSignatureException"),
  denied: error(400, "AccessDeniedException", "User: arn:aws:sts::111122223333:assumed-role/portcullis-edge is not"),
  unsigned: error(400, "MissingAuthenticationTokenException"),
  namespaced: error(400, "com.amazonaws.cognito#UserNotFoundException"),
  inHeader: send(400, '{"message":"x"}', { "x-amzn-errortype": "UserNotFoundException:http://internal.example/" }),
  untyped: send(400, '{"message":"x"}'),
  oddType: send(400, '{"__type":"x\\r\\nX-Amzn-ErrorType: y"}'),
  prototype: send(200, '{"__proto__":{"status":"500"},"constructor":1}'),
  list: send(200, "[1]"),
  null: send(200, "null"),
  empty: send(200, ""),
  noContent: send(204, ""),
  odd: send(299, "{}"),
  teapot: error(418, "UserNotFoundException"),
  beyond: error(599, "UserNotFoundException"),
  outside: error(799, "UserNotFoundException"),
  redirect: send(302, "", { location: "http://203.0.113.9/" }),
  redirected: send(301, "{}", { location: "/elsewhere" }),
  unmodified: send(304, ""),
  html: send(200, "<html></html>", { "content-type": "text/html" }),
  unavailable: send(503, "<html>Service Unavailable</html>", { "content-type": "text/html" }),
  halfJson: send(200, '{"AuthenticationResult":'),
  invalidUtf8: send(200, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
  nested: send(200, `{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`),
  almostMegabyte: send(200, large(1024 * 1024 - 60)),
  fiveMegabytes: send(200, large(5 * 1024 * 1024)),
  cut: halfOf('{"a":1'),
  reset,
  slow: never,
};

export interface AskedRequest {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface HostileAws {
  readonly url: string;
  /** The calls that reached Cognito, since it was emptied last. */
  readonly asked: AskedRequest[];
  /** Names of `cognitoAnswers`, for the next calls in turn; the last one stays. */
  answers: readonly string[];
  stop(): Promise<void>;
}

export async function startHostileAws(): Promise<HostileAws> {
  const asked: AskedRequest[] = [];
  const server = createServer((request, response) => {
    response.on("error", () => undefined);
    void readBody(request, 8 * 1024 * 1024).then(
      (body) => answer(request, body.toString(), response),
      () => response.destroy(),
    );
  });
  const { url, stop } = await listen(server, 0);
  const aws: HostileAws = { url, asked, answers: ["tokens"], stop };

  function answer({ headers }: IncomingMessage, body: string, response: ServerResponse): void {
    const isSecret = headers["x-amz-target"] === "secretsmanager.GetSecretValue";
    const respond = isSecret ? secretOf(body) : cognitoOf({ headers, body });
    respond(response);
  }

  function cognitoOf(request: AskedRequest): Send {
    asked.push(request);
    const name = aws.answers[Math.min(asked.length, aws.answers.length) - 1] ?? "tokens";
    return cognitoAnswers[name] ?? reset;
  }
  return aws;
}

function secretOf(body: string): Send {
  const name = /portcullis\/(\w+)-/.exec(body)?.[1] ?? "";
  if (name === "one" || name === "two") return secretString(JSON.stringify(documents[name]));
  return secretFaults[name] ?? reset;
}

export const secretArn = (name: string) =>
  `arn:aws:secretsmanager:us-east-1:111122223333:secret:portcullis/${name}-Ab12Cd`;
