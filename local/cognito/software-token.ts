/**
 * Setting up an authenticator app, by a signed-in user (access token) or within a sign-in that wants a second factor
 * (session). A new secret replaces the old one with its first code.
 */
import * as z from "zod";

import { AwsError } from "../aws-wire.ts";
import { userOf } from "./access.ts";
import { checkAttempts, failed, succeeded } from "./attempts.ts";
import { proved } from "./challenge-answer.ts";
import type { Open } from "./challenge-sessions.ts";
import { readInput, text } from "./input.ts";
import type { PoolCall, PoolOperation } from "./pool.ts";
import { newTotpSecret, useTotp } from "./totp.ts";
import type { User } from "./users.ts";

const either = { AccessToken: text.optional(), Session: text.optional() };
type Either = { readonly AccessToken?: string | undefined; readonly Session?: string | undefined };

/** Whose app it is, and the challenge where it is set up within a sign-in. */
function read({ AccessToken, Session }: Either, call: PoolCall): { user: User; open: Open<"MFA_SETUP"> | null } {
  const { challenges, settings } = call.pool.signIns;
  if ((AccessToken === undefined) === (Session === undefined))
    throw new AwsError("InvalidParameterException", "Either AccessToken or Session must be given, and not both");
  const open = AccessToken === undefined ? challenges.find(Session, ["MFA_SETUP"], call.now) : null;
  const user = open ? proved(open.signIn).user : userOf(AccessToken ?? "", call);
  call.about(user);
  if (settings.mfa === "off" || !settings.mfaMethods.includes("SOFTWARE_TOKEN_MFA"))
    throw new AwsError("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool.");
  return { user, open };
}

const associate = z.object(either);

export const AssociateSoftwareToken: PoolOperation = (input, call) => {
  const { user, open } = read(readInput(associate, input), call);
  const secret = newTotpSecret(call.pool.signIns.random);
  if (open) return { SecretCode: secret, Session: nextSession(open, { secret, verified: false }, call) };
  user.totp.pending = secret;
  return { SecretCode: secret };
};

function nextSession(
  open: Open<"MFA_SETUP">,
  state: { readonly secret: string; readonly verified: boolean },
  { pool, now }: PoolCall,
): string {
  pool.signIns.challenges.use(open);
  return pool.signIns.challenges.open(open.signIn, { challenge: "MFA_SETUP", ...state }, now);
}

const verify = z.object({
  ...either,
  UserCode: z.string().regex(/^\d{6}$/, "must be six digits"),
  FriendlyDeviceName: z.string().default(""),
});

export const VerifySoftwareToken: PoolOperation = (input, call) => {
  const { UserCode, FriendlyDeviceName, ...access } = readInput(verify, input);
  const { user, open } = read(access, call);
  const { totp } = user;
  const secret = open ? open.step.secret : totp.pending;
  if (secret === null)
    throw new AwsError("SoftwareTokenMFANotFoundException", "Software Token MFA does not exist for the user.");
  checkAttempts(totp, call.now);
  if (!useTotp(totp, secret, UserCode, call.now)) {
    failed(totp, call.now);
    throw new AwsError("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA");
  }
  succeeded(totp);
  Object.assign(totp, { secret, pending: null, friendlyName: FriendlyDeviceName });
  return { Status: "SUCCESS", ...(open && { Session: nextSession(open, { secret, verified: true }, call) }) };
};
