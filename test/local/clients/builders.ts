import { TOTP } from "otpauth";

import type { SignInSettings } from "../../../local/cognito/settings.ts";
import type { Inspection } from "../../../local/ports.ts";
import { aProxiedPool } from "../proxied-pool.ts";

export type ProxiedPool = Awaited<ReturnType<typeof aProxiedPool>>;

export const ALICE = { username: "alice@example.com", password: "correct horse" };

/** A pool behind the proxy in which Alice may sign in. */
export async function aPoolWithAlice(options: Parameters<typeof aProxiedPool>[0] = {}): Promise<ProxiedPool> {
  const pool = await aProxiedPool(options);
  pool.users.addUser(ALICE.username, ALICE.password);
  return pool;
}

/** The code that was sent to a user last. */
export function codeOf({ users }: Pick<ProxiedPool, "users">, username: string): string {
  return users.find(username)?.code?.text ?? "";
}

/** What the user's authenticator app shows, or will show in so many half minutes: each code is good once. */
export function appCode(secret: string, halfMinutesAhead = 0): string {
  return new TOTP({ secret }).generate({ timestamp: Date.now() + halfMinutesAhead * 30_000 });
}

/** A pool in which Alice may, or must, sign in with an authenticator app. */
export const withApps = (mfa: SignInSettings["mfa"]) => ({ mfa, mfaMethods: ["SOFTWARE_TOKEN_MFA"] }) as const;

/** What Cognito was asked, failed calls with what it answered. */
export function operations({ trail }: Pick<ProxiedPool, "trail">): string[] {
  return trail.map(({ eventName, errorMessage }) => [eventName, errorMessage].filter(Boolean).join(": "));
}

/** The requests that clients made, whoever answered them. */
export const requests = ({ edgeLog }: Pick<ProxiedPool, "edgeLog">): number => edgeLog.length;

/** What the web ACL's rules answer to an offender. */
export const blocked: Inspection = {
  action: "BLOCK",
  rule: "DenyList",
  response: {
    status: 403,
    headers: { "content-type": "application/json", "access-control-allow-origin": "*" },
    body: JSON.stringify({ __type: "ForbiddenException", message: "Request blocked." }),
  },
};

/** An edge that does not know the app client of which requests speak. */
export const withOtherClient = { edge: { "x-portcullis-clients": "2otherexample3456789abcd" } };

/** What the edge answers to a body that it cannot relay; clients of today make none. */
export const unreadable: Inspection = {
  action: "BLOCK",
  rule: "Some",
  response: {
    status: 422,
    headers: { "content-type": "application/x-amz-json-1.1", "access-control-allow-origin": "*" },
    body: JSON.stringify({ __type: "InvalidParameterException", message: "This AuthFlow is not allowed here." }),
  },
};
