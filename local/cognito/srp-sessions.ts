/** Sign-ins between InitiateAuth and the answer to PASSWORD_VERIFIER. A secret block is good for one answer. */
import { type Instant, MINUTE } from "../../functions/domain/instant.ts";
import type { RandomBytes } from "./random.ts";
import { claimSignature, serverKey, serverPublic, toBigInt } from "./srp.ts";
import type { User } from "./users.ts";

interface Session {
  readonly clientId: string;
  readonly user: User | null;
  readonly userId: string;
  readonly until: Instant;
  readonly verifier: bigint;
  readonly b: bigint;
  readonly A: bigint;
  readonly B: bigint;
}

export interface SrpChallenge {
  readonly userId: string;
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
  readonly #sessions = new Map<string, Session>();
  readonly #poolName: string;
  readonly #random: RandomBytes;

  constructor(poolName: string, random: RandomBytes) {
    this.#poolName = poolName;
    this.#random = random;
  }

  /** `user` is null for a name that does not exist, whose sign-in must look the same and fail at its end. */
  open(opening: Pick<Session, "clientId" | "user" | "userId" | "verifier" | "A">, now: Instant): SrpChallenge {
    this.#dropExpired(now);
    const b = toBigInt(this.#random(32)) + 2n;
    const B = serverPublic(opening.verifier, b);
    const secretBlock = this.#random(96).toString("base64");
    this.#sessions.set(secretBlock, { ...opening, b, B, until: now + LIFETIME });
    return { userId: opening.userId, B, secretBlock };
  }

  /** The session that the answer belongs to and whether its signature is right; null if there is none (any more). */
  close(claim: PasswordClaim, now: Instant): { readonly user: User | null; readonly proved: boolean } | null {
    const session = this.#sessions.get(claim.secretBlock);
    this.#sessions.delete(claim.secretBlock);
    if (!session || session.until <= now || session.clientId !== claim.clientId) return null;
    const { userId } = session;
    const { secretBlock, timestamp } = claim;
    const expected = claimSignature({
      key: serverKey(session),
      poolName: this.#poolName,
      userId,
      secretBlock,
      timestamp,
    });
    return { user: session.user, proved: session.user !== null && expected === claim.signature };
  }

  #dropExpired(now: Instant): void {
    for (const [block, { until }] of this.#sessions) {
      if (until > now) return;
      this.#sessions.delete(block);
    }
  }
}
