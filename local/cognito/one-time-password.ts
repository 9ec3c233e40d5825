/** One-time passwords that are sent, as first factor of USER_AUTH. */
import { type ChallengeAnswer, challenge, proved, resume } from "./challenge-answer.ts";
import type { SignIn } from "./challenge-sessions.ts";
import { required } from "./input.ts";
import { answerEmailMfa, checkCode } from "./mfa.ts";
import { afterFirstFactor } from "./next-step.ts";
import type { PoolCall } from "./pool.ts";
import { randomCode } from "./random.ts";
import { deliveryParameters, sendCode } from "./second-factor.ts";

type Output = Record<string, unknown>;
type Name = "EMAIL_OTP" | "SMS_OTP";

/** As long as Cognito's one-time passwords. */
const DIGITS = 8;

/** For a name that does not exist a code is made up, which is sent to nobody. */
export function challengeOneTimePassword(name: Name, signIn: SignIn, call: PoolCall): Output {
  const attribute = name === "EMAIL_OTP" ? "email" : "phone_number";
  const { code, delivery } = signIn.user
    ? sendCode(proved(signIn), attribute, DIGITS, call)
    : {
        code: randomCode(call.pool.signIns.random, DIGITS),
        delivery: deliveryParameters(attribute, signIn.username),
      };
  return challenge(name, { challenge: name, code }, signIn, delivery, call);
}

export function answerSmsOtp(answer: ChallengeAnswer, call: PoolCall): Output {
  return answerCode(answer, "SMS_OTP", call);
}

/** The same name on the wire for a first factor and for a second one. */
export function answerEmailOtp(answer: ChallengeAnswer, call: PoolCall): Output {
  const { step } = resume(answer, ["EMAIL_OTP", "EMAIL_MFA"], call);
  return step.challenge === "EMAIL_MFA" ? answerEmailMfa(answer, call) : answerCode(answer, "EMAIL_OTP", call);
}

function answerCode(answer: ChallengeAnswer, name: Name, call: PoolCall): Output {
  const open = resume(answer, [name], call);
  checkCode(open.step.code, required(answer.answers, `${name}_CODE`));
  const signIn = proved(open.signIn);
  call.pool.signIns.challenges.use(open);
  return afterFirstFactor({ ...signIn, firstFactor: "one-time password" }, call);
}
