/** InitiateAuth and RespondToAuthChallenge: the secret hash is checked here, for all flows and challenges alike. */
import * as z from "zod";

import { AwsError } from "../aws-wire.ts";
import type { ChallengeAnswer, FlowStart, Texts } from "./challenge-answer.ts";
import { checkSecretHash, secretsOf } from "./client-secrets.ts";
import { answerCustom, startCustom } from "./custom-auth.ts";
import { answerDevice, answerDeviceVerifier } from "./device-sign-in.ts";
import { ignored, readInput, required, text, texts } from "./input.ts";
import { answerEmailMfa, answerSelection, answerSetup, answerSms, answerSoftwareToken } from "./mfa.ts";
import { answerNewPassword } from "./new-password.ts";
import { answerEmailOtp, answerSmsOtp } from "./one-time-password.ts";
import { answerPasswordVerifier, signInWithPassword, startSrp } from "./password.ts";
import type { PoolCall, PoolOperation } from "./pool.ts";
import { refreshWithHash } from "./refresh.ts";
import { answerChoice, answerPassword, answerPasswordSrp, startUserAuth } from "./user-auth.ts";

type Output = Record<string, unknown>;

const flows: ReadonlyMap<string, (start: FlowStart, call: PoolCall) => Output> = new Map([
  ["USER_SRP_AUTH", startSrp],
  ["USER_PASSWORD_AUTH", signInWithPassword],
  ["CUSTOM_AUTH", startCustom],
  ["USER_AUTH", startUserAuth],
]);

const challenges: ReadonlyMap<string, (answer: ChallengeAnswer, call: PoolCall) => Output> = new Map([
  ["PASSWORD_VERIFIER", answerPasswordVerifier],
  ["NEW_PASSWORD_REQUIRED", answerNewPassword],
  ["DEVICE_SRP_AUTH", answerDevice],
  ["DEVICE_PASSWORD_VERIFIER", answerDeviceVerifier],
  ["SMS_MFA", answerSms],
  ["EMAIL_OTP", answerEmailOtp],
  ["EMAIL_MFA", answerEmailMfa],
  ["SMS_OTP", answerSmsOtp],
  ["SELECT_CHALLENGE", answerChoice],
  ["PASSWORD", answerPassword],
  ["PASSWORD_SRP", answerPasswordSrp],
  ["CUSTOM_CHALLENGE", answerCustom],
  ["SOFTWARE_TOKEN_MFA", answerSoftwareToken],
  ["SELECT_MFA_TYPE", answerSelection],
  ["MFA_SETUP", answerSetup],
]);

const common = {
  ClientId: text,
  Session: z.string().optional(),
  ClientMetadata: ignored,
  AnalyticsMetadata: ignored,
  UserContextData: ignored,
};
const initiateAuth = z.object({ ...common, AuthFlow: text, AuthParameters: texts.default({}) });

export const InitiateAuth: PoolOperation = (input, call) => {
  const { AuthFlow, AuthParameters, ClientId, Session } = readInput(initiateAuth, input);
  secretsOf(call.pool.clients, ClientId);
  if (AuthFlow === "REFRESH_TOKEN_AUTH" || AuthFlow === "REFRESH_TOKEN")
    return refreshWithHash(AuthParameters, ClientId, call);
  const start = flows.get(AuthFlow);
  if (!start) throw new AwsError("InvalidParameterException", `AuthFlow ${AuthFlow} is not one of InitiateAuth`);
  if (!call.pool.signIns.settings.flows.includes(AuthFlow))
    throw new AwsError("InvalidParameterException", `${AuthFlow} flow not enabled for this client`);
  const username = checkedUsername(AuthParameters, ClientId, call);
  return start({ flow: AuthFlow, clientId: ClientId, username, parameters: AuthParameters, session: Session }, call);
};

const respond = z.object({ ...common, ChallengeName: text, ChallengeResponses: texts.default({}) });

export const RespondToAuthChallenge: PoolOperation = (input, call) => {
  const { ChallengeName, ChallengeResponses, ClientId, Session } = readInput(respond, input);
  secretsOf(call.pool.clients, ClientId);
  const username = checkedUsername(ChallengeResponses, ClientId, call);
  const answer = challenges.get(ChallengeName);
  if (!answer)
    throw new AwsError("InvalidParameterException", `${ChallengeName} is not a challenge of the local Cognito`);
  return answer({ clientId: ClientId, username, answers: ChallengeResponses, session: Session }, call);
};

/** The name in this request, over which this request's hash must be: before anything is said about the user. */
function checkedUsername(parameters: Texts, clientId: string, { pool }: PoolCall): string {
  const username = required(parameters, "USERNAME");
  checkSecretHash(pool.clients, clientId, [username], parameters["SECRET_HASH"]);
  return username;
}
