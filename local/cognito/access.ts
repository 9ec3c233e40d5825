/** Operations that an access token pays for; no client secret is asked for there. */
import { AwsError } from "../aws-wire.ts";
import type { PoolCall } from "./pool.ts";
import type { Session } from "./refresh-tokens.ts";
import type { User } from "./users.ts";

export function userOf(accessToken: string, call: PoolCall): User {
  return sessionOf(accessToken, call).user;
}

/** The session that the access token came from. */
export function sessionOf(accessToken: string, { pool, now, about }: PoolCall): Session {
  const { username, session } = pool.tokens.readAccess(accessToken, now);
  if (pool.users.find(username) !== session.user) throw new AwsError("UserNotFoundException", "User does not exist.");
  about(session.user);
  return session;
}
