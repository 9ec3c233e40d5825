/**
 * What comes after a challenge was answered rightly, in this order: a password of the user's own, a second factor, the
 * proof of a remembered device, tokens.
 */
import { AwsError } from "../aws-wire.ts";
import type { ProvedSignIn } from "./challenge-sessions.ts";
import { challengeNewPassword } from "./challenges.ts";
import { challengeDevice, rememberedDevice } from "./device-challenge.ts";
import { newDevice } from "./devices.ts";
import type { PoolCall } from "./pool.ts";
import { challengeSecondFactor } from "./second-factor.ts";
import { runTrigger } from "./triggers.ts";

type Output = Record<string, unknown>;

export function afterFirstFactor(signIn: ProvedSignIn, call: PoolCall): Output {
  const { user } = signIn;
  call.pool.users.passwordProved(user);
  if (!user.confirmed) throw new AwsError("UserNotConfirmedException", "User is not confirmed.");
  if (signIn.firstFactor !== "password" || user.temporaryUntil === null) return afterPassword(signIn, call);
  if (user.temporaryUntil <= call.now)
    throw new AwsError(
      "NotAuthorizedException",
      "Temporary password has expired and must be reset by an administrator.",
    );
  return challengeNewPassword(signIn, call);
}

export function afterPassword(signIn: ProvedSignIn, call: PoolCall): Output {
  const { devices } = call.pool.signIns.settings;
  if (devices?.replacesMfa && rememberedDevice(signIn, call)) return challengeDevice(signIn, call);
  const challenge = signIn.firstFactor === "password" ? challengeSecondFactor(signIn, call) : null;
  return challenge ?? afterSecondFactor(signIn, call);
}

export function afterSecondFactor(signIn: ProvedSignIn, call: PoolCall): Output {
  return rememberedDevice(signIn, call) ? challengeDevice(signIn, call) : finish(signIn, call);
}

/** Tokens, and a key for the device if it has none that the user knows. */
export function finish({ user, clientId, deviceKey }: ProvedSignIn, call: PoolCall): Output {
  const { pool, now } = call;
  const known = pool.signIns.settings.devices && deviceKey !== null ? user.devices.get(deviceKey) : undefined;
  const fresh = known ? null : newDevice(call);
  runTrigger(pool.triggers, "PreTokenGeneration");
  const tokens = pool.tokens.grant(user, clientId, now, known ?? fresh?.name);
  return { ChallengeParameters: {}, AuthenticationResult: { ...tokens, ...fresh?.metadata } };
}
