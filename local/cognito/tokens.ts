/**
 * Tokens: JSON Web Tokens that are really signed, and opaque refresh tokens. Revoking a refresh token revokes the
 * access tokens that came from it, which `origin_jti` ties together.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";

import * as z from "zod";

import { DAY, HOUR, type Instant } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";
import { type RandomBytes, randomUuid } from "./random.ts";
import type { User } from "./users.ts";

interface Grant {
  readonly user: User;
  readonly clientId: string;
  readonly originJti: string;
  readonly at: Instant;
}

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

export class Tokens {
  readonly #grants = new Map<string, Grant>();
  readonly #live = new Set<string>();
  readonly #issuer: string;
  readonly #random: RandomBytes;
  // Cognito signs with RS256; an elliptic key spares the local world the making of an RSA key at each start.
  readonly #key: KeyObject = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  readonly #publicKey: KeyObject = createPublicKey(this.#key);

  constructor(issuer: string, random: RandomBytes) {
    this.#issuer = issuer;
    this.#random = random;
  }

  /** A fresh sign-in: all three tokens. */
  grant(user: User, clientId: string, now: Instant): TokenSet {
    const grant = { user, clientId, originJti: randomUuid(this.#random), at: now };
    const RefreshToken = this.#random(96).toString("base64url");
    this.#grants.set(RefreshToken, grant);
    this.#live.add(grant.originJti);
    return { ...this.#issue(grant, now), RefreshToken };
  }

  /** Whose refresh token it is; throws if it is unknown, revoked, too old or another client's. */
  readRefreshToken(token: string, clientId: string, now: Instant): User {
    return this.#grantOf(token, clientId, now).user;
  }

  refresh(token: string, clientId: string, now: Instant): TokenSet {
    return this.#issue(this.#grantOf(token, clientId, now), now);
  }

  /** Revoking what does not exist succeeds, as RFC 7009 wants. */
  revoke(token: string, clientId: string): User | null {
    const grant = this.#grants.get(token);
    if (grant?.clientId !== clientId) return null;
    this.#live.delete(grant.originJti);
    return grant.user;
  }

  revokeAll(user: User): void {
    for (const grant of this.#grants.values()) if (grant.user === user) this.#live.delete(grant.originJti);
  }

  /** The internal user name in an access token. */
  readAccessToken(token: string, now: Instant): string {
    const claims = this.#verified(token);
    if (!claims) throw new AwsError("NotAuthorizedException", "Invalid Access Token");
    if (claims.exp * 1000 <= now) throw new AwsError("NotAuthorizedException", "Access Token has expired");
    if (!this.#live.has(claims.origin_jti))
      throw new AwsError("NotAuthorizedException", "Access Token has been revoked");
    return claims.username;
  }

  #grantOf(token: string, clientId: string, now: Instant): Grant {
    const grant = this.#grants.get(token);
    if (grant?.clientId !== clientId) throw new AwsError("NotAuthorizedException", "Invalid Refresh Token");
    if (!this.#live.has(grant.originJti))
      throw new AwsError("NotAuthorizedException", "Refresh Token has been revoked");
    if (now >= grant.at + 30 * DAY) throw new AwsError("NotAuthorizedException", "Refresh Token has expired");
    return grant;
  }

  #issue({ user, clientId, originJti, at }: Grant, now: Instant): TokenSet {
    const common = {
      sub: user.sub,
      iss: this.#issuer,
      origin_jti: originJti,
      event_id: randomUuid(this.#random),
      auth_time: Math.floor(at / 1000),
      iat: Math.floor(now / 1000),
      exp: Math.floor((now + HOUR) / 1000),
    };
    const access = { ...common, token_use: "access", client_id: clientId, username: user.sub };
    const id = { ...common, token_use: "id", aud: clientId, "cognito:username": user.sub, ...user.attributes };
    return {
      AccessToken: this.#sign({ ...access, scope: "aws.cognito.signin.user.admin", jti: randomUuid(this.#random) }),
      IdToken: this.#sign({ ...id, jti: randomUuid(this.#random) }),
      ExpiresIn: HOUR / 1000,
      TokenType: "Bearer",
    };
  }

  #sign(claims: Readonly<Record<string, unknown>>): string {
    const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString("base64url");
    const text = `${encode({ kid: "local", alg: "ES256" })}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(text), { key: this.#key, dsaEncoding: "ieee-p1363" });
    return `${text}.${signature.toString("base64url")}`;
  }

  #verified(token: string): z.infer<typeof claimsSchema> | null {
    const [head = "", claims = "", signature = ""] = token.split(".");
    const signed = Buffer.from(`${head}.${claims}`);
    const key = { key: this.#publicKey, dsaEncoding: "ieee-p1363" } as const;
    if (!verify("sha256", signed, key, Buffer.from(signature, "base64url"))) return null;
    const parsed = claimsSchema.safeParse(JSON.parse(Buffer.from(claims, "base64url").toString()));
    return parsed.success && parsed.data.iss === this.#issuer ? parsed.data : null;
  }
}
