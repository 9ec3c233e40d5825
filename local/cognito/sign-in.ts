/** Signing in and staying signed in: InitiateAuth, RespondToAuthChallenge, GetTokensFromRefreshToken, RevokeToken. */
import { createHash } from "node:crypto";

import * as z from "zod";

import { AwsError } from "../aws-wire.ts";
import { checkClientSecret, checkSecretHash, secretsOf } from "./client-secrets.ts";
import { ignored, readInput, required, text, texts } from "./input.ts";
import type { PoolCall, PoolOperation } from "./pool.ts";
import { fromHex, isIllegal, toBigInt, verifierOf } from "./srp.ts";
import type { User } from "./users.ts";

type Texts = Readonly<Record<string, string>>;

const initiateAuth = z.object({
  AuthFlow: text,
  AuthParameters: texts.default({}),
  ClientId: text,
  ClientMetadata: ignored,
  AnalyticsMetadata: ignored,
  UserContextData: ignored,
  Session: ignored,
});

export const InitiateAuth: PoolOperation = (input, call) => {
  const { AuthFlow, AuthParameters, ClientId } = readInput(initiateAuth, input);
  secretsOf(call.pool.clients, ClientId);
  switch (AuthFlow) {
    case "USER_SRP_AUTH":
      return startSrp(AuthParameters, ClientId, call);
    case "USER_PASSWORD_AUTH":
      return signInWithPassword(AuthParameters, ClientId, call);
    case "REFRESH_TOKEN_AUTH":
    case "REFRESH_TOKEN":
      return refreshWithHash(AuthParameters, ClientId, call);
    default:
      throw new AwsError("InvalidParameterException", `AuthFlow ${AuthFlow} is not supported by the local Cognito`);
  }
};

function startSrp(parameters: Texts, clientId: string, call: PoolCall): Record<string, unknown> {
  const { pool, now } = call;
  const username = required(parameters, "USERNAME");
  checkSecretHash(pool.clients, clientId, [username], parameters["SECRET_HASH"]);
  const A = fromHex(required(parameters, "SRP_A"));
  if (A === null || isIllegal(A)) throw new AwsError("InvalidParameterException", "SRP_A is not valid");
  const user = findUser(username, call);
  const side = user ? { ...user, userId: user.sub } : decoy(username, call);
  const session = { clientId, user: user ?? null, userId: side.userId, verifier: side.verifier, A };
  const { userId, B, secretBlock } = pool.sessions.open(session, now);
  return {
    ChallengeName: "PASSWORD_VERIFIER",
    ChallengeParameters: {
      SALT: side.salt.toString(16),
      SECRET_BLOCK: secretBlock,
      SRP_B: B.toString(16),
      USERNAME: userId,
      USER_ID_FOR_SRP: userId,
    },
  };
}

/** A user that does not exist answers like one that does: the same salt for the same name, each time. */
function decoy(username: string, { pool }: PoolCall): { userId: string; salt: bigint; verifier: bigint } {
  const bytes = createHash("sha256").update(`${pool.name}/${username.toLowerCase()}`).digest();
  const userId = bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
  const salt = toBigInt(bytes.subarray(16));
  return { userId, salt, verifier: verifierOf({ poolName: pool.name, userId, password: username }, salt) };
}

function signInWithPassword(parameters: Texts, clientId: string, call: PoolCall): Record<string, unknown> {
  const username = required(parameters, "USERNAME");
  checkSecretHash(call.pool.clients, clientId, [username], parameters["SECRET_HASH"]);
  const password = required(parameters, "PASSWORD");
  const user = findUser(username, call);
  if (user) call.pool.users.checkLock(user, call.now);
  return finishSignIn(user ?? null, user !== undefined && call.pool.users.isPassword(user, password), clientId, call);
}

/** The pool's answer to a proved or refuted password; the lock is checked before, for it hides even a right one. */
function finishSignIn(
  user: User | null,
  proved: boolean,
  clientId: string,
  { pool, now }: PoolCall,
): Record<string, unknown> {
  if (!user || !proved) {
    if (user) pool.users.passwordFailed(user, now);
    throw new AwsError("NotAuthorizedException", "Incorrect username or password.");
  }
  pool.users.passwordProved(user);
  if (!user.confirmed) throw new AwsError("UserNotConfirmedException", "User is not confirmed.");
  return { ChallengeParameters: {}, AuthenticationResult: pool.tokens.grant(user, clientId, now) };
}

/** Undefined for an unknown user where the pool hides who exists; else Cognito says so. */
function findUser(username: string, { pool, about }: PoolCall): User | undefined {
  const user = pool.users.find(username);
  if (user) about(user);
  else if (!pool.hidesUsers) throw new AwsError("UserNotFoundException", "User does not exist.");
  return user;
}

const respond = z.object({
  ChallengeName: text,
  ChallengeResponses: texts.default({}),
  ClientId: text,
  Session: ignored,
  ClientMetadata: ignored,
  AnalyticsMetadata: ignored,
  UserContextData: ignored,
});

export const RespondToAuthChallenge: PoolOperation = (input, call) => {
  const { ChallengeName, ChallengeResponses: answers, ClientId } = readInput(respond, input);
  secretsOf(call.pool.clients, ClientId);
  if (ChallengeName !== "PASSWORD_VERIFIER")
    throw new AwsError("InvalidParameterException", `${ChallengeName} is not supported by the local Cognito`);
  checkSecretHash(call.pool.clients, ClientId, [required(answers, "USERNAME")], answers["SECRET_HASH"]);
  const timestamp = required(answers, "TIMESTAMP");
  // Cognito also refuses instants far from its own; here the client's clock may be another than the world's.
  if (!/^[A-Z][a-z]{2} [A-Z][a-z]{2} [1-9]\d? \d\d:\d\d:\d\d UTC \d{4}$/.test(timestamp))
    throw new AwsError("InvalidParameterException", "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.");
  const secretBlock = required(answers, "PASSWORD_CLAIM_SECRET_BLOCK");
  const signature = required(answers, "PASSWORD_CLAIM_SIGNATURE");
  const closed = call.pool.sessions.close({ clientId: ClientId, secretBlock, signature, timestamp }, call.now);
  if (closed?.user) {
    call.about(closed.user);
    call.pool.users.checkLock(closed.user, call.now);
  }
  return finishSignIn(closed?.user ?? null, closed?.proved ?? false, ClientId, call);
};

function refreshWithHash(parameters: Texts, clientId: string, { pool, now, about }: PoolCall): Record<string, unknown> {
  const token = required(parameters, "REFRESH_TOKEN");
  const hash = parameters["SECRET_HASH"];
  // Only the token says whose it is, and the hash is over the internal user name. Clients in the field also send
  // the plain secret; whether Cognito (still) takes it is not documented.
  const plain = hash !== undefined && secretsOf(pool.clients, clientId).includes(hash);
  if (!plain && hash === undefined) checkSecretHash(pool.clients, clientId, [], hash);
  const user = pool.tokens.readRefreshToken(token, clientId, now);
  about(user);
  if (!plain) checkSecretHash(pool.clients, clientId, [user.sub], hash);
  return { ChallengeParameters: {}, AuthenticationResult: pool.tokens.refresh(token, clientId, now) };
}

const getTokens = z.object({
  RefreshToken: text,
  ClientId: text,
  ClientSecret: text.optional(),
  DeviceKey: ignored,
  ClientMetadata: ignored,
});

export const GetTokensFromRefreshToken: PoolOperation = (input, { pool, now, about }) => {
  const { RefreshToken, ClientId, ClientSecret } = readInput(getTokens, input);
  checkClientSecret(pool.clients, ClientId, ClientSecret, "NotAuthorizedException");
  about(pool.tokens.readRefreshToken(RefreshToken, ClientId, now));
  return { AuthenticationResult: pool.tokens.refresh(RefreshToken, ClientId, now) };
};

const revoke = z.object({ Token: text, ClientId: text, ClientSecret: text.optional() });

export const RevokeToken: PoolOperation = (input, { pool, about }) => {
  const { Token, ClientId, ClientSecret } = readInput(revoke, input);
  checkClientSecret(pool.clients, ClientId, ClientSecret, "UnauthorizedException");
  const user = pool.tokens.revoke(Token, ClientId);
  if (user) about(user);
  return {};
};
