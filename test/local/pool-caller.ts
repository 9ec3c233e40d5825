/** Calls of a pool's API in this process, with right secret hashes unless a test says otherwise. */
import { randomBytes } from "node:crypto";

import { secretHash } from "../../functions/edge/secret-hash.ts";
import type { CognitoOptions } from "../../local/cognito/cognito.ts";
import type { SignInSettings } from "../../local/cognito/settings.ts";
import { createSrpClient } from "../../local/cognito/srp-client.ts";
import type { User } from "../../local/cognito/users.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../edge/builders.ts";
import { aCognito, aWitness } from "./proxied-pool.ts";

// biome-ignore lint/suspicious/noExplicitAny: what the API answers, read by assertions
type Json = any;
type Texts = Readonly<Record<string, string>>;

export const hashOf = (username: string) => secretHash(username, CLIENT_ID, CLIENT_SECRET);

export function aPool(signIn: Partial<SignInSettings> = {}, options: Partial<CognitoOptions> = {}) {
  let now = Date.parse("2026-03-02T10:00:00.250Z");
  const witness = aWitness();
  const cognito = aCognito(witness, { clock: { now: () => now }, signIn, ...options });
  function ask(operation: string, input: unknown): Json {
    const headers = {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
    };
    const { body } = cognito.handle({
      sourceIp: "203.0.113.7",
      method: "POST",
      path: "/",
      query: "",
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
      body: Buffer.from(JSON.stringify(input)),
    });
    return JSON.parse(body);
  }
  const hashed = (parameters: Texts) => ({ SECRET_HASH: hashOf(parameters["USERNAME"] ?? ""), ...parameters });
  const initiate = (AuthFlow: string, parameters: Texts, more: object = {}): Json =>
    ask("InitiateAuth", { AuthFlow, ClientId: CLIENT_ID, AuthParameters: hashed(parameters), ...more });
  const respond = (ChallengeName: string, Session: string | undefined, answers: Texts, more: object = {}): Json =>
    ask("RespondToAuthChallenge", {
      ChallengeName,
      ClientId: CLIENT_ID,
      Session,
      ChallengeResponses: hashed(answers),
      ...more,
    });
  return {
    ...witness,
    ask,
    initiate,
    respond,
    users: cognito.users,
    now: () => now,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    signIn: (USERNAME: string, PASSWORD: string, more: Texts = {}): Json =>
      initiate("USER_PASSWORD_AUTH", { USERNAME, PASSWORD, ...more }),
    /** Both steps of USER_SRP_AUTH. */
    proveIn(username: string, password: string, more: Texts = {}): Json {
      const srp = createSrpClient("Ab12Cd34E", randomBytes);
      const { ChallengeParameters } = initiate("USER_SRP_AUTH", { USERNAME: username, SRP_A: srp.srpA });
      const answer = srp.answer(ChallengeParameters, password, new Date(now));
      return respond("PASSWORD_VERIFIER", undefined, { ...answer, ...more });
    },
    user(username: string): User {
      const user = cognito.users.find(username);
      if (!user) throw new Error(`There is no user ${username}`);
      return user;
    },
  };
}
