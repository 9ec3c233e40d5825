import { randomBytes } from "node:crypto";

import type { CustomAuth, CustomAuthRequest, NextChallenge } from "../../local/cognito/custom-auth-triggers.ts";
import { createSrpClient } from "../../local/cognito/srp-client.ts";
import { aPool } from "./pool-caller.ts";

/** Three tries at a riddle, after the password where the client begins with SRP. */
const seen: CustomAuthRequest[] = [];
const riddle: CustomAuth = {
  define(request): NextChallenge {
    seen.push(request);
    const { session } = request;
    const last = session.at(-1);
    if (last?.challengeName === "SRP_A") return "PASSWORD_VERIFIER";
    if (last?.challengeName === "PASSWORD_VERIFIER" && !last.challengeResult) return "failAuthentication";
    if (last?.challengeName === "CUSTOM_CHALLENGE" && last.challengeResult) return "issueTokens";
    const tries = session.filter(({ challengeName }) => challengeName === "CUSTOM_CHALLENGE").length;
    return tries < 3 ? "CUSTOM_CHALLENGE" : "failAuthentication";
  },
  create: ({ session }) => ({
    publicParameters: { question: "Who goes there?", attempt: String(session.length) },
    privateParameters: { answer: "a friend" },
    metadata: "RIDDLE",
  }),
  verify: (answer, { answer: expected }) => answer === expected,
};

let pool: ReturnType<typeof aPool>;
beforeEach(() => {
  seen.length = 0;
  pool = aPool({ customAuth: riddle });
  pool.users.addUser("alice", "correct horse");
});
const wrong = { __type: "NotAuthorizedException", message: "Incorrect username or password." };
const start = (USERNAME = "alice") => pool.initiate("CUSTOM_AUTH", { USERNAME });
const answer = ({ Session, ChallengeParameters }: ReturnType<typeof start>, ANSWER: string) =>
  pool.respond("CUSTOM_CHALLENGE", Session, { USERNAME: ChallengeParameters.USERNAME, ANSWER });

test("a pool without triggers has no such flow", () => {
  pool = aPool();
  expect(start()).toEqual({
    __type: "InvalidParameterException",
    message: "Custom auth lambda trigger is not configured for the user pool.",
  });
});

test("the right answer gives tokens", () => {
  const challenge = start();
  expect(challenge).toEqual({
    ChallengeName: "CUSTOM_CHALLENGE",
    Session: expect.any(String),
    ChallengeParameters: { USERNAME: pool.user("alice").sub, question: "Who goes there?", attempt: "0" },
  });
  expect(answer(challenge, "a friend")).toHaveProperty("AuthenticationResult");
  expect(answer(challenge, "a friend").message).toMatch("can only be used once");
});

test("a wrong answer is the triggers' to judge: another challenge, or the end", () => {
  const second = answer(start(), "nobody");
  expect(second.ChallengeParameters.attempt).toBe("1");
  expect(seen.at(-1)?.session).toEqual([
    { challengeName: "CUSTOM_CHALLENGE", challengeResult: false, challengeMetadata: "RIDDLE" },
  ]);
  expect(answer(answer(second, "nobody"), "nobody")).toEqual(wrong);
});

test("a name that does not exist is asked the same, and fails though the answer is right", () => {
  const challenge = start("nobody");
  expect(challenge.ChallengeParameters).toEqual({
    USERNAME: expect.stringMatching(/^[0-9a-f-]{36}$/),
    question: "Who goes there?",
    attempt: "0",
  });
  expect(seen.at(-1)?.userNotFound).toBe(true);
  expect(answer(challenge, "a friend")).toEqual(wrong);
});

test("an unconfirmed user gets no tokens", () => {
  pool.users.addUser("bob", "battery staple", { confirmed: false });
  expect(answer(start("bob"), "a friend").__type).toBe("UserNotConfirmedException");
});

describe("with the password first", () => {
  function prove(password: string, more: { session?: string } = {}) {
    const srp = createSrpClient("Ab12Cd34E", randomBytes);
    const challenge = pool.initiate("CUSTOM_AUTH", { USERNAME: "alice", CHALLENGE_NAME: "SRP_A", SRP_A: srp.srpA });
    const claim = srp.answer(challenge.ChallengeParameters, password, new Date(pool.now()));
    return pool.respond("PASSWORD_VERIFIER", more.session ?? challenge.Session, claim);
  }

  test("the triggers go on after it", () => {
    const challenge = prove("correct horse");
    expect(challenge.ChallengeName).toBe("CUSTOM_CHALLENGE");
    expect(seen.at(-1)?.session).toEqual([
      { challengeName: "SRP_A", challengeResult: true },
      { challengeName: "PASSWORD_VERIFIER", challengeResult: true },
    ]);
    expect(answer(challenge, "a friend")).toHaveProperty("AuthenticationResult");
  });

  test("a wrong one fails, and counts towards the lock", () => {
    for (let count = 0; count < 5; count++) expect(prove("guessed")).toEqual(wrong);
    expect(prove("correct horse").message).toBe("Password attempts exceeded");
  });

  test("its session must come back, unlike in USER_SRP_AUTH", () => {
    expect(prove("correct horse", { session: "made up" }).message).toBe("Invalid session for the user.");
    const other = pool.initiate("CUSTOM_AUTH", {
      USERNAME: "alice",
      CHALLENGE_NAME: "SRP_A",
      SRP_A: createSrpClient("Ab12Cd34E", randomBytes).srpA,
    });
    expect(prove("correct horse", { session: other.Session }).message).toBe("Invalid session for the user.");
  });

  test("is the only challenge that may be named", () => {
    expect(pool.initiate("CUSTOM_AUTH", { USERNAME: "alice", CHALLENGE_NAME: "PASSWORD" }).__type).toBe(
      "InvalidParameterException",
    );
  });
});

test("triggers that answer what makes no sense break the sign-in, not the pool", () => {
  pool = aPool({ customAuth: { ...riddle, define: () => "PASSWORD_VERIFIER" } });
  pool.users.addUser("alice", "correct horse");
  expect(start().__type).toBe("InvalidLambdaResponseException");
});
