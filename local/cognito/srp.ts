/**
 * SRP-6a as Cognito speaks it: the 3072-bit group of RFC 3526, SHA-256, hexadecimal with a leading zero byte where
 * the highest bit is set (as Java's BigInteger prints it), and a session key by HKDF with "Caldera Derived Key".
 */
import { createDiffieHellman, createDiffieHellmanGroup, createHash, createHmac, hkdfSync } from "node:crypto";

const PRIME = createDiffieHellmanGroup("modp15").getPrime();
const N = toBigInt(PRIME);
const G = 2n;
const K = hashOf(padded(N), padded(G));

// OpenSSL's exponentiation is six times as fast as one with BigInt; Diffie-Hellman is the only door to it.
const exponentiation = createDiffieHellman(PRIME, Buffer.from([2]));

export function modPow(base: bigint, exponent: bigint): bigint {
  exponentiation.setPrivateKey(toBytes(exponent));
  if (base === G) return toBigInt(exponentiation.generateKeys());
  return toBigInt(exponentiation.computeSecret(toBytes(base)));
}

export interface Identity {
  /** The part of the pool id after the underscore. */
  readonly poolName: string;
  /** The internal user name, `USER_ID_FOR_SRP`; not the alias that the user typed. */
  readonly userId: string;
  readonly password: string;
}

function privateKey({ poolName, userId, password }: Identity, salt: bigint): bigint {
  const identity = createHash("sha256").update(`${poolName}${userId}:${password}`).digest();
  return hashOf(padded(salt), identity);
}

export function verifierOf(identity: Identity, salt: bigint): bigint {
  return modPow(G, privateKey(identity, salt));
}

/** The server's public value for its secret `b`. */
export function serverPublic(verifier: bigint, b: bigint): bigint {
  return (K * verifier + modPow(G, b)) % N;
}

export function clientPublic(a: bigint): bigint {
  return modPow(G, a);
}

/** A public value that would make the shared secret predictable, or is no element of the group. */
export function isIllegal(publicValue: bigint): boolean {
  return publicValue <= 1n || publicValue >= N - 1n;
}

export interface ServerSide {
  readonly verifier: bigint;
  readonly b: bigint;
  readonly A: bigint;
  readonly B: bigint;
}

export function serverKey({ verifier, b, A, B }: ServerSide): Buffer {
  const u = hashOf(padded(A), padded(B));
  return sessionKey(modPow((A * modPow(verifier, u)) % N, b), u);
}

export interface ClientSide extends Identity {
  readonly salt: bigint;
  readonly a: bigint;
  readonly A: bigint;
  readonly B: bigint;
}

export function clientKey({ salt, a, A, B, ...identity }: ClientSide): Buffer {
  const u = hashOf(padded(A), padded(B));
  const x = privateKey(identity, salt);
  const base = (((B - K * modPow(G, x)) % N) + N) % N;
  return sessionKey(modPow(base, a + u * x), u);
}

export interface Claim {
  readonly key: Buffer;
  readonly poolName: string;
  readonly userId: string;
  readonly secretBlock: string;
  readonly timestamp: string;
}

/** `PASSWORD_CLAIM_SIGNATURE`: proves that both sides came to the same key. */
export function claimSignature({ key, poolName, userId, secretBlock, timestamp }: Claim): string {
  const block = Buffer.from(secretBlock, "base64");
  return createHmac("sha256", key).update(poolName).update(userId).update(block).update(timestamp).digest("base64");
}

function sessionKey(shared: bigint, u: bigint): Buffer {
  return Buffer.from(hkdfSync("sha256", padded(shared), padded(u), "Caldera Derived Key", 16));
}

function hashOf(...parts: readonly Buffer[]): bigint {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return toBigInt(hash.digest());
}

function padded(value: bigint): Buffer {
  const bytes = toBytes(value);
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
}

function toBytes(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
}

export function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex") || "0"}`);
}

/** Null for what is no hexadecimal number of the group's size. */
export function fromHex(text: string): bigint | null {
  return /^[0-9a-f]{1,770}$/i.test(text) ? BigInt(`0x${text}`) : null;
}
