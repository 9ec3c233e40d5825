import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from "amazon-cognito-identity-js";
import { Amplify } from "aws-amplify";
import { fetchAuthSession, signIn, signOut } from "aws-amplify/auth";

import { SECOND } from "../../functions/domain/instant.ts";
import { aScenario, CLIENT_ID, type Scenario, scenarioConfig } from "./builders.ts";

/** The clients of apps in the field against the templates' distribution: its web ACL, its edge function, its secret. */
let scenario: Scenario;
const Username = "anna@example.org";
const password = "Right-Horse-7";
const UserPoolId = scenarioConfig.userPool.id;

beforeAll(async () => {
  jest.spyOn(console, "warn").mockImplementation(() => undefined); // Amplify doubts every endpoint but Cognito's
  // Clients compare tokens with their own clock.
  scenario = await aScenario({ start: Date.now() });
  scenario.cognito.users.addUser(Username, password);
}, 60_000);
afterAll(() => scenario?.stop());
// The scenario's quota is one sign-in a second.
beforeEach(() => scenario.clock.wait(SECOND));

const operations = () =>
  scenario.events.flatMap((event) =>
    event.kind === "log" && event.log === "cloudtrail" && !event.record["errorCode"] ? [event.record["eventName"]] : [],
  );

describe("amazon-cognito-identity-js", () => {
  const aUser = (endpoint: string) =>
    new CognitoUser({ Username, Pool: new CognitoUserPool({ UserPoolId, ClientId: CLIENT_ID, endpoint }) });
  const authenticate = (user: CognitoUser) =>
    new Promise<CognitoUserSession>((onSuccess, onFailure) => {
      user.authenticateUser(new AuthenticationDetails({ Username, Password: password }), { onSuccess, onFailure });
    });

  test("signs in, refreshes and signs out", async () => {
    const user = aUser(scenario.viewerUrl);
    const session = await scenario.clock.during(() => authenticate(user));
    await scenario.clock.wait(SECOND);
    const refreshed = new Promise<CognitoUserSession>((resolve, reject) => {
      user.refreshSession(session.getRefreshToken(), (error, next) => (error ? reject(error) : resolve(next)));
    });
    expect((await refreshed).getAccessToken().getJwtToken()).not.toBe(session.getAccessToken().getJwtToken());
    await new Promise<void>((resolve) => user.signOut(resolve));
    expect(operations()).toEqual([
      "InitiateAuth",
      "RespondToAuthChallenge",
      "GetTokensFromRefreshToken",
      "RevokeToken",
    ]);
  });

  test("fails at the pool itself", async () => {
    await expect(authenticate(aUser(scenario.poolUrl))).rejects.toMatchObject({
      message: `Client ${CLIENT_ID} is configured for secret but secret was not received`,
    });
  });
});

describe("aws-amplify", () => {
  const configure = (userPoolEndpoint: string) =>
    Amplify.configure({
      Auth: { Cognito: { userPoolId: UserPoolId, userPoolClientId: CLIENT_ID, userPoolEndpoint } },
    });

  test("signs in, refreshes and signs out", async () => {
    configure(scenario.viewerUrl);
    expect(await scenario.clock.during(() => signIn({ username: Username, password }))).toMatchObject({
      isSignedIn: true,
    });
    await scenario.clock.wait(SECOND);
    const { tokens } = await fetchAuthSession({ forceRefresh: true });
    expect(tokens?.accessToken.payload["sub"]).toBe(scenario.cognito.users.find(Username)?.sub);
    await signOut();
    expect(operations().slice(-2)).toEqual(["GetTokensFromRefreshToken", "RevokeToken"]);
  });

  test("fails at the pool itself", async () => {
    configure(scenario.poolUrl);
    await expect(signIn({ username: Username, password })).rejects.toMatchObject({ name: "NotAuthorizedException" });
  });
});

test("nothing failed on the way, and no permission was missing", () => {
  expect(scenario.mishaps()).toEqual([]);
});
