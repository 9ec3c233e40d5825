/** The challenges that need no code to be sent and no device to be known. */
import { challenge, userParameters } from "./challenge-answer.ts";
import type { ProvedSignIn } from "./challenge-sessions.ts";
import type { PoolCall } from "./pool.ts";

type Output = Record<string, unknown>;

export const ATTRIBUTE_PREFIX = "userAttributes.";

export function challengeNewPassword(signIn: ProvedSignIn, call: PoolCall): Output {
  const { sub, ...attributes } = signIn.user.attributes;
  const missing = call.pool.signIns.settings.requiredAttributes.filter((name) => !attributes[name]);
  const parameters = {
    ...userParameters(signIn),
    requiredAttributes: JSON.stringify(missing.map((name) => `${ATTRIBUTE_PREFIX}${name}`)),
    userAttributes: JSON.stringify(attributes),
  };
  return challenge("NEW_PASSWORD_REQUIRED", { challenge: "NEW_PASSWORD_REQUIRED" }, signIn, parameters, call);
}
