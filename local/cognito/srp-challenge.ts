/** PASSWORD_VERIFIER: the client is to prove its password with SRP. */
import { AwsError } from "../aws-wire.ts";
import type { Texts } from "./challenge-answer.ts";
import type { SignIn } from "./challenge-sessions.ts";
import { decoyOf } from "./decoy.ts";
import { required } from "./input.ts";
import type { PoolCall } from "./pool.ts";
import { fromHex, isIllegal } from "./srp.ts";

type Output = Record<string, unknown>;

/** Flows whose PASSWORD_VERIFIER has a session; in USER_SRP_AUTH the secret block alone names the sign-in. */
export const flowsWithSession: ReadonlySet<string> = new Set(["CUSTOM_AUTH", "USER_AUTH"]);

export function readPublicValue(parameters: Texts): bigint {
  const A = fromHex(required(parameters, "SRP_A"));
  if (A === null || isIllegal(A)) throw new AwsError("InvalidParameterException", "SRP_A is not valid");
  return A;
}

export function challengeSrp(signIn: SignIn, A: bigint, { pool, now }: PoolCall): Output {
  const side = signIn.user ? { ...signIn.user, userId: signIn.user.sub } : decoyOf(signIn.username, pool.name);
  const { userId, verifier, salt } = side;
  const { B, secretBlock } = pool.sessions.open({ groupName: pool.name, userId, verifier }, A, signIn, now);
  const step = { challenge: "PASSWORD_VERIFIER", secretBlock } as const;
  return {
    ChallengeName: "PASSWORD_VERIFIER",
    ...(flowsWithSession.has(signIn.flow) && { Session: pool.signIns.challenges.open(signIn, step, now) }),
    ChallengeParameters: {
      SALT: salt.toString(16),
      SECRET_BLOCK: secretBlock,
      SRP_B: B.toString(16),
      USERNAME: userId,
      USER_ID_FOR_SRP: userId,
    },
  };
}
