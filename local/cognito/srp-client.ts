/**
 * The client's side of a sign-in with SRP, fast enough to play hundreds of users: the identity SDK for JavaScript
 * needs some hundred milliseconds for the same arithmetic.
 */
import { claimSignature, clientKey, clientPublic, fromHex, toBigInt } from "./srp.ts";

export interface SrpClient {
  /** `AuthParameters.SRP_A`. */
  readonly srpA: string;
  /** The answer to PASSWORD_VERIFIER without SECRET_HASH. Throws if the challenge is not complete. */
  answer(challenge: Readonly<Record<string, string>>, password: string, now: Date): Record<string, string>;
}

export function createSrpClient(poolName: string, random: (bytes: number) => Buffer): SrpClient {
  const a = toBigInt(random(32)) + 2n;
  const A = clientPublic(a);
  return {
    srpA: A.toString(16),
    answer(challenge, password, now) {
      const { USER_ID_FOR_SRP: userId, SECRET_BLOCK: secretBlock } = challenge;
      const salt = fromHex(challenge["SALT"] ?? "");
      const B = fromHex(challenge["SRP_B"] ?? "");
      if (!userId || !secretBlock || salt === null || B === null) throw new Error("The SRP challenge is not complete");
      const key = clientKey({ poolName, userId, password, salt, a, A, B });
      const timestamp = srpTimestamp(now);
      return {
        USERNAME: userId,
        PASSWORD_CLAIM_SECRET_BLOCK: secretBlock,
        PASSWORD_CLAIM_SIGNATURE: claimSignature({ key, poolName, userId, secretBlock, timestamp }),
        TIMESTAMP: timestamp,
      };
    },
  };
}

/** `Mon Nov 3 04:05:06 UTC 2026`: the day of the month without a leading zero, else Cognito refuses it. */
export function srpTimestamp(now: Date): string {
  const [weekday = "", day = "", month = "", year = "", time = ""] = now.toUTCString().replace(",", "").split(" ");
  return `${weekday} ${month} ${Number(day)} ${time} UTC ${year}`;
}
