/** Signing in with a password: sent (USER_PASSWORD_AUTH) or proved (USER_SRP_AUTH, PASSWORD_VERIFIER). */
import { createHash } from "node:crypto";

import { AwsError } from "../aws-wire.ts";
import { type ChallengeAnswer, type FlowStart, newSignIn, proved, type Texts } from "./challenge-answer.ts";
import type { SignIn } from "./challenge-sessions.ts";
import { checkDevice } from "./devices.ts";
import { required } from "./input.ts";
import { afterFirstFactor } from "./next-step.ts";
import type { Pool, PoolCall } from "./pool.ts";
import { fromHex, isIllegal, toBigInt, verifierOf } from "./srp.ts";
import type { PasswordClaim } from "./srp-sessions.ts";

type Output = Record<string, unknown>;

export function signInWithPassword(start: FlowStart, call: PoolCall): Output {
  const password = required(start.parameters, "PASSWORD");
  return checkSentPassword(newSignIn(start, call), password, call);
}

export function checkSentPassword(signIn: SignIn, password: string, call: PoolCall): Output {
  const { user } = signIn;
  const { users } = call.pool;
  if (user) users.checkLock(user, call.now);
  const right = user !== null && users.isPassword(user, password);
  if (right) checkDevice({ ...signIn, user }, call);
  return decide(signIn, right, call);
}

/** The pool's answer to a right or wrong password; the lock is checked before, for it hides even a right one. */
function decide(signIn: SignIn, right: boolean, call: PoolCall): Output {
  if (right) return afterFirstFactor(proved(signIn), call);
  if (signIn.user) call.pool.users.passwordFailed(signIn.user, call.now);
  throw new AwsError("NotAuthorizedException", "Incorrect username or password.");
}

export function startSrp(start: FlowStart, call: PoolCall): Output {
  const A = readPublicValue(start.parameters);
  return challengeSrp(newSignIn(start, call), A, call);
}

export function readPublicValue(parameters: Texts): bigint {
  const A = fromHex(required(parameters, "SRP_A"));
  if (A === null || isIllegal(A)) throw new AwsError("InvalidParameterException", "SRP_A is not valid");
  return A;
}

export function challengeSrp(signIn: SignIn, A: bigint, { pool, now }: PoolCall): Output {
  const side = signIn.user ? { ...signIn.user, userId: signIn.user.sub } : decoy(signIn.username, pool);
  const { userId, verifier, salt } = side;
  const { B, secretBlock } = pool.sessions.open({ groupName: pool.name, userId, verifier }, A, signIn, now);
  return {
    ChallengeName: "PASSWORD_VERIFIER",
    ChallengeParameters: {
      SALT: salt.toString(16),
      SECRET_BLOCK: secretBlock,
      SRP_B: B.toString(16),
      USERNAME: userId,
      USER_ID_FOR_SRP: userId,
    },
  };
}

/** A user that does not exist answers like one that does: the same salt for the same name, each time. */
function decoy(username: string, { name }: Pool): { userId: string; salt: bigint; verifier: bigint } {
  const bytes = createHash("sha256").update(`${name}/${username.toLowerCase()}`).digest();
  const userId = bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
  const salt = toBigInt(bytes.subarray(16));
  return { userId, salt, verifier: verifierOf({ poolName: name, userId, password: username }, salt) };
}

export function answerPasswordVerifier(answer: ChallengeAnswer, call: PoolCall): Output {
  const { pool, now, about } = call;
  const claim = readClaim(answer);
  const checked = pool.sessions.check(claim, now);
  const user = checked?.signIn.user;
  if (!checked || !user) return end(claim, call);
  about(user);
  pool.users.checkLock(user, now);
  const right = checked.proved && pool.users.find(answer.username) === user;
  const signIn = { ...checked.signIn, user, deviceKey: answer.answers["DEVICE_KEY"] ?? null };
  // Before the secret block is used up: the client repeats its answer without the key.
  if (right) checkDevice(signIn, call);
  pool.sessions.end(claim.secretBlock);
  return decide(signIn, right, call);
}

function end({ secretBlock }: PasswordClaim, { pool }: PoolCall): never {
  pool.sessions.end(secretBlock);
  throw new AwsError("NotAuthorizedException", "Incorrect username or password.");
}

/** The proof in an answer to PASSWORD_VERIFIER or to DEVICE_PASSWORD_VERIFIER. */
export function readClaim({ clientId, answers }: ChallengeAnswer): PasswordClaim {
  const timestamp = required(answers, "TIMESTAMP");
  // Cognito also refuses instants far from its own; here the client's clock may be another than the world's.
  if (!/^[A-Z][a-z]{2} [A-Z][a-z]{2} [1-9]\d? \d\d:\d\d:\d\d UTC \d{4}$/.test(timestamp))
    throw new AwsError("InvalidParameterException", "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.");
  const secretBlock = required(answers, "PASSWORD_CLAIM_SECRET_BLOCK");
  return { clientId, secretBlock, timestamp, signature: required(answers, "PASSWORD_CLAIM_SIGNATURE") };
}
