/**
 * Tokens: signed access and ID tokens, and opaque refresh tokens. All that comes from one sign-in is one session,
 * tied together by `origin_jti`: revoking any refresh token of it revokes all the rest.
 */
import * as z from "zod";

import { HOUR, type Instant } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";
import type { DeviceName } from "./device-keys.ts";
import { type RandomBytes, randomUuid } from "./random.ts";
import { RefreshTokens, type Session } from "./refresh-tokens.ts";
import { ClaimSigner } from "./signed-claims.ts";
import type { User } from "./users.ts";

export interface TokenSet {
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly ExpiresIn: number;
  readonly TokenType: "Bearer";
  readonly RefreshToken?: string;
}

const claimsSchema = z.object({
  token_use: z.literal("access"),
  username: z.string(),
  origin_jti: z.string(),
  iss: z.string(),
  exp: z.number(),
});

/** What an access token says. */
export interface Access {
  /** The internal user name. */
  readonly username: string;
  readonly session: Session;
}

export class Tokens {
  readonly refreshTokens: RefreshTokens;
  readonly #issuer: string;
  readonly #random: RandomBytes;
  readonly #signer = new ClaimSigner();

  constructor(issuer: string, random: RandomBytes) {
    this.#issuer = issuer;
    this.#random = random;
    this.refreshTokens = new RefreshTokens(random);
  }

  /** A fresh sign-in: all three tokens. */
  grant(user: User, clientId: string, now: Instant, device: DeviceName | null = null): TokenSet {
    const session = this.refreshTokens.open(user, clientId, device, now);
    return { ...this.issue(session, now), RefreshToken: this.refreshTokens.add(session) };
  }

  readAccess(token: string, now: Instant): Access {
    const parsed = claimsSchema.safeParse(this.#signer.read(token));
    if (!parsed.success || parsed.data.iss !== this.#issuer)
      throw new AwsError("NotAuthorizedException", "Invalid Access Token");
    const { username, origin_jti, exp } = parsed.data;
    if (exp * 1000 <= now) throw new AwsError("NotAuthorizedException", "Access Token has expired");
    const session = this.refreshTokens.sessionOf(origin_jti);
    if (!session) throw new AwsError("NotAuthorizedException", "Access Token has been revoked");
    return { username, session };
  }

  /** Access and ID token of a session. */
  issue({ user, clientId, originJti, at, device }: Session, now: Instant): TokenSet {
    const common = {
      sub: user.sub,
      iss: this.#issuer,
      origin_jti: originJti,
      event_id: randomUuid(this.#random),
      auth_time: Math.floor(at / 1000),
      iat: Math.floor(now / 1000),
      exp: Math.floor((now + HOUR) / 1000),
    };
    const access = {
      ...common,
      ...(device && { device_key: device.key }),
      token_use: "access",
      scope: "aws.cognito.signin.user.admin",
      client_id: clientId,
      username: user.sub,
    };
    const id = { ...common, token_use: "id", aud: clientId, "cognito:username": user.sub, ...claimsOf(user) };
    return {
      AccessToken: this.#signer.sign({ ...access, jti: randomUuid(this.#random) }),
      IdToken: this.#signer.sign({ ...id, jti: randomUuid(this.#random) }),
      ExpiresIn: HOUR / 1000,
      TokenType: "Bearer",
    };
  }
}

/** A user's attributes as claims: those that say whether something was verified are booleans there. */
function claimsOf({ attributes }: User): Record<string, unknown> {
  const entries = Object.entries(attributes);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, name.endsWith("_verified") ? value === "true" : value]),
  );
}
