/** Sessions and the refresh tokens that prolong them: one each, or with rotation a new one at every use. */
import { DAY, type Instant, SECOND } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";
import type { DeviceName } from "./device-keys.ts";
import { type RandomBytes, randomUuid } from "./random.ts";
import type { User } from "./users.ts";

export interface Session {
  readonly id: string;
  readonly originJti: string;
  readonly user: User;
  readonly clientId: string;
  /** When the user signed in; all refresh tokens expire by it. */
  readonly at: Instant;
  lastActiveAt: Instant;
  device: DeviceName | null;
}

interface Token {
  readonly session: Session;
  /** Since when another has taken its place. */
  rotatedAt: Instant | null;
}

const LIFETIME = 30 * DAY;
const notAuthorized = (message: string) => new AwsError("NotAuthorizedException", message);

export class RefreshTokens {
  readonly #tokens = new Map<string, Token>();
  readonly #sessions = new Map<string, Session>();
  readonly #random: RandomBytes;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  open(user: User, clientId: string, device: DeviceName | null, now: Instant): Session {
    const id = `tkn${this.#random(20).toString("hex").slice(0, 25)}`;
    const session = { id, originJti: randomUuid(this.#random), user, clientId, at: now, lastActiveAt: now, device };
    this.#sessions.set(session.originJti, session);
    return session;
  }

  add(session: Session): string {
    const token = this.#random(96).toString("base64url");
    this.#tokens.set(token, { session, rotatedAt: null });
    return token;
  }

  /** Undefined once it was revoked. */
  sessionOf(originJti: string): Session | undefined {
    return this.#sessions.get(originJti);
  }

  /** Those that can still be prolonged. */
  sessionsOf(user: User, now: Instant): Session[] {
    return this.#all(user).filter(({ at }) => now < at + LIFETIME);
  }

  #all(user: User): Session[] {
    return [...this.#sessions.values()].filter((session) => session.user === user);
  }

  /** Throws if the token is unknown, revoked, rotated out, too old or another client's. */
  read(token: string, clientId: string, graceSeconds: number, now: Instant): Session {
    const found = this.#tokens.get(token);
    if (found?.session.clientId !== clientId) throw notAuthorized("Invalid Refresh Token.");
    const { session, rotatedAt } = found;
    if (!this.#sessions.has(session.originJti)) throw notAuthorized("Refresh Token has been revoked");
    if (now >= session.at + LIFETIME) throw notAuthorized("Refresh Token has expired");
    if (rotatedAt !== null && now >= rotatedAt + graceSeconds * SECOND)
      throw new AwsError("RefreshTokenReuseException", "Refresh Token has been invalidated by rotation");
    return session;
  }

  /** Another token in place of this one. */
  rotate(token: string, session: Session, now: Instant): string {
    const found = this.#tokens.get(token);
    if (found) found.rotatedAt ??= now;
    return this.add(session);
  }

  /** Revoking what does not exist succeeds, as RFC 7009 wants. */
  revoke(token: string, clientId: string): User | null {
    const session = this.#tokens.get(token)?.session;
    if (session?.clientId !== clientId) return null;
    this.end(session);
    return session.user;
  }

  end({ originJti }: Session): void {
    this.#sessions.delete(originJti);
  }

  endAll(user: User): void {
    for (const session of this.#all(user)) this.end(session);
  }
}
