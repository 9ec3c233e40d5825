/** USER_AUTH: the client or the user chooses the first factor, a password or a one-time password that is sent. */
import { AwsError } from "../aws-wire.ts";
import {
  type ChallengeAnswer,
  challenge,
  type FlowStart,
  newSignIn,
  proved,
  resume,
  type Texts,
} from "./challenge-answer.ts";
import type { SignIn } from "./challenge-sessions.ts";
import { firstFactorsOf } from "./first-factor.ts";
import { required } from "./input.ts";
import { afterFirstFactor } from "./next-step.ts";
import { challengeOneTimePassword } from "./one-time-password.ts";
import { checkSentPassword } from "./password.ts";
import type { PoolCall } from "./pool.ts";
import type { Offered } from "./settings.ts";
import { challengeSrp, readPublicValue } from "./srp-challenge.ts";

type Output = Record<string, unknown>;

export function startUserAuth(start: FlowStart, call: PoolCall): Output {
  const { parameters, session } = start;
  if (parameters["TARGET_ACR_VALUES"] ?? parameters["ACCESS_TOKEN"])
    throw new AwsError("FeatureUnavailableInTierException", "The local Cognito does not play step-up authentication");
  const signIn = newSignIn(start, call);
  if (session !== undefined) return signInAfterSignUp(start, session, call);
  const AvailableChallenges = firstFactorsOf(signIn, call);
  const preferred = AvailableChallenges.find((name) => name === parameters["PREFERRED_CHALLENGE"]);
  const output = preferred
    ? startFactor(preferred, signIn, parameters, call)
    : challenge(
        "SELECT_CHALLENGE",
        { challenge: "SELECT_CHALLENGE", available: AvailableChallenges },
        signIn,
        {},
        call,
      );
  return "AuthenticationResult" in output ? output : { ...output, AvailableChallenges };
}

/** Who has just confirmed the sign-up has proved the address: the session of ConfirmSignUp is as good as a code. */
function signInAfterSignUp({ clientId, username, parameters }: FlowStart, session: string, call: PoolCall): Output {
  const open = resume({ clientId, username, answers: parameters, session }, ["SIGNED_UP"], call);
  call.pool.signIns.challenges.use(open);
  return afterFirstFactor({ ...proved(open.signIn), firstFactor: "one-time password" }, call);
}

/** Completes what can be completed in one call: a password may come along with the choice of it. */
function startFactor(name: Offered, signIn: SignIn, given: Texts, call: PoolCall): Output {
  if (name === "EMAIL_OTP" || name === "SMS_OTP") return challengeOneTimePassword(name, signIn, call);
  const { PASSWORD, SRP_A } = given;
  if (name === "PASSWORD" && PASSWORD) return checkSentPassword(signIn, PASSWORD, call);
  if (name === "PASSWORD_SRP" && SRP_A) return challengeSrp(signIn, readPublicValue(given), call);
  return challenge(name, { challenge: name }, signIn, {}, call);
}

export function answerChoice(answer: ChallengeAnswer, call: PoolCall): Output {
  const open = resume(answer, ["SELECT_CHALLENGE"], call);
  const chosen = required(answer.answers, "ANSWER");
  const name = open.step.available.find((offered) => offered === chosen);
  if (!name) throw new AwsError("InvalidParameterException", `${chosen} is not one of the available challenges`);
  const output = startFactor(name, open.signIn, answer.answers, call);
  call.pool.signIns.challenges.use(open);
  return output;
}

export function answerPassword(answer: ChallengeAnswer, call: PoolCall): Output {
  const open = resume(answer, ["PASSWORD"], call);
  const output = checkSentPassword(open.signIn, required(answer.answers, "PASSWORD"), call);
  call.pool.signIns.challenges.use(open);
  return output;
}

export function answerPasswordSrp(answer: ChallengeAnswer, call: PoolCall): Output {
  const open = resume(answer, ["PASSWORD_SRP"], call);
  const output = challengeSrp(open.signIn, readPublicValue(answer.answers), call);
  call.pool.signIns.challenges.use(open);
  return output;
}
