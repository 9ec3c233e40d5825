/**
 * The client's half of Cognito's SRP-6a, as the Amplify libraries speak it. The traffic generator needs hundreds of
 * sign-ins in a few seconds, which the libraries' own big-number code is too slow for.
 */
import { createHash, createHmac, getDiffieHellman, hkdfSync, randomBytes } from "node:crypto";

/** Cognito uses the 3072-bit group of RFC 3526, which RFC 5054 took over. */
const N = toBig(getDiffieHellman("modp15").getPrime());
const G = 2n;
const K = toBig(sha256(Buffer.concat([padded(N), padded(G)])));

/** `ChallengeParameters` as Cognito sent them. */
export type Challenge = Readonly<Record<string, string | undefined>>;

export interface SrpSession {
  /** `SRP_A` of InitiateAuth. */
  readonly publicValue: string;
  /** The challenge responses that prove the password to a `PASSWORD_VERIFIER` challenge. */
  prove(challenge: Challenge, password: string, now: Date): Record<string, string>;
}

/** `poolName` is what stands after the underscore of the pool id. */
export function startSrp(poolName: string): SrpSession {
  const secret = toBig(randomBytes(32));
  const publicValue = power(G, secret);
  return {
    publicValue: publicValue.toString(16),
    prove: (challenge, password, now) => prove({ poolName, secret, publicValue }, challenge, password, now),
  };
}

interface Secrets {
  readonly poolName: string;
  readonly secret: bigint;
  readonly publicValue: bigint;
}

function prove(own: Secrets, challenge: Challenge, password: string, now: Date) {
  const { SALT = "", SRP_B = "", SECRET_BLOCK = "", USER_ID_FOR_SRP = "" } = challenge;
  const serverValue = BigInt(`0x${SRP_B}`);
  const mix = sha256(Buffer.concat([padded(own.publicValue), padded(serverValue)]));
  const identity = sha256(Buffer.from(`${own.poolName}${USER_ID_FOR_SRP}:${password}`));
  const x = toBig(sha256(Buffer.concat([padded(BigInt(`0x${SALT}`)), identity])));
  const base = (((serverValue - K * power(G, x)) % N) + N) % N;
  const shared = power(base, own.secret + toBig(mix) * x);
  const key = Buffer.from(hkdfSync("sha256", padded(shared), padded(toBig(mix)), "Caldera Derived Key", 16));
  const timestamp = cognitoTimestamp(now);
  const signature = createHmac("sha256", key)
    .update(own.poolName)
    .update(USER_ID_FOR_SRP)
    .update(Buffer.from(SECRET_BLOCK, "base64"))
    .update(timestamp)
    .digest("base64");
  return {
    USERNAME: USER_ID_FOR_SRP,
    PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
    PASSWORD_CLAIM_SIGNATURE: signature,
    TIMESTAMP: timestamp,
  };
}

/** `Tue Mar 3 04:05:06 UTC 2026`: English names, a day without leading zero, always UTC. */
export function cognitoTimestamp(now: Date): string {
  const [weekday = "", day = "", month = "", year = "", time = ""] = now.toUTCString().replace(",", "").split(" ");
  return `${weekday} ${month} ${Number(day)} ${time} UTC ${year}`;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % N;
    if (bit === "1") result = (result * base) % N;
  }
  return result;
}

/** Big-endian bytes with a zero byte in front where the number would read as negative (Java's `BigInteger`). */
function padded(value: bigint): Buffer {
  const hex = value.toString(16);
  const even = hex.length % 2 ? `0${hex}` : hex;
  return Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, "hex");
}

function toBig(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex")}`);
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
