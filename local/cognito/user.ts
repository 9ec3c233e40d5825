/** One user and what the pool knows of it. */
import type { Instant } from "../../functions/domain/instant.ts";
import type { MfaMethod } from "./settings.ts";

export interface User {
  /** Also the internal user name, as in a pool that signs in by e-mail address. */
  readonly sub: string;
  readonly username: string;
  readonly attributes: Record<string, string>;
  salt: bigint;
  verifier: bigint;
  confirmed: boolean;
  /** Until when the password that someone else chose may be replaced; null for a password of the user's own. */
  temporaryUntil: Instant | null;
  /** The message that came last, whatever it was for. */
  code: Code | null;
  readonly codes: Map<CodePurpose, Code>;
  codesSent: Instant[];
  failures: number;
  lockedUntil: Instant;
  mfa: { enabled: readonly MfaMethod[]; preferred: MfaMethod | null };
  readonly totp: Totp;
  readonly devices: Map<string, Device>;
}

/** `email` and `phone_number`: to prove a new address or number. */
export type CodePurpose = "sign-up" | "password" | "email" | "phone_number" | "sign-in";

export interface Code {
  readonly text: string;
  readonly purpose: CodePurpose;
  readonly until: Instant;
}

/** An authenticator app. A secret that is being set up does not replace the old one before its first code. */
export interface Totp {
  pending: string | null;
  secret: string | null;
  friendlyName: string;
  /** The 30-second steps whose code was used up. */
  used: readonly number[];
  failures: number;
  lockedUntil: Instant;
}

/** A device that a client confirmed. */
export interface Device {
  readonly key: string;
  readonly groupKey: string;
  readonly salt: bigint;
  readonly verifier: bigint;
  readonly name: string;
  readonly createdAt: Instant;
  remembered: boolean;
  modifiedAt: Instant;
  authenticatedAt: Instant;
}

type Given = Pick<User, "sub" | "username" | "attributes" | "salt" | "verifier" | "confirmed">;

/** A user name that is an e-mail address or a number is also that attribute; a confirmed user has proved it. */
export function newUser({ sub, username, attributes, ...rest }: Given): User {
  const alias = aliasOf(username);
  const given: Record<string, string> = { sub, ...(alias && { [alias]: username }), ...attributes };
  if (alias && rest.confirmed) given[`${alias}_verified`] ??= "true";
  return {
    sub,
    username,
    attributes: given,
    ...rest,
    temporaryUntil: null,
    code: null,
    codes: new Map(),
    codesSent: [],
    failures: 0,
    lockedUntil: 0,
    mfa: { enabled: [], preferred: null },
    totp: { pending: null, secret: null, friendlyName: "", used: [], failures: 0, lockedUntil: 0 },
    devices: new Map(),
  };
}

/** Which attribute a user name stands for, if it is no mere name. */
export function aliasOf(username: string): "email" | "phone_number" | null {
  if (username.includes("@")) return "email";
  return /^\+\d+$/.test(username) ? "phone_number" : null;
}

/** `jane@example.com` as `j***@e***`, `+14325550143` as `+*******0143`. */
export function masked(address: string): string {
  if (address.startsWith("+")) return `+*******${address.slice(-4)}`;
  const [name = "", host = "e"] = address.split("@");
  return `${name.slice(0, 1)}***@${host.slice(0, 1)}***`;
}
