/** The thread from SignUp to ConfirmSignUp to a sign-in without another code, for clients that have USER_AUTH. */
import { resume } from "./challenge-answer.ts";
import type { PoolCall } from "./pool.ts";
import type { User } from "./users.ts";

export function signUpSession(
  clientId: string,
  user: User,
  challenge: "SIGNING_UP" | "SIGNED_UP",
  { pool, now }: PoolCall,
): { readonly Session?: string } {
  const { challenges, settings } = pool.signIns;
  if (!settings.flows.includes("USER_AUTH")) return {};
  const signIn = {
    clientId,
    user,
    username: user.username,
    deviceKey: null,
    firstFactor: "one-time password",
    flow: "USER_AUTH",
    results: [],
  } as const;
  return { Session: challenges.open(signIn, { challenge }, now) };
}

/** Throws if the session is another user's or over. Clients need not send it. */
export function checkSignUpSession(
  session: string | undefined,
  { clientId, username }: { readonly clientId: string; readonly username: string },
  call: PoolCall,
): void {
  if (session !== undefined) resume({ clientId, username, answers: {}, session }, ["SIGNING_UP"], call);
}
