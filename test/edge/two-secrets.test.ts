import type { CognitoRequest } from "../../functions/edge/ports.ts";
import { secretHash } from "../../functions/edge/secret-hash.ts";
import { aCognitoEndpoint, aProxy, aRequest, aSecretDocument, CLIENT_ID, secretsOf } from "./builders.ts";

const FIRST = "the-first-secret";
const SECOND = "the-second-secret";
const two = secretsOf(aSecretDocument({ clients: { [CLIENT_ID]: { secrets: [FIRST, SECOND] } } }));

const refusal = (message: string, type = "NotAuthorizedException") => ({
  status: 400,
  body: JSON.stringify({ __type: type, message }),
});
const wrongHash = refusal(`Unable to verify secret hash for client ${CLIENT_ID}`);

/** Cognito with one valid secret, which the test may change. */
function aPool(valid: string) {
  const state = { valid };
  const endpoint = aCognitoEndpoint((request) => (uses(request, state.valid) ? { body: '{"ok":1}' } : wrongHash));
  return Object.assign(state, { endpoint });
}

function uses({ body }: CognitoRequest, secret: string): boolean {
  return body.includes(JSON.stringify(secretHash("alice", CLIENT_ID, secret))) || body.includes(JSON.stringify(secret));
}

const signUp = () => aRequest();
const refresh = () =>
  aRequest({ operation: "GetTokensFromRefreshToken", body: { ClientId: CLIENT_ID, RefreshToken: "r" } });

test("the second secret is used where Cognito no longer takes the first, and the viewer sees no failure", async () => {
  const { endpoint } = aPool(SECOND);
  const { result, body, decision } = await aProxy({ secrets: two, cognito: endpoint })(signUp());
  expect(result).toMatchObject({ status: "200" });
  expect(body).toEqual({ ok: 1 });
  expect(decision).toMatchObject({ event: "edge.relayed", asked: { status: 200, tried: 2 } });
});

test("the one that worked is tried first from then on", async () => {
  const { endpoint } = aPool(SECOND);
  const proxy = aProxy({ secrets: two, cognito: endpoint });
  await proxy(signUp());
  const { decision } = await proxy(refresh());
  expect(decision).toMatchObject({ asked: { tried: 1 } });
  expect(endpoint.requests).toHaveLength(3);
});

test("a secret that is dropped while requests run is noticed by the next one", async () => {
  const pool = aPool(FIRST);
  const proxy = aProxy({ secrets: two, cognito: pool.endpoint });
  expect((await proxy(signUp())).decision.asked?.tried).toBe(1);
  pool.valid = SECOND;
  expect((await proxy(signUp())).decision.asked?.tried).toBe(2);
  expect((await proxy(signUp())).decision.asked?.tried).toBe(1);
});

test.each([
  { case: "the older text", answer: wrongHash },
  { case: "the newer text", answer: refusal(`SecretHash does not match for the client: ${CLIENT_ID}`) },
  { case: "RevokeToken's own exception", answer: refusal("", "UnauthorizedException") },
])("a refused secret is known by $case", async ({ answer }) => {
  const cognito = aCognitoEndpoint((_request, count) => (count === 1 ? answer : {}));
  await aProxy({ secrets: two, cognito })(signUp());
  expect(cognito.requests).toHaveLength(2);
});

test.each([
  refusal("Incorrect username or password."),
  refusal("Invalid Refresh Token"),
  refusal("User does not exist.", "UserNotFoundException"),
  refusal("PreSignUp failed with error secret.", "UserLambdaValidationException"),
  refusal("Rate exceeded", "TooManyRequestsException"),
])("an answer about the user is not asked for twice: %j", async (answer) => {
  const cognito = aCognitoEndpoint(() => answer);
  const { result, body } = await aProxy({ secrets: two, cognito })(signUp());
  expect(cognito.requests).toHaveLength(1);
  expect(result).toMatchObject({ status: "400" });
  expect(body).toEqual(JSON.parse(answer.body));
});

test("where both are refused the viewer gets Cognito's answer, as with one", async () => {
  const { endpoint } = aPool("neither");
  const { body, decision } = await aProxy({ secrets: two, cognito: endpoint })(signUp());
  expect(body).toEqual(JSON.parse(wrongHash.body));
  expect(decision).toMatchObject({ asked: { status: 400, tried: 2 } });
});

test("no answer is no reason to try the other secret: a sign-up may have happened", async () => {
  const cognito = aCognitoEndpoint(() => new Error("socket hang up"));
  const { result } = await aProxy({ secrets: two, cognito })(signUp());
  expect(result).toMatchObject({ status: "503" });
  expect(cognito.requests).toHaveLength(1);
});

test("operations that need no secret are forwarded by CloudFront all the same", async () => {
  const { forwarded } = await aProxy({ secrets: two })(aRequest({ operation: "GetUser", body: { AccessToken: "a" } }));
  expect(forwarded).not.toBeNull();
});

test("with one secret CloudFront sends the call", async () => {
  expect((await aProxy()(signUp())).forwarded).not.toBeNull();
});
