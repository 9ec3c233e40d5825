/** Signing in with the AWS SDK and the Identity SDK in each variant of the proxy; Amplify has a file of its own. */
import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  NotAuthorizedException,
  RespondToAuthChallengeCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from "amazon-cognito-identity-js";

import { CLIENT_ID } from "../../edge/builders.ts";
import { POOL_ID } from "../proxied-pool.ts";
import { ALICE, operations, requests } from "./builders.ts";
import { aPoolBehind, type VariantPool, variants } from "./variants.ts";

describe.each(variants)("$variant", ({ edge, signIn: calls, address }) => {
  let pool: VariantPool;
  beforeEach(async () => {
    pool = await aPoolBehind({ edge });
  });
  afterEach(() => pool.stop());
  const addresses = () => pool.cognito.contexts.map(({ ipAddress }) => ipAddress);

  describe("the AWS SDK", () => {
    const initiate = (AuthFlow: "USER_PASSWORD_AUTH" | "REFRESH_TOKEN_AUTH", AuthParameters: Record<string, string>) =>
      new CognitoIdentityProviderClient({ region: "eu-west-1", endpoint: pool.viewerUrl }).send(
        new InitiateAuthCommand({ ClientId: CLIENT_ID, AuthFlow, AuthParameters }),
      );
    const signIn = ({ username: USERNAME, password: PASSWORD } = ALICE) =>
      initiate("USER_PASSWORD_AUTH", { USERNAME, PASSWORD });

    test("signs in and refreshes", async () => {
      const { AuthenticationResult } = await signIn();
      const REFRESH_TOKEN = AuthenticationResult?.RefreshToken ?? "";
      const refreshed = await initiate("REFRESH_TOKEN_AUTH", { REFRESH_TOKEN });
      expect(refreshed.AuthenticationResult?.AccessToken).toBeDefined();
      expect(operations(pool)).toEqual([calls[0], "GetTokensFromRefreshToken"]);
      expect(addresses()).toEqual([address]);
    });

    test("gets a typed error for a wrong password, with one request", async () => {
      await expect(signIn({ ...ALICE, password: "wrong" })).rejects.toBeInstanceOf(NotAuthorizedException);
      expect(requests(pool)).toBe(1);
    });

    test("replaces a temporary password", async () => {
      const carol = { username: "carol@example.com", password: "temporary horse" };
      pool.users.addUser(carol.username, carol.password, { temporary: true });
      const { ChallengeName, Session } = await signIn(carol);
      const ChallengeResponses = { USERNAME: carol.username, NEW_PASSWORD: "battery staple" };
      const answer = { ClientId: CLIENT_ID, ChallengeName, Session, ChallengeResponses };
      const sdk = new CognitoIdentityProviderClient({ region: "eu-west-1", endpoint: pool.viewerUrl });
      const { AuthenticationResult } = await sdk.send(new RespondToAuthChallengeCommand(answer));
      expect(AuthenticationResult?.AccessToken).toBeDefined();
      expect(operations(pool)).toEqual(calls);
    });
  });

  describe("the Identity SDK", () => {
    function authenticate(password: string): Promise<CognitoUserSession> {
      const userPool = new CognitoUserPool({ UserPoolId: POOL_ID, ClientId: CLIENT_ID, endpoint: pool.viewerUrl });
      const user = new CognitoUser({ Username: ALICE.username, Pool: userPool });
      const details = new AuthenticationDetails({ Username: ALICE.username, Password: password });
      return new Promise((onSuccess, onFailure) => user.authenticateUser(details, { onSuccess, onFailure }));
    }

    test("signs in with SRP", async () => {
      expect((await authenticate(ALICE.password)).isValid()).toBe(true);
      expect(operations(pool)).toEqual(calls);
      expect(addresses()).toEqual(calls.map(() => address));
    });

    test("is told that the password is wrong", async () => {
      await expect(authenticate("wrong")).rejects.toMatchObject({ code: "NotAuthorizedException" });
    });
  });
});
