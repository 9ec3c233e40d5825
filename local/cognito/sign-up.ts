/** Becoming a user and getting back in: sign-up, confirmation, forgotten passwords. */
import * as z from "zod";

import { AwsError } from "../aws-wire.ts";
import { checkSecretHash } from "./client-secrets.ts";
import { attributes, ignored, readInput, text } from "./input.ts";
import { checkPassword } from "./passwords.ts";
import type { PoolCall, PoolOperation } from "./pool.ts";
import { checkSignUpSession, signUpSession } from "./sign-up-session.ts";
import { runTrigger } from "./triggers.ts";
import type { User } from "./users.ts";

const common = {
  ClientId: text,
  SecretHash: text.optional(),
  Username: text.max(128),
  ClientMetadata: ignored,
  AnalyticsMetadata: ignored,
  UserContextData: ignored,
};

/** Parses the input and checks its secret hash, which comes before anything about the user. */
function readChecked<Schema extends z.ZodType<{ ClientId: string; Username: string; SecretHash?: string | undefined }>>(
  schema: Schema,
  input: unknown,
  { pool }: PoolCall,
): z.output<Schema> {
  const parsed = readInput(schema, input);
  checkSecretHash(pool.clients, parsed.ClientId, [parsed.Username], parsed.SecretHash);
  return parsed;
}

function findUser(username: string, { pool, about }: PoolCall): User | undefined {
  const user = pool.users.find(username);
  if (user) about(user);
  else if (!pool.hidesUsers) throw new AwsError("UserNotFoundException", "Username/client id combination not found.");
  return user;
}

/** Where a code went, masked as Cognito masks it; for a user that does not exist it is made up. */
const delivery = (username: string) => ({
  CodeDeliveryDetails: {
    AttributeName: "email",
    DeliveryMedium: "EMAIL",
    Destination: `${username.slice(0, 1)}***@e***`,
  },
});

const signUp = z.object({
  ...common,
  Password: text.max(256),
  UserAttributes: attributes.default([]),
  ValidationData: ignored,
});

export const SignUp: PoolOperation = (input, call) => {
  const { ClientId, Username, Password, UserAttributes } = readChecked(signUp, input, call);
  checkPassword(Password);
  runTrigger(call.pool.triggers, "PreSignUp");
  const pairs = UserAttributes.map(({ Name, Value }) => [Name, Value ?? ""] as const);
  const user = call.pool.users.addUser(Username, Password, { confirmed: false, attributes: Object.fromEntries(pairs) });
  call.about(user);
  call.pool.users.sendCode(user, "sign-up", call.now);
  return {
    UserConfirmed: false,
    UserSub: user.sub,
    ...delivery(Username),
    ...signUpSession(ClientId, user, "SIGNING_UP", call),
  };
};

const confirmSignUp = z.object({
  ...common,
  ConfirmationCode: text,
  ForceAliasCreation: ignored,
  Session: z.string().optional(),
});

export const ConfirmSignUp: PoolOperation = (input, call) => {
  const { ClientId, Username, ConfirmationCode, Session } = readChecked(confirmSignUp, input, call);
  const user = findUser(Username, call);
  if (!user) throw new AwsError("ExpiredCodeException", "Invalid code provided, please request a code again.");
  if (user.confirmed)
    throw new AwsError("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED");
  checkSignUpSession(Session, { clientId: ClientId, username: Username }, call);
  call.pool.users.useCode(user, "sign-up", ConfirmationCode, call.now);
  user.confirmed = true;
  const proved = ["email", "phone_number"].find((name) => user.attributes[name]);
  if (proved) user.attributes[`${proved}_verified`] = "true";
  return signUpSession(ClientId, user, "SIGNED_UP", call);
};

const named = z.object(common);

export const ResendConfirmationCode: PoolOperation = (input, call) => {
  const { Username } = readChecked(named, input, call);
  const user = findUser(Username, call);
  if (user?.confirmed) throw new AwsError("InvalidParameterException", "User is already confirmed.");
  if (user) call.pool.users.sendCode(user, "sign-up", call.now);
  return delivery(Username);
};

export const ForgotPassword: PoolOperation = (input, call) => {
  const { Username } = readChecked(named, input, call);
  const user = findUser(Username, call);
  if (user && !user.confirmed)
    throw new AwsError(
      "InvalidParameterException",
      "Cannot reset password for the user as there is no registered/verified email or phone_number",
    );
  if (user && user.temporaryUntil !== null)
    throw new AwsError("NotAuthorizedException", "User password cannot be reset in the current state.");
  if (user) call.pool.users.sendCode(user, "password", call.now);
  return delivery(Username);
};

const confirmForgot = z.object({ ...common, ConfirmationCode: text, Password: text.max(256) });

export const ConfirmForgotPassword: PoolOperation = (input, call) => {
  const { Username, ConfirmationCode, Password } = readChecked(confirmForgot, input, call);
  checkPassword(Password);
  const user = findUser(Username, call);
  if (!user) throw new AwsError("ExpiredCodeException", "Invalid code provided, please request a code again.");
  call.pool.users.useCode(user, "password", ConfirmationCode, call.now);
  call.pool.users.setPassword(user, Password);
  call.pool.users.passwordProved(user);
  return {};
};
