import { AdminInitiateAuthCommand, CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";

import type { DeploymentInput } from "../../functions/domain/deployment.ts";
import { createSrpClient } from "../../local/cognito/srp-client.ts";
import { cognitoCaller } from "../../local/demo/cognito-call.ts";
import { seededBytes } from "../../local/world/seeded-bytes.ts";
import { startWorld, type World, type WorldEvent, type WorldOptions } from "../../local/world.ts";
import { CLIENT_ID, START, scenarioConfig } from "../scenarios/builders.ts";
import { sdkConfig } from "./builders.ts";

jest.setTimeout(120_000);

const VIEWER = "203.0.113.7";
const { quotas: _, ...config } = scenarioConfig;
let world: World;
let events: WorldEvent[];
afterEach(() => world.stop());

async function start(over: Partial<DeploymentInput>, pool: WorldOptions["pool"] = {}) {
  world = await startWorld({ config: { ...config, ...over }, seed: 1, start: START, race: 1000, pool });
  events = [];
  world.on((event) => events.push(event));
  world.cognito.users.addUser("alice", "correct horse");
}

const call = (operation: string, body: object) =>
  world.clock.during(() => cognitoCaller(world.viewerUrl, "test")(operation, { ClientId: CLIENT_ID, ...body }, VIEWER));
const byPassword = (password = "correct horse") =>
  call("InitiateAuth", {
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: "alice", PASSWORD: password },
  });
async function bySrp() {
  const srp = createSrpClient("Scenario1", seededBytes(1, "viewer"));
  const AuthParameters = { USERNAME: "alice", SRP_A: srp.srpA };
  const { body } = await call("InitiateAuth", { AuthFlow: "USER_SRP_AUTH", AuthParameters });
  const challenge = body?.["ChallengeParameters"] as Record<string, string>;
  const ChallengeResponses = srp.answer(challenge, "correct horse", new Date(world.clock.now()));
  return call("RespondToAuthChallenge", {
    ChallengeName: "PASSWORD_VERIFIER",
    ...(typeof body?.["Session"] === "string" && { Session: body["Session"] }),
    ChallengeResponses,
  });
}
const trail = () =>
  events.flatMap((event) => (event.kind === "log" && event.log === "cloudtrail" ? [event.record] : []));
const mishaps = () => events.filter(({ kind }) => kind === "fault");

test("with AdvancedSecurityEnabled sign-ins become Admin calls, which the edge function's role may make", async () => {
  await start({ AdvancedSecurityEnabled: true });
  expect((await byPassword()).status).toBe(200);
  expect((await byPassword("wrong")).errorType).toBe("NotAuthorizedException");
  expect((await bySrp()).body).toHaveProperty("AuthenticationResult.AccessToken");
  const userIdentity = { type: "AssumedRole", arn: expect.stringMatching(/assumed-role\/.*edge/i) };
  expect(trail()).toMatchObject(
    ["AdminInitiateAuth", "AdminInitiateAuth", "AdminInitiateAuth", "AdminRespondToAuthChallenge"].map((eventName) => ({
      eventName,
      userIdentity,
      sourceIPAddress: "3.80.0.10",
      // Else Lambda's address would be judged as that of someone who goes round the proxy.
      userAgent: expect.stringMatching(/^portcullis\/1 \(/),
    })),
  );
  const seen = world.cognito.contexts.map(({ username, ipAddress }) => [username, ipAddress]);
  const sub = world.cognito.users.find("alice")?.sub;
  expect(seen).toEqual([...Array.from({ length: 3 }, () => ["alice", VIEWER]), [sub, VIEWER]]);
  expect(mishaps()).toEqual([]);

  const adminCall = (accessKeyId: string) =>
    new CognitoIdentityProviderClient({ ...sdkConfig(world.awsEndpoint, accessKeyId), region: "eu-west-1" }).send(
      new AdminInitiateAuthCommand({
        UserPoolId: scenarioConfig.userPool.id,
        ClientId: CLIENT_ID,
        AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
      }),
    );
  const sweep = world.assembly.ofType("AWS::Lambda::Function").find(({ name }) => name === "portcullis-sweep");
  const role = String(sweep?.properties["Role"]).split("role/").at(-1);
  await expect(adminCall(`role.${role}`)).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining(`AdminInitiateAuth on resource: ${world.names.poolArn}`),
  });
  await expect(adminCall("role.nobody")).rejects.toMatchObject({ name: "UnrecognizedClientException" });
});

test("with clientAddress userContext Cognito learns the viewer's address from calls that CloudFront forwards", async () => {
  await start({ clientAddress: "userContext" });
  expect((await byPassword()).status).toBe(200);
  expect((await call("ForgotPassword", { Username: "alice" })).status).toBe(200);
  expect(world.cognito.contexts).toMatchObject(
    ["InitiateAuth", "ForgotPassword"].map((operation) => ({
      operation,
      username: "alice",
      ipAddress: VIEWER,
      sourceIp: expect.stringMatching(/^130\.176\./),
    })),
  );
  expect(mishaps()).toEqual([]);
});

test("and refuses every call while the app client's flag is off", async () => {
  await start({ clientAddress: "userContext" }, { propagatesContext: false });
  expect((await byPassword()).errorType).toBe("InvalidParameterException");
});
