/** Signing in with a password: sent (USER_PASSWORD_AUTH) or proved (USER_SRP_AUTH, PASSWORD_VERIFIER). */
import { AwsError } from "../aws-wire.ts";
import { type ChallengeAnswer, type FlowStart, newSignIn, proved, resume } from "./challenge-answer.ts";
import type { Open, SignIn } from "./challenge-sessions.ts";
import { continueCustom } from "./custom-auth.ts";
import { checkDevice } from "./devices.ts";
import { required } from "./input.ts";
import { afterFirstFactor } from "./next-step.ts";
import { readClaim } from "./password-claim.ts";
import type { PoolCall } from "./pool.ts";
import { challengeSrp, flowsWithSession, readPublicValue } from "./srp-challenge.ts";

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
  if (signIn.user && !right) call.pool.users.passwordFailed(signIn.user, call.now);
  if (signIn.flow === "CUSTOM_AUTH")
    return continueCustom(signIn, { challengeName: "PASSWORD_VERIFIER", challengeResult: right }, call);
  if (right) return afterFirstFactor(proved(signIn), call);
  throw new AwsError("NotAuthorizedException", "Incorrect username or password.");
}

export function startSrp(start: FlowStart, call: PoolCall): Output {
  const A = readPublicValue(start.parameters);
  return challengeSrp(newSignIn(start, call), A, call);
}

export function answerPasswordVerifier(answer: ChallengeAnswer, call: PoolCall): Output {
  const { pool, now } = call;
  const claim = readClaim(answer);
  const checked = pool.sessions.check(claim, now);
  if (!checked) throw new AwsError("NotAuthorizedException", "Incorrect username or password.");
  const { user } = checked.signIn;
  const open = sessionOf(answer, checked.signIn, claim.secretBlock, call);
  if (user) checkUser(user, call);
  const right = checked.proved && pool.users.find(answer.username) === user;
  const signIn = { ...checked.signIn, deviceKey: answer.answers["DEVICE_KEY"] ?? null };
  // Before the secret block is used up: the client repeats its answer without the key.
  if (right) checkDevice(proved(signIn), call);
  pool.sessions.end(claim.secretBlock);
  if (open) pool.signIns.challenges.use(open);
  return decide(signIn, right, call);
}

function checkUser(user: NonNullable<SignIn["user"]>, { pool, now, about }: PoolCall): void {
  about(user);
  pool.users.checkLock(user, now);
}

function sessionOf(answer: ChallengeAnswer, { flow }: SignIn, secretBlock: string, call: PoolCall): Open | null {
  if (!flowsWithSession.has(flow)) return null;
  const open = resume(answer, ["PASSWORD_VERIFIER"], call);
  if (open.step.secretBlock !== secretBlock)
    throw new AwsError("NotAuthorizedException", "Invalid session for the user.");
  return open;
}
