import {
  AddUserPoolClientSecretCommand,
  DeleteUserPoolClientSecretCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  InitiateAuthCommand,
  ListUserPoolClientSecretsCommand,
  ListUserPoolClientsCommand,
} from "@aws-sdk/client-cognito-identity-provider";

import { secretHash } from "../../functions/edge/secret-hash.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../edge/builders.ts";
import { aCognitoService, type CognitoService } from "./cognito-service.ts";
import { POOL_ID } from "./proxied-pool.ts";

const PUBLIC_CLIENT = "2example23456789abcdefgh";
const OTHER_CLIENT = "3example23456789abcdefgh";
let service: CognitoService;

beforeEach(async () => {
  const clients = {
    [CLIENT_ID]: { secrets: [CLIENT_SECRET], propagatesContext: true },
    [PUBLIC_CLIENT]: { secrets: [] },
  };
  service = await aCognitoService({ cognito: { clients } });
  service.cognito.users.addUser("alice", "correct horse");
});
afterEach(() => service.stop());

const client = (ClientId = CLIENT_ID) => ({ UserPoolId: POOL_ID, ClientId });
const operator = () => service.as("operator");
const add = (ClientSecret?: string) =>
  operator().send(new AddUserPoolClientSecretCommand({ ...client(), ...(ClientSecret && { ClientSecret }) }));
const list = async () => (await operator().send(new ListUserPoolClientSecretsCommand(client()))).ClientSecrets ?? [];
const remove = (ClientSecretId = "") =>
  operator().send(new DeleteUserPoolClientSecretCommand({ ...client(), ClientSecretId }));

/** Whether a sign-in with a hash by this secret gets through. */
async function opens(secret: string): Promise<boolean> {
  const AuthParameters = {
    USERNAME: "alice",
    PASSWORD: "correct horse",
    SECRET_HASH: secretHash("alice", CLIENT_ID, secret),
  };
  const signIn = new InitiateAuthCommand({ ClientId: CLIENT_ID, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters });
  return operator()
    .send(signIn)
    .then(
      () => true,
      (error: Error) => {
        expect(error.message).toBe(`Unable to verify secret hash for client ${CLIENT_ID}`);
        return false;
      },
    );
}

test("a secret is replaced without a moment in which none is right", async () => {
  const { ClientSecretDescriptor } = await add();
  const fresh = ClientSecretDescriptor?.ClientSecretValue ?? "";
  expect(fresh).toMatch(/^[\w+]{24,64}$/);
  expect([await opens(CLIENT_SECRET), await opens(fresh)]).toEqual([true, true]);
  const [old] = await list();
  await remove(old?.ClientSecretId);
  expect([await opens(CLIENT_SECRET), await opens(fresh)]).toEqual([false, true]);
});

test("the list tells ids and dates, oldest first, and no values", async () => {
  const added = await add();
  const listed = await list();
  expect(listed).toEqual([
    { ClientSecretId: expect.stringMatching(`^${CLIENT_ID}--\\d+$`), ClientSecretCreateDate: expect.any(Date) },
    { ...added.ClientSecretDescriptor, ClientSecretValue: undefined },
  ]);
  expect(new Set(listed.map(({ ClientSecretId }) => ClientSecretId)).size).toBe(2);
});

test("a secret that the operator brings is used and not told back", async () => {
  const own = "operator_made+this_secret";
  const { ClientSecretDescriptor } = await add(own);
  expect(ClientSecretDescriptor).not.toHaveProperty("ClientSecretValue");
  expect(await opens(own)).toBe(true);
});

test.each([
  { case: "shorter than 24 characters", secret: "a".repeat(23) },
  { case: "longer than 64", secret: "a".repeat(65) },
  { case: "of other characters", secret: "a-secret-with-hyphens-in-it" },
])("a secret $case is refused", async ({ secret }) => {
  await expect(add(secret)).rejects.toMatchObject({ name: "InvalidParameterException" });
  expect(await list()).toHaveLength(1);
});

test("there are at most two, and the only one stays", async () => {
  const [first] = await list();
  await expect(remove(first?.ClientSecretId)).rejects.toMatchObject({ name: "InvalidParameterException" });
  await add();
  await expect(add()).rejects.toMatchObject({ name: "LimitExceededException" });
  await expect(remove(`${CLIENT_ID}--1`)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  expect(await list()).toHaveLength(2);
});

test.each([
  { case: "a client that is not in the pool", ClientId: OTHER_CLIENT, name: "ResourceNotFoundException" },
  { case: "a public client", ClientId: PUBLIC_CLIENT, name: "InvalidParameterException" },
])("$case gets no secret", async ({ ClientId, name }) => {
  await expect(operator().send(new AddUserPoolClientSecretCommand(client(ClientId)))).rejects.toMatchObject({ name });
});

test("tests change secrets at once, without the API", async () => {
  service.cognito.setSecrets(CLIENT_ID, ["one", "two"]);
  expect([await opens(CLIENT_SECRET), await opens("one"), await opens("two")]).toEqual([false, true, true]);
  const ids = (await list()).map(({ ClientSecretId }) => ClientSecretId);
  expect(new Set(ids).size).toBe(2);
});

test("CloudTrail's record of a change names the operator, and neither value", async () => {
  await add("operator_made+this_secret");
  const [record] = service.trail;
  expect(record).toMatchObject({
    eventName: "AddUserPoolClientSecret",
    userIdentity: { type: "IAMUser", arn: "arn:aws:iam::111122223333:user/operator" },
    requestParameters: { clientId: CLIENT_ID, clientSecret: "HIDDEN_DUE_TO_SECURITY_REASONS" },
    responseElements: null,
    readOnly: false,
  });
  expect(JSON.stringify(record)).not.toContain("operator_made");
});

describe("what the doctor reads", () => {
  test("the settings of an app client", async () => {
    const describe = async (ClientId: string) =>
      (await operator().send(new DescribeUserPoolClientCommand(client(ClientId)))).UserPoolClient;
    expect(await describe(CLIENT_ID)).toMatchObject({
      ...client(),
      ClientSecret: CLIENT_SECRET,
      EnablePropagateAdditionalUserContextData: true,
      PreventUserExistenceErrors: "ENABLED",
      ExplicitAuthFlows: expect.arrayContaining(["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH"]),
      EnableTokenRevocation: true,
      AllowedOAuthFlowsUserPoolClient: false,
      CreationDate: expect.any(Date),
    });
    const open = await describe(PUBLIC_CLIENT);
    expect(open).toMatchObject({ EnablePropagateAdditionalUserContextData: false });
    expect(open?.ClientSecret).toBeUndefined();
    await expect(describe(OTHER_CLIENT)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("all clients of the pool", async () => {
    const { UserPoolClients } = await operator().send(new ListUserPoolClientsCommand({ UserPoolId: POOL_ID }));
    expect(UserPoolClients?.map(({ ClientId }) => ClientId)).toEqual([CLIENT_ID, PUBLIC_CLIENT]);
  });

  test("the pool", async () => {
    const { UserPool } = await operator().send(new DescribeUserPoolCommand({ UserPoolId: POOL_ID }));
    expect(UserPool).toMatchObject({
      Arn: `arn:aws:cognito-idp:eu-west-1:111122223333:userpool/${POOL_ID}`,
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
    });
  });
});
