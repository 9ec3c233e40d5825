/** Which second factor a sign-in wants, and the challenge for it. */
import { MINUTE } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";
import { challenge, userParameters } from "./challenge-answer.ts";
import type { ProvedSignIn } from "./challenge-sessions.ts";
import type { PoolCall } from "./pool.ts";
import type { MfaMethod, SignInSettings } from "./settings.ts";
import { masked, type User } from "./user.ts";

type Output = Record<string, unknown>;

/** Whether the user has what the method needs: a number, an address, an app that has shown a code. */
export function hasMeansFor({ attributes, totp }: User, method: MfaMethod): boolean {
  if (method === "SOFTWARE_TOKEN_MFA") return totp.secret !== null;
  return Boolean(attributes[method === "SMS_MFA" ? "phone_number" : "email"]);
}

/** The methods that a sign-in may ask for. Where the pool requires one, what the user could use counts as chosen. */
export function secondFactorsOf(user: User, { mfa, mfaMethods }: SignInSettings): readonly MfaMethod[] {
  if (mfa === "off") return [];
  const possible = mfaMethods.filter((method) => hasMeansFor(user, method));
  const chosen = possible.filter((method) => user.mfa.enabled.includes(method));
  return mfa === "required" && chosen.length === 0 ? possible : chosen;
}

/** The challenge for a second factor; null if the sign-in needs none. */
export function challengeSecondFactor(signIn: ProvedSignIn, call: PoolCall): Output | null {
  const { settings } = call.pool.signIns;
  const { user } = signIn;
  const methods = secondFactorsOf(user, settings);
  const only = methods.length === 1 ? methods[0] : undefined;
  const method = methods.find((name) => name === user.mfa.preferred) ?? only;
  if (method) return challengeMethod(method, signIn, call);
  if (methods.length > 0) return challengeSelection(methods, signIn, call);
  return settings.mfa === "required" ? challengeSetup(signIn, call) : null;
}

function challengeSelection(methods: readonly MfaMethod[], signIn: ProvedSignIn, call: PoolCall): Output {
  const parameters = { ...userParameters(signIn), MFAS_CAN_CHOOSE: JSON.stringify(methods) };
  return challenge("SELECT_MFA_TYPE", { challenge: "SELECT_MFA_TYPE", methods }, signIn, parameters, call);
}

function challengeSetup(signIn: ProvedSignIn, call: PoolCall): Output {
  const methods = call.pool.signIns.settings.mfaMethods;
  const parameters = { ...userParameters(signIn), MFAS_CAN_SETUP: JSON.stringify(methods) };
  const step = { challenge: "MFA_SETUP", secret: null, verified: false } as const;
  return challenge("MFA_SETUP", step, signIn, parameters, call);
}

export function challengeMethod(method: MfaMethod, signIn: ProvedSignIn, call: PoolCall): Output {
  if (method === "SOFTWARE_TOKEN_MFA") return challengeApp(signIn, call);
  if (method === "EMAIL_OTP") return challengeEmail(signIn, call);
  const { code, delivery } = sendCode(signIn, "phone_number", 6, call);
  const parameters = { ...userParameters(signIn), ...delivery };
  return challenge("SMS_MFA", { challenge: "SMS_MFA", code }, signIn, parameters, call);
}

function challengeApp(signIn: ProvedSignIn, call: PoolCall): Output {
  const name = signIn.user.totp.friendlyName;
  const parameters = { ...userParameters(signIn), ...(name && { FRIENDLY_DEVICE_NAME: name }) };
  return challenge("SOFTWARE_TOKEN_MFA", { challenge: "SOFTWARE_TOKEN_MFA" }, signIn, parameters, call);
}

/** On the wire it has the name of the one-time password of USER_AUTH. `verifies`: see MFA_SETUP with an address. */
export function challengeEmail(signIn: ProvedSignIn, call: PoolCall, verifies = false): Output {
  const { code, delivery } = sendCode(signIn, "email", 8, call);
  const parameters = { ...userParameters(signIn), ...delivery };
  return challenge("EMAIL_OTP", { challenge: "EMAIL_MFA", code, verifies }, signIn, parameters, call);
}

/** Sends a code that is as good as long as the challenge. */
export function sendCode(
  { user }: ProvedSignIn,
  attribute: "email" | "phone_number",
  digits: number,
  { pool, now }: PoolCall,
) {
  const address = user.attributes[attribute];
  if (!address) throw new AwsError("CodeDeliveryFailureException", "Unable to deliver code to user");
  const code = pool.users.sendSignInCode(user, digits, now + pool.signIns.settings.sessionMinutes * MINUTE);
  return { code, delivery: deliveryParameters(attribute, address) };
}

export function deliveryParameters(attribute: "email" | "phone_number", address: string) {
  return {
    CODE_DELIVERY_DELIVERY_MEDIUM: attribute === "email" ? "EMAIL" : "SMS",
    CODE_DELIVERY_DESTINATION: masked(address),
  };
}
