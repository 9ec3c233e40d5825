/** An app client's secret is replaced while people sign in, refresh, sign out and ask for codes: nobody is told of it. */
import { setTimeout as pause } from "node:timers/promises";
import {
  AddUserPoolClientSecretCommand,
  CognitoIdentityProviderClient,
  DeleteUserPoolClientSecretCommand,
  GetTokensFromRefreshTokenCommand,
  InitiateAuthCommand,
  ListUserPoolClientSecretsCommand,
  ResendConfirmationCodeCommand,
  RevokeTokenCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";

import { HOUR } from "../../../functions/domain/instant.ts";
import { aSecretDocument, CLIENT_ID, CLIENT_SECRET } from "../../edge/builders.ts";
import { POOL_ID } from "../proxied-pool.ts";
import { ALICE, operations } from "./builders.ts";
import { aPoolBehind, type VariantPool, variants } from "./variants.ts";

jest.setTimeout(60_000);

const PEOPLE = 20;
/** So many of them use SRP, whose two calls may fall on either side of a change. */
const PROVING = 2;
const ClientId = CLIENT_ID;
const client = { UserPoolId: POOL_ID, ClientId };
const documentOf = (...secrets: string[]) => aSecretDocument({ clients: { [CLIENT_ID]: { secrets } } });

let pool: VariantPool;
let isOver: boolean;
let rounds: number[];
let failures: unknown[];
let people: Promise<void>[];
afterEach(async () => {
  isOver = true;
  await Promise.all(people);
  await pool.stop();
});

/** Every operation that carries a secret. */
async function useEverySecret(): Promise<void> {
  // One attempt: the SDK must not hide a failure.
  const sdk = new CognitoIdentityProviderClient({ region: "eu-west-1", endpoint: pool.viewerUrl, maxAttempts: 1 });
  const AuthParameters = { USERNAME: ALICE.username, PASSWORD: ALICE.password };
  const signIn = new InitiateAuthCommand({ ClientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters });
  const { RefreshToken } = (await sdk.send(signIn)).AuthenticationResult ?? {};
  await sdk.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken }));
  await sdk.send(new RevokeTokenCommand({ ClientId, Token: RefreshToken }));
  await sdk.send(new ResendConfirmationCodeCommand({ ClientId, Username: "nobody@example.com" }));
}

function prove(): Promise<unknown> {
  const userPool = new CognitoUserPool({ UserPoolId: POOL_ID, ClientId, endpoint: pool.viewerUrl });
  const details = new AuthenticationDetails({ Username: ALICE.username, Password: ALICE.password });
  const user = new CognitoUser({ Username: ALICE.username, Pool: userPool });
  return new Promise((onSuccess, onFailure) => user.authenticateUser(details, { onSuccess, onFailure }));
}

async function live(person: number): Promise<void> {
  while (!isOver) {
    const work = person < PROVING ? prove() : useEverySecret();
    await work.catch((error: unknown) => failures.push(error));
    rounds[person] = (rounds[person] ?? 0) + 1;
    // Whoever is fast waits for the others, or would take the machine from those who prove.
    while (!isOver && (rounds[person] ?? 0) > Math.min(...rounds)) await pause(5);
  }
}

/** Until everybody has ended a round, or so many. The first one may have begun before now. */
async function everybodyAgain(times = 1): Promise<void> {
  const goal = rounds.map((count) => count + times);
  while (rounds.some((count, person) => count < (goal[person] ?? 0))) await pause(10);
}

const refused = () => operations(pool).filter((call) => /: .*secret/i.test(call)).length;

// Addresses told to Cognito change nothing here.
test.each(variants.filter(({ variant }) => !variant.startsWith("clientAddress")))(
  "$variant: not one call fails while the secret is replaced",
  async ({ edge }) => {
    [isOver, rounds, failures] = [false, Array.from({ length: PEOPLE }, () => 0), []];
    let [document, ahead] = [documentOf(CLIENT_SECRET), 0];
    const secrets = { read: () => Promise.resolve(document) };
    pool = await aPoolBehind({ edge, secrets, now: () => Date.now() + ahead });
    const operator = pool.as("operator");
    /** The edge forgets what it knew, as it does in time. */
    const publish = (...values: string[]) => {
      document = documentOf(...values);
      ahead += HOUR;
    };
    people = rounds.map((_, person) => live(person));

    await everybodyAgain();
    const { ClientSecretDescriptor } = await operator.send(new AddUserPoolClientSecretCommand(client));
    const fresh = ClientSecretDescriptor?.ClientSecretValue ?? "";
    publish(CLIENT_SECRET, fresh);
    await everybodyAgain();
    expect(refused()).toBe(0);

    const { ClientSecrets = [] } = await operator.send(new ListUserPoolClientSecretsCommand(client));
    const { ClientSecretId } =
      ClientSecrets.find((each) => each.ClientSecretId !== ClientSecretDescriptor?.ClientSecretId) ?? {};
    await operator.send(new DeleteUserPoolClientSecretCommand({ ...client, ClientSecretId }));
    await everybodyAgain(2);
    const whileFinding = refused();
    publish(fresh);
    await everybodyAgain();

    expect(failures).toEqual([]);
    // Cognito did refuse the old secret, to calls that were on their way; none came after the new one was found.
    expect(whileFinding).toBeGreaterThan(0);
    expect(whileFinding).toBeLessThanOrEqual(3 * PEOPLE);
    expect(refused()).toBe(whileFinding);
  },
);
