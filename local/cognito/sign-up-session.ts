/** The thread from SignUp to ConfirmSignUp to a sign-in without another code, for clients that have USER_AUTH. */
import { resume } from "./challenge-answer.ts";
import type { Open } from "./challenge-sessions.ts";
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

/** Null where the client sends no session, which it need not. */
export function resumeSignUp(
  session: string | undefined,
  { clientId, username }: { readonly clientId: string; readonly username: string },
  call: PoolCall,
): Open | null {
  return session === undefined ? null : resume({ clientId, username, answers: {}, session }, ["SIGNING_UP"], call);
}
