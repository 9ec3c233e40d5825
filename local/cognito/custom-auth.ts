/** CUSTOM_AUTH: the pool's owner decides what is asked, in functions that stand for the Lambda triggers. */
import { AwsError } from "../aws-wire.ts";
import { type ChallengeAnswer, challenge, type FlowStart, newSignIn, proved, resume } from "./challenge-answer.ts";
import type { SignIn } from "./challenge-sessions.ts";
import type { ChallengeResult, CustomAuth, CustomAuthRequest } from "./custom-auth-triggers.ts";
import { decoyId } from "./decoy.ts";
import { checkDevice } from "./devices.ts";
import { required } from "./input.ts";
import { afterFirstFactor } from "./next-step.ts";
import type { PoolCall } from "./pool.ts";
import { challengeSrp, readPublicValue } from "./srp-challenge.ts";

type Output = Record<string, unknown>;

export function startCustom(start: FlowStart, call: PoolCall): Output {
  const triggers = triggersOf(call);
  const { CHALLENGE_NAME } = start.parameters;
  if (CHALLENGE_NAME !== undefined && CHALLENGE_NAME !== "SRP_A")
    throw new AwsError("InvalidParameterException", "CHALLENGE_NAME can only be SRP_A");
  const A = CHALLENGE_NAME ? readPublicValue(start.parameters) : null;
  const signIn: SignIn = { ...newSignIn(start, call), firstFactor: "custom challenge" };
  if (A === null) return goOn(signIn, call);
  const asked = withResult(signIn, { challengeName: "SRP_A", challengeResult: true });
  if (triggers.define(requestOf(asked)) !== "PASSWORD_VERIFIER") throw invalidResponse();
  return challengeSrp(asked, A, call);
}

function triggersOf({ pool }: PoolCall): CustomAuth {
  const { customAuth } = pool.signIns.settings;
  if (customAuth) return customAuth;
  throw new AwsError("InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool.");
}

export function continueCustom(signIn: SignIn, result: ChallengeResult, call: PoolCall): Output {
  return goOn(withResult(signIn, result), call);
}

function withResult(signIn: SignIn, result: ChallengeResult): SignIn {
  return { ...signIn, results: [...signIn.results, result] };
}

function requestOf({ user, results }: SignIn): CustomAuthRequest {
  return { userAttributes: { ...user?.attributes }, userNotFound: user === null, session: results };
}

function goOn(signIn: SignIn, call: PoolCall): Output {
  const triggers = triggersOf(call);
  const request = requestOf(signIn);
  switch (triggers.define(request)) {
    case "issueTokens":
      return afterFirstFactor(proved(signIn), call);
    case "failAuthentication":
      throw new AwsError("NotAuthorizedException", "Incorrect username or password.");
    case "CUSTOM_CHALLENGE":
      return challengeCustom(signIn, triggers, request, call);
    default:
      throw invalidResponse();
  }
}

const invalidResponse = () => new AwsError("InvalidLambdaResponseException", "Unrecognizable lambda output");

function challengeCustom(signIn: SignIn, triggers: CustomAuth, request: CustomAuthRequest, call: PoolCall): Output {
  const { publicParameters, privateParameters, metadata } = triggers.create(request);
  const USERNAME = signIn.user?.sub ?? decoyId(signIn.username, call.pool.name);
  const step = {
    challenge: "CUSTOM_CHALLENGE",
    privateParameters,
    ...(metadata !== undefined && { metadata }),
  } as const;
  return challenge("CUSTOM_CHALLENGE", step, signIn, { USERNAME, ...publicParameters }, call);
}

export function answerCustom(answer: ChallengeAnswer, call: PoolCall): Output {
  const open = resume(answer, ["CUSTOM_CHALLENGE"], call);
  const given = required(answer.answers, "ANSWER");
  const { signIn, step } = open;
  // Before the session is used up: the client repeats its answer without the key.
  if (signIn.user) checkDevice({ ...signIn, user: signIn.user }, call);
  call.pool.signIns.challenges.use(open);
  const challengeResult = triggersOf(call).verify(given, step.privateParameters);
  const { metadata } = step;
  const result = {
    challengeName: "CUSTOM_CHALLENGE",
    challengeResult,
    ...(metadata && { challengeMetadata: metadata }),
  };
  return continueCustom(signIn, result, call);
}
