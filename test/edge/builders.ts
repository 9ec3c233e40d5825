import type { SecretDocument } from "../../functions/domain/edge-config.ts";
import type { Headers, OriginRequest } from "../../functions/edge/origin-request.ts";
import type { ClientSecrets, CognitoAnswer, CognitoEndpoint, CognitoRequest } from "../../functions/edge/ports.ts";
import { createProxy, type ProxyAnswer } from "../../functions/edge/proxy.ts";

export const CLIENT_ID = "1example23456789abcdefgh";
export const CLIENT_SECRET = "a-client-secret-for-tests";
export const GATE = "GateGateGateGateGateGa";
export const REQUEST_ID = "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==";
export const SECRET_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:portcullis/clients-Ab12Cd";
export const ORIGIN = "cognito-idp.eu-west-1.amazonaws.com";

export const aSecretDocument = (over: Partial<SecretDocument> = {}): SecretDocument => ({
  gates: [GATE, "NextNextNextNextNextNe"],
  tagKey: "0123456789abcdef0123456789abcdef",
  clients: { [CLIENT_ID]: { secrets: [CLIENT_SECRET] } },
  ...over,
});

export const secretsOf = (document = aSecretDocument()) =>
  ({ read: () => Promise.resolve(document) }) satisfies ClientSecrets;

function headersOf(headers: Readonly<Record<string, string | readonly string[]>>): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([key, values]) => [
      key.toLowerCase(),
      [values].flat().map((value) => ({ key, value })),
    ]),
  );
}

interface CallOptions {
  readonly operation?: string;
  readonly body?: unknown;
  readonly rawBody?: string | Buffer;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly config?: Readonly<Record<string, string>>;
  readonly request?: Partial<OriginRequest>;
}

/** An origin request with a call of the Cognito API, as CloudFront hands it to the function. */
export function aRequest({ operation = "SignUp", body, rawBody, headers, config, request }: CallOptions = {}) {
  const text = rawBody ?? JSON.stringify(body ?? { ClientId: CLIENT_ID, Username: "alice", Password: "p" });
  return {
    clientIp: "203.0.113.7",
    method: "POST",
    uri: "/",
    querystring: "",
    headers: headersOf({
      Host: "d111111abcdef8.cloudfront.net",
      "Content-Type": "application/x-amz-json-1.1",
      "Content-Length": String(Buffer.byteLength(text)),
      "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
      "User-Agent": "test-agent/1.0",
      Via: "1.1 abc.cloudfront.net (CloudFront)",
      ...headers,
    }),
    body: {
      inputTruncated: false,
      action: "read-only",
      encoding: "base64",
      data: Buffer.from(text).toString("base64"),
    },
    origin: {
      custom: {
        customHeaders: headersOf({
          "X-Portcullis-Secret": SECRET_ARN,
          "X-Portcullis-Clients": `${CLIENT_ID},2example23456789abcdefgh`,
          "X-Portcullis-Refresh": "rewrite",
          ...config,
        }),
        domainName: ORIGIN,
        keepaliveTimeout: 5,
        path: "",
        port: 443,
        protocol: "https",
        readTimeout: 30,
        sslProtocols: ["TLSv1.2"],
      },
    },
    ...request,
  };
}

export const DISTRIBUTION = "d111111abcdef8.cloudfront.net";

/** A Cognito that must not be asked. */
const notAsked = {
  send: () => Promise.reject(new Error("Cognito was asked")),
} satisfies CognitoEndpoint;

/** A Cognito that answers as the test says, and remembers what it was asked. */
export function aCognitoEndpoint(answer: (request: CognitoRequest, count: number) => Partial<CognitoAnswer> | Error) {
  const requests: CognitoRequest[] = [];
  return {
    requests,
    send(request: CognitoRequest) {
      requests.push(request);
      const given = answer(request, requests.length);
      return given instanceof Error
        ? Promise.reject(given)
        : Promise.resolve({ status: 200, headers: {}, body: "{}", ...given });
    },
  } satisfies CognitoEndpoint & { requests: CognitoRequest[] };
}

export function aProxy({ secrets = secretsOf(), cognito = notAsked as CognitoEndpoint } = {} as Parts) {
  const proxy = createProxy({ secrets, cognito, region: "eu-central-1" });
  return async (request: OriginRequest) =>
    readAnswer(await proxy({ requestId: REQUEST_ID, domainName: DISTRIBUTION, request }));
}
interface Parts {
  readonly secrets?: ClientSecrets;
  readonly cognito?: CognitoEndpoint;
}

/** Runs a fresh proxy on a request and reads what came out. */
export function relay(request: OriginRequest, secrets: ClientSecrets = secretsOf()) {
  return aProxy({ secrets })(request);
}

function readAnswer({ result, decision }: ProxyAnswer) {
  const refused = "status" in result;
  return {
    decision,
    result,
    refused,
    forwarded: refused ? null : (result as OriginRequest),
    get body() {
      return refused ? JSON.parse(String(result.body)) : decodeBody(result as OriginRequest);
    },
  };
}

/** The body that goes on: a replacing one is text, the viewer's own is base64. */
export function forwardedText({ body }: OriginRequest): string {
  return body?.encoding === "text" ? body.data : Buffer.from(body?.data ?? "", "base64").toString();
}

function decodeBody(request: OriginRequest): Record<string, unknown> {
  return JSON.parse(forwardedText(request));
}
