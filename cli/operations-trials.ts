/** Requests put to the proxy for the page of its operations: what it says there of itself is what it does. */
import { edgeHeaders, type SecretDocument } from "../functions/domain/edge-config.ts";
import { RetryableError } from "../functions/domain/errors.ts";
import type { Headers, OriginRequest } from "../functions/edge/origin-request.ts";
import type { CognitoAnswer, CognitoEndpoint, CognitoRequest } from "../functions/edge/ports.ts";
import { createProxy } from "../functions/edge/proxy.ts";

const CLIENT_ID = "1example23456789abcdefgh";
const POOL = "eu-west-1_Ab12Cd34E";
const SECRET_ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:portcullis/clients-Ab12Cd";
const document: SecretDocument = {
  gates: ["GateGateGateGateGateGa"],
  tagKey: "0123456789abcdef0123456789abcdef",
  clients: { [CLIENT_ID]: { secrets: ["a-client-secret"] } },
};

interface Trial {
  readonly operation?: string;
  readonly body?: unknown;
  readonly bytes?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly settings?: Partial<Record<keyof typeof edgeHeaders, string>>;
  readonly request?: Partial<OriginRequest>;
  readonly document?: SecretDocument | null;
  readonly answer?: Partial<CognitoAnswer>;
}

const signUp = { ClientId: CLIENT_ID, Username: "alice", Password: "x" };
const signIn = (over: object = {}) => ({
  ClientId: CLIENT_ID,
  AuthFlow: "USER_SRP_AUTH",
  AuthParameters: { USERNAME: "alice", SRP_A: "a" },
  ...over,
});

const trials: readonly (Trial & { readonly about: string })[] = [
  {
    about: "From a web page that is not among `allowedOrigins`, its preflight included",
    headers: { origin: "https://other.example" },
    settings: { allowedOrigins: "https://app.example" },
  },
  {
    about: "Without `Origin`, for an app client that is not among `nativeClients`",
    settings: { allowedOrigins: "https://app.example", nativeClients: "-" },
  },
  { about: "Another method than POST or OPTIONS", request: { method: "GET" } },
  { about: "Another path than `/`, or a query string", request: { uri: "/index.html" } },
  { about: "Another content type than `application/x-amz-json-1.1`", headers: { "content-type": "text/plain" } },
  {
    about: "An operation that is not in the tables above, every Admin operation among them",
    operation: "AdminGetUser",
  },
  { about: "A body over 256 KB (over 1 MB where a token is carried)", bytes: Buffer.alloc(300 * 1024, " ") },
  { about: "A body that is no JSON object in UTF-8", bytes: Buffer.from("{") },
  { about: "An app client that is not configured, or none", body: { ...signUp, ClientId: "2example" } },
  { about: "`UserContextData` that is no object", body: { ...signUp, UserContextData: "x" } },
  { about: "A flow that is not in the table, such as `ADMIN_NO_SRP_AUTH`", ...flow("ADMIN_NO_SRP_AUTH") },
  { about: "A challenge that is not in the list, such as `ADMIN_NO_SRP_AUTH`", ...challenge("ADMIN_NO_SRP_AUTH") },
  {
    about: "`AuthParameters` or `ChallengeResponses` that is no map of texts",
    operation: "InitiateAuth",
    body: signIn({ AuthParameters: { USERNAME: 7 } }),
  },
  { about: "No user name where a hash is made from it", body: { ClientId: CLIENT_ID } },
  {
    about: "A refresh without `REFRESH_TOKEN`",
    operation: "InitiateAuth",
    body: signIn({ AuthFlow: "REFRESH_TOKEN_AUTH", AuthParameters: {} }),
  },
  { about: "Any, while the configuration is missing or broken", settings: { secretArn: "" } },
  { about: "Any, while Secrets Manager does not give the secret", document: null },
  { about: "Of an app client for which the secret document has no secret", document: { ...document, clients: {} } },
  {
    about: "Of the Admin operations: Cognito refuses the edge function's own credentials",
    operation: "InitiateAuth",
    body: signIn(),
    settings: { adminPool: POOL },
    answer: { status: 400, body: '{"__type":"UnrecognizedClientException"}' },
  },
  {
    about: "Of calls that the edge sends itself: Cognito's answer does not come, or is none",
    operation: "InitiateAuth",
    body: signIn(),
    settings: { adminPool: POOL },
    answer: { status: 503, body: "<html>" },
  },
];

function flow(AuthFlow: string): Trial {
  return { operation: "InitiateAuth", body: signIn({ AuthFlow }) };
}
function challenge(ChallengeName: string): Trial {
  const body = { ClientId: CLIENT_ID, ChallengeName, ChallengeResponses: { USERNAME: "alice" } };
  return { operation: "RespondToAuthChallenge", body };
}

export interface TriedRefusal {
  readonly about: string;
  readonly status: string;
  readonly type: string;
  readonly reason: string;
}

/** Every kind of refusal, as the proxy answers it. Throws if one of these requests is not refused. */
export async function refusals(): Promise<TriedRefusal[]> {
  return Promise.all(
    trials.map(async ({ about, ...trial }) => {
      const { result, decision } = await put(trial);
      if (!("status" in result) || !decision.reason) throw new Error(`Not refused: ${about}`);
      const answer: { __type: string } = JSON.parse(result.body ?? "{}");
      return { about, status: result.status, type: answer.__type, reason: decision.reason };
    }),
  );
}

/** What a sign-in flow is sent as with `AdvancedSecurityEnabled`. */
export async function adminFormOf(AuthFlow: string): Promise<string> {
  const sent: CognitoRequest[] = [];
  const AuthParameters = { USERNAME: "alice", REFRESH_TOKEN: "r" };
  await put(
    { operation: "InitiateAuth", body: signIn({ AuthFlow, AuthParameters }), settings: { adminPool: POOL } },
    sent,
  );
  const [request] = sent;
  if (!request) return "the same";
  const { AuthFlow: adminFlow }: { AuthFlow: string } = JSON.parse(request.body);
  return `AdminInitiateAuth, \`${adminFlow}\``;
}

function put(trial: Trial, sent: CognitoRequest[] = []) {
  const secrets = {
    read: () =>
      trial.document === null
        ? Promise.reject(new RetryableError("Secrets Manager is away"))
        : Promise.resolve(trial.document ?? document),
  };
  const cognito: CognitoEndpoint = {
    send(request) {
      sent.push(request);
      return Promise.resolve({ status: 200, headers: {}, body: "{}", ...trial.answer });
    },
  };
  const proxy = createProxy({ secrets, cognito, region: "us-east-1" });
  return proxy({ requestId: "id", domainName: "d111111abcdef8.cloudfront.net", request: requestOf(trial) });
}

function requestOf({ operation = "SignUp", body = signUp, bytes, headers, settings, request }: Trial) {
  const custom = { secretArn: SECRET_ARN, clientIds: CLIENT_ID, ...settings };
  const customHeaders = Object.entries(custom).map(([name, value]) => [
    edgeHeaders[name as keyof typeof custom],
    value,
  ]);
  return {
    clientIp: "203.0.113.7",
    method: "POST",
    uri: "/",
    querystring: "",
    headers: headersOf({
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
      ...headers,
    }),
    body: {
      inputTruncated: false,
      encoding: "base64",
      data: (bytes ?? Buffer.from(JSON.stringify(body))).toString("base64"),
    },
    origin: {
      custom: {
        domainName: "cognito-idp.eu-west-1.amazonaws.com",
        customHeaders: headersOf(Object.fromEntries(customHeaders)),
      },
    },
    ...request,
  };
}

function headersOf(headers: Readonly<Record<string, string>>): Headers {
  return Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, [{ key, value }]]));
}
