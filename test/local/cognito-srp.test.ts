import { createDiffieHellmanGroup, randomBytes } from "node:crypto";

import fc from "fast-check";

import { secretHash } from "../../functions/edge/secret-hash.ts";
import { modPow, toBigInt, verifierOf } from "../../local/cognito/srp.ts";
import { createSrpClient, srpTimestamp } from "../../local/cognito/srp-client.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../edge/builders.ts";
import { aProxiedPool, call } from "./proxied-pool.ts";

test("OpenSSL's exponentiation is that of the textbook", () => {
  const prime = toBigInt(createDiffieHellmanGroup("modp15").getPrime());
  for (const base of [2n, toBigInt(randomBytes(300))]) {
    const exponent = toBigInt(randomBytes(24));
    let expected = 1n;
    for (const bit of exponent.toString(2)) expected = (expected * expected * (bit === "1" ? base : 1n)) % prime;
    expect(modPow(base, exponent)).toBe(expected);
  }
});

test("another password has another verifier", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, two) => {
      const of = (password: string) => verifierOf({ poolName: "p", userId: "u", password }, 77n);
      expect(of(one) === of(two)).toBe(one === two);
    }),
    { numRuns: 20 },
  );
});

test("the day of the month has no leading zero", () => {
  expect(srpTimestamp(new Date("2026-03-02T04:05:06Z"))).toBe("Mon Mar 2 04:05:06 UTC 2026");
  expect(srpTimestamp(new Date("2026-11-23T14:05:06Z"))).toBe("Mon Nov 23 14:05:06 UTC 2026");
});

describe("a sign-in by SRP", () => {
  let pool: Awaited<ReturnType<typeof aProxiedPool>>;
  beforeEach(async () => {
    pool = await aProxiedPool();
    pool.users.addUser("alice", "correct horse");
  });
  afterEach(() => pool.stop());

  async function start(username: string) {
    const client = createSrpClient("Ab12Cd34E", randomBytes);
    const AuthParameters = { USERNAME: username, SRP_A: client.srpA };
    const input = { AuthFlow: "USER_SRP_AUTH", ClientId: CLIENT_ID, AuthParameters };
    const { json } = await call(pool.viewerUrl, "InitiateAuth", input);
    return { client, challenge: json["ChallengeParameters"] as Record<string, string> };
  }
  async function finish(ChallengeResponses: Record<string, string>) {
    const input = { ChallengeName: "PASSWORD_VERIFIER", ClientId: CLIENT_ID, ChallengeResponses };
    return (await call(pool.viewerUrl, "RespondToAuthChallenge", input)).json;
  }

  test("succeeds with the generated traffic's own client", async () => {
    const { client, challenge } = await start("alice");
    expect(challenge["USERNAME"]).toBe(pool.users.find("alice")?.sub);
    const result = await finish(client.answer(challenge, "correct horse", new Date()));
    expect(result).toHaveProperty("AuthenticationResult.RefreshToken");
  });

  test("a challenge is good for one answer", async () => {
    const { client, challenge } = await start("alice");
    const answer = client.answer(challenge, "correct horse", new Date());
    await finish(answer);
    expect(await finish(answer)).toMatchObject({ __type: "NotAuthorizedException" });
  });

  test("an unknown user gets the same challenge each time and fails at its end", async () => {
    const [one, two] = [await start("nobody"), await start("nobody")];
    expect(two.challenge["SALT"]).toBe(one.challenge["SALT"]);
    expect(two.challenge["USER_ID_FOR_SRP"]).toBe(one.challenge["USER_ID_FOR_SRP"]);
    for (const [password, { client, challenge }] of Object.entries({ x: one, nobody: two }))
      expect(await finish(client.answer(challenge, password, new Date()))).toEqual({
        __type: "NotAuthorizedException",
        message: "Incorrect username or password.",
      });
  });

  test.each(["0", "1", "zz", "f".repeat(768), "f".repeat(771)])("a public value of %s is refused", async (SRP_A) => {
    const AuthParameters = { USERNAME: "alice", SRP_A, SECRET_HASH: secretHash("alice", CLIENT_ID, CLIENT_SECRET) };
    const input = { AuthFlow: "USER_SRP_AUTH", ClientId: CLIENT_ID, AuthParameters };
    expect((await call(pool.poolUrl, "InitiateAuth", input)).json).toMatchObject({
      __type: "InvalidParameterException",
    });
  });
});
