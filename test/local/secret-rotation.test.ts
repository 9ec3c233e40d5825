import {
  AddUserPoolClientSecretCommand,
  CognitoIdentityProviderClient,
  DeleteUserPoolClientSecretCommand,
  ListUserPoolClientSecretsCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

import { MINUTE } from "../../functions/domain/instant.ts";
import { secretHash } from "../../functions/edge/secret-hash.ts";
import { cognitoCaller } from "../../local/demo/cognito-call.ts";
import { startWorld, type World, type WorldEvent } from "../../local/world.ts";
import { CLIENT_ID, START, scenarioConfig } from "../scenarios/builders.ts";
import { sdkConfig } from "./builders.ts";

jest.setTimeout(120_000);

/** Longer than the edge function goes on with a document that it has. */
const FORGOTTEN = 16 * MINUTE;
/** Quotas as AWS gives them: here nobody is to be throttled, and a second try counts too. */
const { quotas: _, ...config } = scenarioConfig;
const client = { UserPoolId: scenarioConfig.userPool.id, ClientId: CLIENT_ID };

let world: World;
const events: WorldEvent[] = [];
afterEach(() => world.stop());

async function start(secretsPerClient: 1 | 2) {
  events.length = 0;
  world = await startWorld({ config, seed: 1, start: START, race: 1000, pool: { secretsPerClient } });
  world.on((event) => events.push(event));
  world.cognito.users.addUser("alice", "correct horse");
}

const pool = () => new CognitoIdentityProviderClient({ ...sdkConfig(world.awsEndpoint), region: "eu-west-1" });
const store = () => new SecretsManagerClient(sdkConfig(world.awsEndpoint));

interface Document {
  readonly clients: Record<string, { secrets: string[] }>;
}
const SecretId = "portcullis/clients";
async function readDocument(): Promise<Document> {
  const { SecretString = "" } = await store().send(new GetSecretValueCommand({ SecretId }));
  return JSON.parse(SecretString);
}
async function writeSecrets(secrets: string[]): Promise<void> {
  const document = { ...(await readDocument()), clients: { [CLIENT_ID]: { secrets } } };
  await store().send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(document) }));
}

const AuthParameters = { USERNAME: "alice", PASSWORD: "correct horse" };
const signIn = { ClientId: CLIENT_ID, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters };
const viewer = () =>
  world.clock.during(() => cognitoCaller(world.viewerUrl, "test")("InitiateAuth", signIn, "203.0.113.7"));
const direct = (secret: string) => {
  const SECRET_HASH = secretHash("alice", CLIENT_ID, secret);
  const body = { ...signIn, AuthParameters: { ...AuthParameters, SECRET_HASH } };
  return world.clock.during(() => cognitoCaller(world.poolUrl, "test")("InitiateAuth", body, "203.0.113.8"));
};
const trail = () =>
  events.flatMap((event) => (event.kind === "log" && event.log === "cloudtrail" ? [event.record] : []));

test("an operator replaces a secret while users sign in, and nobody is refused", async () => {
  await start(1);
  const refused: (string | null)[] = [];
  let signIns = 0;
  const step = async () => {
    const { status, errorType } = await viewer();
    if (status === 200) signIns += 1;
    else refused.push(errorType);
  };
  const [old = ""] = (await readDocument()).clients[CLIENT_ID]?.secrets ?? [];
  await step();
  const added = await pool().send(new AddUserPoolClientSecretCommand(client));
  const fresh = added.ClientSecretDescriptor?.ClientSecretValue ?? "";
  await step();
  await writeSecrets([fresh, old]);
  await step();
  await world.clock.wait(FORGOTTEN);
  await step();
  const { ClientSecrets } = await pool().send(new ListUserPoolClientSecretsCommand(client));
  const ClientSecretId = ClientSecrets?.[0]?.ClientSecretId ?? "";
  await pool().send(new DeleteUserPoolClientSecretCommand({ ...client, ClientSecretId }));
  await step();
  await writeSecrets([fresh]);
  await step();
  await world.clock.wait(FORGOTTEN);
  await step();
  expect([refused, signIns]).toEqual([[], 7]);
  expect([(await direct(old)).status, (await direct(fresh)).status]).toEqual([400, 200]);
  expect(events.filter(({ kind }) => kind === "fault")).toEqual([]);
});

test("with two secrets the edge function asks Cognito itself, from an address of Lambda's", async () => {
  await start(2);
  const [first = "", second = ""] = (await readDocument()).clients[CLIENT_ID]?.secrets ?? [];
  expect((await viewer()).status).toBe(200);
  expect(trail()).toMatchObject([
    // The token tells that this is no direct caller, whatever the address.
    { sourceIPAddress: "3.80.0.10", userAgent: expect.stringMatching(/^portcullis\/1 \(/) },
  ]);
  world.cognito.setSecrets(CLIENT_ID, [second]);
  expect((await viewer()).status).toBe(200);
  expect(trail()).toHaveLength(3);
  world.cognito.setSecrets(CLIENT_ID, [first]);
  expect((await viewer()).status).toBe(200);
  expect((await direct(second)).body).toMatchObject({ __type: "NotAuthorizedException" });
  expect(events.filter(({ kind }) => kind === "fault")).toEqual([]);
});
