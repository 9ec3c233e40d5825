/** What a signed-in user does with an access token; no client secret is asked for here. */
import * as z from "zod";

import { AwsError } from "../aws-wire.ts";
import { userOf } from "./access.ts";
import { readInput, text } from "./input.ts";
import { mfaSettingsOf } from "./mfa-preference.ts";
import { checkPassword } from "./passwords.ts";
import type { PoolOperation } from "./pool.ts";

const tokenOnly = z.object({ AccessToken: text });

export const GetUser: PoolOperation = (input, call) => {
  const user = userOf(readInput(tokenOnly, input).AccessToken, call);
  const UserAttributes = Object.entries(user.attributes).map(([Name, Value]) => ({ Name, Value }));
  return { Username: user.sub, UserAttributes, ...mfaSettingsOf(user) };
};

export const GlobalSignOut: PoolOperation = (input, call) => {
  call.pool.tokens.refreshTokens.endAll(userOf(readInput(tokenOnly, input).AccessToken, call));
  return {};
};

export const DeleteUser: PoolOperation = (input, call) => {
  const user = userOf(readInput(tokenOnly, input).AccessToken, call);
  call.pool.tokens.refreshTokens.endAll(user);
  call.pool.users.remove(user);
  return {};
};

const changePassword = z.object({ AccessToken: text, PreviousPassword: text, ProposedPassword: text.max(256) });

export const ChangePassword: PoolOperation = (input, call) => {
  const { AccessToken, PreviousPassword, ProposedPassword } = readInput(changePassword, input);
  const { users } = call.pool;
  const user = userOf(AccessToken, call);
  users.checkLock(user, call.now);
  if (!users.isPassword(user, PreviousPassword)) {
    users.passwordFailed(user, call.now);
    throw new AwsError("NotAuthorizedException", "Incorrect username or password.");
  }
  checkPassword(ProposedPassword);
  users.setPassword(user, ProposedPassword);
  return {};
};
