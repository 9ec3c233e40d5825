/** Users that do not exist, where the pool hides who does: the same name gets the same answers, each time. */
import { createHash } from "node:crypto";

import { toBigInt, verifierOf } from "./srp.ts";

export interface Decoy {
  readonly userId: string;
  readonly salt: bigint;
  readonly verifier: bigint;
}

export function decoyOf(username: string, poolName: string): Decoy {
  const userId = decoyId(username, poolName);
  const salt = toBigInt(hashOf(username, poolName).subarray(16));
  return { userId, salt, verifier: verifierOf({ poolName, userId, password: username }, salt) };
}

/** The internal user name that it would have. */
export function decoyId(username: string, poolName: string): string {
  const hex = hashOf(username, poolName).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

function hashOf(username: string, poolName: string): Buffer {
  return createHash("sha256").update(`${poolName}/${username.toLowerCase()}`).digest();
}
