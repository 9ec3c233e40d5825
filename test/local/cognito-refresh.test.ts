import { DAY, HOUR, SECOND } from "../../functions/domain/instant.ts";
import type { SignInSettings } from "../../local/cognito/settings.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../edge/builders.ts";
import { aPool } from "./pool-caller.ts";

let pool: ReturnType<typeof aPool>;
function start(settings: Partial<SignInSettings>) {
  pool = aPool(settings);
  pool.users.addUser("alice", "correct horse");
}
beforeEach(() => start({ rotation: { graceSeconds: 0 } }));

const input = { ClientId: CLIENT_ID, ClientSecret: CLIENT_SECRET };
const signIn = () => pool.signIn("alice", "correct horse").AuthenticationResult;
const refresh = (RefreshToken: string) => pool.ask("GetTokensFromRefreshToken", { ...input, RefreshToken });
const reused = { __type: "RefreshTokenReuseException", message: expect.any(String) };

describe("with rotation", () => {
  test("each refresh gives a new token, and the old one is dead", () => {
    const { RefreshToken } = signIn();
    const next = refresh(RefreshToken).AuthenticationResult;
    expect(next.RefreshToken).toEqual(expect.any(String));
    expect(next.RefreshToken).not.toBe(RefreshToken);
    expect(refresh(RefreshToken)).toEqual(reused);
    expect(refresh(next.RefreshToken)).toHaveProperty("AuthenticationResult.RefreshToken");
  });

  test("REFRESH_TOKEN_AUTH is refused, whatever secret comes with it", () => {
    const AuthParameters = { REFRESH_TOKEN: signIn().RefreshToken, SECRET_HASH: CLIENT_SECRET };
    for (const AuthFlow of ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"])
      expect(pool.ask("InitiateAuth", { AuthFlow, ClientId: CLIENT_ID, AuthParameters })).toEqual({
        __type: "InvalidParameterException",
        message: "REFRESH_TOKEN_AUTH flow not enabled for this client",
      });
  });

  test("a token that was rotated out works on for the grace period, so that a client may repeat its call", () => {
    start({ rotation: { graceSeconds: 60 } });
    const { RefreshToken } = signIn();
    refresh(RefreshToken);
    pool.pass(30 * SECOND);
    expect(refresh(RefreshToken)).toHaveProperty("AuthenticationResult.RefreshToken");
    pool.pass(30 * SECOND - 1);
    expect(refresh(RefreshToken)).toHaveProperty("AuthenticationResult.RefreshToken");
    pool.pass(1);
    expect(refresh(RefreshToken)).toEqual(reused);
  });

  test("rotating does not prolong: all tokens of a sign-in expire thirty days after it", () => {
    const { RefreshToken } = signIn();
    pool.pass(30 * DAY - HOUR);
    const next = refresh(RefreshToken).AuthenticationResult.RefreshToken;
    pool.pass(HOUR);
    expect(refresh(next).message).toBe("Refresh Token has expired");
  });

  test("revoking any token of a sign-in ends it", () => {
    const { RefreshToken } = signIn();
    const next = refresh(RefreshToken).AuthenticationResult;
    pool.ask("RevokeToken", { ...input, Token: RefreshToken });
    expect(refresh(next.RefreshToken).message).toBe("Refresh Token has been revoked");
    expect(pool.ask("GetUser", { AccessToken: next.AccessToken }).message).toBe("Access Token has been revoked");
  });
});

test("without rotation a refresh brings no refresh token, and the old one stays good", () => {
  start({});
  const { RefreshToken } = signIn();
  for (let count = 0; count < 2; count++)
    expect(refresh(RefreshToken).AuthenticationResult).not.toHaveProperty("RefreshToken");
});
