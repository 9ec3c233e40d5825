/** Operations that an access token pays for; no client secret is asked for there. */
import { AwsError } from "../aws-wire.ts";
import type { PoolCall } from "./pool.ts";
import type { User } from "./users.ts";

export function userOf(accessToken: string, { pool, now, about }: PoolCall): User {
  const user = pool.users.find(pool.tokens.readAccessToken(accessToken, now));
  if (!user) throw new AwsError("UserNotFoundException", "User does not exist.");
  about(user);
  return user;
}
