/** Answers to the challenges for a second factor. */
import { AwsError } from "../aws-wire.ts";
import { checkAttempts, failed, succeeded } from "./attempts.ts";
import { type ChallengeAnswer, proved, resume } from "./challenge-answer.ts";
import type { Open } from "./challenge-sessions.ts";
import { required } from "./input.ts";
import { afterSecondFactor } from "./next-step.ts";
import type { PoolCall } from "./pool.ts";
import { challengeEmail, challengeMethod } from "./second-factor.ts";
import { useTotp } from "./totp.ts";

type Output = Record<string, unknown>;

export function answerSms(answer: ChallengeAnswer, call: PoolCall): Output {
  const open = resume(answer, ["SMS_MFA"], call);
  checkCode(open.step.code, required(answer.answers, "SMS_MFA_CODE"));
  return passed(open, call);
}

/** A code by e-mail as second factor. Clients answer it as EMAIL_OTP; the API reference also has EMAIL_MFA. */
export function answerEmailMfa(answer: ChallengeAnswer, call: PoolCall): Output {
  const { EMAIL_MFA_CODE } = answer.answers;
  const open = resume(answer, ["EMAIL_MFA"], call);
  checkCode(open.step.code, EMAIL_MFA_CODE ?? required(answer.answers, "EMAIL_OTP_CODE"));
  const { user } = proved(open.signIn);
  if (open.step.verifies) user.attributes["email_verified"] = "true";
  return passed(open, call);
}

export function checkCode(expected: string, given: string): void {
  if (given !== expected) throw new AwsError("CodeMismatchException", "Invalid code or auth state for the user.");
}

export function answerSoftwareToken(answer: ChallengeAnswer, call: PoolCall): Output {
  const open = resume(answer, ["SOFTWARE_TOKEN_MFA"], call);
  const code = required(answer.answers, "SOFTWARE_TOKEN_MFA_CODE");
  const { totp } = proved(open.signIn).user;
  if (totp.secret === null)
    throw new AwsError("SoftwareTokenMFANotFoundException", "Software Token MFA does not exist for the user.");
  checkAttempts(totp, call.now);
  if (!useTotp(totp, totp.secret, code, call.now)) {
    failed(totp, call.now);
    throw new AwsError("CodeMismatchException", "Invalid code received for user");
  }
  succeeded(totp);
  return passed(open, call);
}

export function answerSelection(answer: ChallengeAnswer, call: PoolCall): Output {
  const open = resume(answer, ["SELECT_MFA_TYPE"], call);
  const chosen = required(answer.answers, "ANSWER");
  const method = open.step.methods.find((name) => name === (chosen === "EMAIL_MFA" ? "EMAIL_OTP" : chosen));
  if (!method) throw new AwsError("InvalidParameterException", `${chosen} is not a second factor of the user`);
  const signIn = proved(open.signIn);
  call.pool.signIns.challenges.use(open);
  return challengeMethod(method, signIn, call);
}

/** Either an app has shown its first code (VerifySoftwareToken), or an address comes with the answer. */
export function answerSetup(answer: ChallengeAnswer, call: PoolCall): Output {
  const open = resume(answer, ["MFA_SETUP"], call);
  const { EMAIL } = answer.answers;
  if (open.step.verified) return passed(open, call);
  if (!EMAIL || !call.pool.signIns.settings.mfaMethods.includes("EMAIL_OTP"))
    throw new AwsError("InvalidParameterException", "User has not verified software token mfa");
  const signIn = proved(open.signIn);
  if (signIn.user.attributes["email"])
    throw new AwsError("NotAuthorizedException", "Cannot modify an already provided email");
  call.pool.signIns.challenges.use(open);
  Object.assign(signIn.user.attributes, { email: EMAIL, email_verified: "false" });
  return challengeEmail(signIn, call, true);
}

function passed(open: Pick<Open, "session" | "signIn">, call: PoolCall): Output {
  call.pool.signIns.challenges.use(open);
  return afterSecondFactor(proved(open.signIn), call);
}
