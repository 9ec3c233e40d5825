/**
 * A remembered device proves itself with SRP, as users do. Clients in the field, and AWS's own examples, answer both
 * challenges without a session; then it is the user's last sign-in with that device that goes on.
 */
import { AwsError } from "../aws-wire.ts";
import { type ChallengeAnswer, proved, resume } from "./challenge-answer.ts";
import type { SignIn } from "./challenge-sessions.ts";
import { rememberedDevice } from "./device-challenge.ts";
import { required } from "./input.ts";
import { finish } from "./next-step.ts";
import { readClaim } from "./password-claim.ts";
import type { PoolCall } from "./pool.ts";
import { readPublicValue } from "./srp-challenge.ts";

type Output = Record<string, unknown>;

export function answerDevice(answer: ChallengeAnswer, call: PoolCall): Output {
  const { pool, now } = call;
  const { challenges } = pool.signIns;
  const A = readPublicValue(answer.answers);
  const key = required(answer.answers, "DEVICE_KEY");
  const open = resume(withSession(answer, "DEVICE_SRP_AUTH", call), ["DEVICE_SRP_AUTH"], call);
  const signIn = proved(open.signIn);
  const device = rememberedDevice(signIn, call);
  if (device?.key !== key) throw new AwsError("ResourceNotFoundException", "Device does not exist.");
  challenges.use(open);
  const { groupKey, salt, verifier } = device;
  const { B, secretBlock } = pool.sessions.open({ groupName: groupKey, userId: key, verifier }, A, signIn, now);
  return {
    ChallengeName: "DEVICE_PASSWORD_VERIFIER",
    Session: challenges.open(signIn, { challenge: "DEVICE_PASSWORD_VERIFIER", secretBlock }, now),
    ChallengeParameters: {
      SALT: salt.toString(16),
      SECRET_BLOCK: secretBlock,
      SRP_B: B.toString(16),
      USERNAME: signIn.user.sub,
      DEVICE_KEY: key,
    },
  };
}

function withSession(
  answer: ChallengeAnswer,
  challenge: "DEVICE_SRP_AUTH" | "DEVICE_PASSWORD_VERIFIER",
  { pool }: PoolCall,
): ChallengeAnswer {
  if (answer.session !== undefined) return answer;
  const key = required(answer.answers, "DEVICE_KEY");
  const user = pool.users.find(answer.username);
  const isIt = (signIn: SignIn) => user !== undefined && signIn.user === user && signIn.deviceKey === key;
  return { ...answer, session: pool.signIns.challenges.last(challenge, isIt) };
}

export function answerDeviceVerifier(answer: ChallengeAnswer, call: PoolCall): Output {
  const { pool, now } = call;
  const claim = readClaim(answer);
  const open = resume(withSession(answer, "DEVICE_PASSWORD_VERIFIER", call), ["DEVICE_PASSWORD_VERIFIER"], call);
  pool.signIns.challenges.use(open);
  const checked = pool.sessions.check(claim, now);
  pool.sessions.end(claim.secretBlock);
  if (!checked?.proved || open.step.secretBlock !== claim.secretBlock)
    throw new AwsError("NotAuthorizedException", "Incorrect username or password.");
  const signIn = proved(checked.signIn);
  const device = rememberedDevice(signIn, call);
  if (device) device.authenticatedAt = now;
  return finish(signIn, call);
}
