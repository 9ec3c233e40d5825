/** People who use the app: what one of them does in a session, a bad day included. */
import { HOUR, type Instant, MINUTE, SECOND } from "../../functions/domain/instant.ts";
import type { Random } from "../../local/demo/random.ts";
import { type Caller, callOf, srp } from "./actor.ts";
import { type Call, errors } from "./log-records.ts";

const MISTYPE_SHARE = 0.06;
/** Apps keep people signed in: most sessions begin with a refresh. */
const SIGN_IN_SHARE = 0.35;

/** A sign-in or a refresh, a look at the profile, a refresh each hour that the app stays open. */
export function session(caller: Caller, user: string, start: Instant, random: Random): Call[] {
  const begin = random.next() < SIGN_IN_SHARE ? signIn(caller, user, start, random) : [refresh(caller, user, start)];
  const last = begin.at(-1)?.at ?? start;
  const calls = [...begin, callOf(caller, last + 2 * SECOND, { user, operation: "GetUser" })];
  const openHours = random.next() < 0.3 ? random.int(1, 4) : 0;
  for (let hour = 1; hour <= openHours; hour += 1) calls.push(refresh(caller, user, last + hour * HOUR));
  if (random.next() < 0.15)
    calls.push(callOf(caller, last + openHours * HOUR + 20 * MINUTE, { user, operation: "RevokeToken" }));
  return calls;
}

/** Now and then somebody mistypes once or twice. */
export function signIn(caller: Caller, user: string, at: Instant, random: Random): Call[] {
  const typos = random.next() < MISTYPE_SHARE ? random.int(1, 2) : 0;
  const wrong = Array.from({ length: typos }, (_, index) =>
    srp(caller, at + index * 12 * SECOND, user, errors.wrongPassword),
  );
  return [...wrong.flat(), ...srp(caller, at + typos * 12 * SECOND, user)];
}

function refresh(caller: Caller, user: string, at: Instant): Call {
  // Half of the apps use the older way.
  return user.length % 2 === 0
    ? callOf(caller, at, { user, operation: "GetTokensFromRefreshToken" })
    : callOf(caller, at, { user, flow: "REFRESH_TOKEN_AUTH" });
}

/** Three to eight wrong passwords, a code by mail, sometimes typed wrongly, a new password, and in. */
export function forgottenPassword(caller: Caller, user: string, start: Instant, random: Random): Call[] {
  let at = start;
  const later = (least: number, most: number) => {
    at += random.int(least, most) * SECOND;
    return at;
  };
  const calls: Call[] = [];
  for (let left = random.int(3, 8); left > 0; left -= 1)
    calls.push(...srp(caller, later(8, 40), user, left <= 2 ? errors.lockedOut : errors.wrongPassword));
  calls.push(callOf(caller, later(20, 60), { user, operation: "ForgotPassword" }));
  if (random.next() < 0.3) calls.push(callOf(caller, later(60, 300), { user, operation: "ForgotPassword" }));
  for (let left = random.int(0, 2); left > 0; left -= 1)
    calls.push(callOf(caller, later(30, 90), { user, operation: "ConfirmForgotPassword", error: errors.codeMismatch }));
  calls.push(callOf(caller, later(30, 90), { user, operation: "ConfirmForgotPassword" }));
  return [...calls, ...srp(caller, later(5, 20), user)];
}

/** A new account: sign up, a code that comes late or is mistyped, sign in. */
export function firstDay(caller: Caller, user: string, start: Instant, random: Random): Call[] {
  let at = start;
  const later = (least: number, most: number) => {
    at += random.int(least, most) * SECOND;
    return at;
  };
  const calls = [callOf(caller, at, { user, operation: "SignUp" })];
  if (random.next() < 0.2) calls.push(callOf(caller, later(60, 180), { user, operation: "ResendConfirmationCode" }));
  if (random.next() < 0.2)
    calls.push(callOf(caller, later(30, 90), { user, operation: "ConfirmSignUp", error: errors.codeMismatch }));
  calls.push(callOf(caller, later(30, 90), { user, operation: "ConfirmSignUp" }));
  return [...calls, ...srp(caller, later(3, 15), user)];
}
