/**
 * SRP exchanges between the client's public value and the proof of its password, a user's or a device's. A secret
 * block is good for one answer.
 */
import { type Instant, MINUTE } from "../../functions/domain/instant.ts";
import type { SignIn } from "./challenge-sessions.ts";
import type { RandomBytes } from "./random.ts";
import { claimSignature, serverKey, serverPublic, toBigInt } from "./srp.ts";

/** Whose password it is: a user's within the pool, or a device's within its group. */
export interface SrpIdentity {
  readonly groupName: string;
  readonly userId: string;
  readonly verifier: bigint;
}

interface SrpExchange extends SrpIdentity {
  readonly signIn: SignIn;
  readonly until: Instant;
  readonly b: bigint;
  readonly A: bigint;
  readonly B: bigint;
}

export interface SrpChallenge {
  readonly B: bigint;
  readonly secretBlock: string;
}

export interface PasswordClaim {
  readonly clientId: string;
  readonly secretBlock: string;
  readonly signature: string;
  readonly timestamp: string;
}

const LIFETIME = 3 * MINUTE;

export class SrpSessions {
  readonly #exchanges = new Map<string, SrpExchange>();
  readonly #random: RandomBytes;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  open(identity: SrpIdentity, A: bigint, signIn: SignIn, now: Instant): SrpChallenge {
    this.#dropExpired(now);
    const b = toBigInt(this.#random(32)) + 2n;
    const B = serverPublic(identity.verifier, b);
    const secretBlock = this.#random(96).toString("base64");
    this.#exchanges.set(secretBlock, { ...identity, signIn, A, b, B, until: now + LIFETIME });
    return { B, secretBlock };
  }

  /** The sign-in that the answer belongs to and whether its signature is right; null if there is none (any more). */
  check(claim: PasswordClaim, now: Instant): { readonly signIn: SignIn; readonly proved: boolean } | null {
    const { secretBlock, timestamp } = claim;
    const exchange = this.#exchanges.get(secretBlock);
    if (!exchange || exchange.until <= now || exchange.signIn.clientId !== claim.clientId) return null;
    const { signIn, groupName, userId } = exchange;
    const key = serverKey(exchange);
    const expected = claimSignature({ key, poolName: groupName, userId, secretBlock, timestamp });
    return { signIn, proved: signIn.user !== null && expected === claim.signature };
  }

  end(secretBlock: string): void {
    this.#exchanges.delete(secretBlock);
  }

  #dropExpired(now: Instant): void {
    for (const [block, { until }] of this.#exchanges) {
      if (until > now) return;
      this.#exchanges.delete(block);
    }
  }
}
