/** Codes of authenticator apps. A code is good once, from half a minute before its own half minute to one after. */
import { Secret, TOTP } from "otpauth";

import { type Instant, SECOND } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";
import type { RandomBytes } from "./random.ts";
import type { Totp } from "./user.ts";

const PERIOD = 30 * SECOND;
const WINDOW = 1;

export function newTotpSecret(random: RandomBytes): string {
  return new Secret({ buffer: new Uint8Array(random(32)).buffer }).base32;
}

/** Which half minute's code it is; null for a wrong one. */
function stepOf(secret: string, code: string, now: Instant): number | null {
  const delta = TOTP.validate({ secret: Secret.fromBase32(secret), token: code, timestamp: now, window: WINDOW });
  return delta === null ? null : Math.floor(now / PERIOD) + delta;
}

/** Whether the code is the secret's; throws if it was used before. A right code is used up. */
export function useTotp(totp: Totp, secret: string, code: string, now: Instant): boolean {
  const step = stepOf(secret, code, now);
  if (step === null) return false;
  const used = totp.secret === secret ? totp.used : [];
  if (used.includes(step))
    throw new AwsError("ExpiredCodeException", "Your software token has already been used once.");
  totp.used = [...used.filter((earlier) => earlier >= Math.floor(now / PERIOD) - WINDOW), step];
  return true;
}
