/** Sign-ins that a server starts with AWS credentials: the same flows under their Admin names. */
import * as z from "zod";

import { AwsError } from "../aws-wire.ts";
import { ignored, readInput, text, texts } from "./input.ts";
import type { PoolOperation } from "./pool.ts";
import * as signIn from "./sign-in.ts";

const common = {
  UserPoolId: text,
  ClientId: text,
  ClientMetadata: ignored,
  AnalyticsMetadata: ignored,
  /** Checked before the operation runs; see user-context.ts. */
  ContextData: ignored,
  Session: ignored,
  // AWS may well pass over a member that its model does not have; here a proxy that forgot to turn it into
  // ContextData shall fail.
  UserContextData: z.undefined("is not taken by the Admin operations, which have ContextData").optional(),
};

/** Flow of the Admin operation → the public operation's. USER_PASSWORD_AUTH has a name of its own here. */
const flows: ReadonlyMap<string, string> = new Map([
  ["ADMIN_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"],
  ["ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"],
  ["USER_SRP_AUTH", "USER_SRP_AUTH"],
  ["CUSTOM_AUTH", "CUSTOM_AUTH"],
  ["USER_AUTH", "USER_AUTH"],
  ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN_AUTH"],
  ["REFRESH_TOKEN", "REFRESH_TOKEN"],
]);

const initiate = z.object({ ...common, AuthFlow: text, AuthParameters: texts.default({}) });

export const AdminInitiateAuth: PoolOperation = (input, call) => {
  const { UserPoolId, UserContextData, ContextData, ...rest } = readInput(initiate, input);
  const AuthFlow = flows.get(rest.AuthFlow);
  if (AuthFlow === undefined) throw new AwsError("InvalidParameterException", "Initiate Auth method not supported");
  return signIn.InitiateAuth({ ...rest, AuthFlow }, call);
};

const respond = z.object({ ...common, ChallengeName: text, ChallengeResponses: texts.default({}) });

export const AdminRespondToAuthChallenge: PoolOperation = (input, call) => {
  const { UserPoolId, UserContextData, ContextData, ...rest } = readInput(respond, input);
  return signIn.RespondToAuthChallenge(rest, call);
};
