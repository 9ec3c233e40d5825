/** What each kind of offender sends: one attempt is one call, or the two calls of a sign-in by SRP. */
import type { Instant } from "../../functions/domain/instant.ts";
import { type Call, type Caller, callOf, errors, srp } from "./calls.ts";
import type { Random } from "./random.ts";

export const offenceKinds = [
  "spray",
  "stuffing",
  "brute-force",
  "code-guessing",
  "enumeration",
  "sign-up-farm",
  "code-pumping",
  "flood",
  "direct-bypass",
  "office-bot",
  "distributed-range",
  "distributed-fingerprint",
] as const;
export type OffenceKind = (typeof offenceKinds)[number];

/** Draws one script and gives what it does in its n-th attempt. */
export type Script = (caller: Caller, at: Instant, nth: number) => Call[];

export function scriptOf(kind: OffenceKind, name: string, random: Random): Script {
  return scripts[kind](name, random);
}

/** The TLS fingerprint of a script: few share it. */
export function scriptFingerprint(random: Random): string {
  const hex = (length: number) => Array.from({ length }, () => random.int(0, 15).toString(16)).join("");
  return `t13d${random.int(10, 60)}12h1_${hex(12)}_${hex(12)}`;
}

/** Passwords that many people have, on users who exist: one in two hundred works. */
function spray(_name: string, random: Random): Script {
  const bySrp = random.next() < 0.4;
  const first = random.int(0, 9_000);
  return (caller, at, nth) =>
    tryPassword(caller, at, `home-${first + nth}`, {
      bySrp,
      error: random.next() < 0.005 ? null : errors.wrongPassword,
    });
}

/** One password for each name of a list, the list shared among all who try. */
export function tryNames(next: () => string): Script {
  return (caller, at) => tryPassword(caller, at, next(), { bySrp: false, known: false, error: errors.wrongPassword });
}

/** A list of names bought elsewhere, each tried once: nobody is locked out, and no user sees it. */
export function tryStrangers(name: string): Script {
  let count = 0;
  return tryNames(() => `${name}-list-${count++}`);
}

/** Pairs that leaked elsewhere: most names are strangers here. */
function stuffing(name: string, random: Random): Script {
  const bySrp = random.next() < 0.2;
  return (caller, at, nth) => {
    const known = random.next() < 0.25;
    const works = known && random.next() < 0.03;
    return tryPassword(caller, at, `${name}-leak-${nth}`, { bySrp, known, error: works ? null : errors.wrongPassword });
  };
}

function bruteForce(name: string, random: Random): Script {
  const bySrp = random.next() < 0.3;
  // Cognito locks the user out after five wrong passwords and lets a guess through now and then.
  return (caller, at, nth) => {
    const locked = nth >= 5 && nth % 6 !== 0;
    return tryPassword(caller, at, `${name}-victim`, {
      bySrp,
      error: locked ? errors.lockedOut : errors.wrongPassword,
    });
  };
}

function codeGuessing(name: string, random: Random): Script {
  const users = random.int(1, 3);
  return (caller, at, nth) => [
    callOf(caller, at, {
      user: `${name}-victim-${nth % users}`,
      operation: "ConfirmForgotPassword",
      error: nth % 12 === 11 ? errors.throttled : errors.codeMismatch,
    }),
  ];
}

/** The same against a pool that remembers which codes it has sent: one user, for whom a code is asked first. */
export function askAndGuessCodes(name: string): Script {
  return (caller, at, nth) => [
    callOf(caller, at, {
      ...{ user: `${name}-victim`, known: true, operation: nth === 0 ? "ForgotPassword" : "ConfirmForgotPassword" },
      ...(nth > 0 && { error: errors.codeMismatch }),
    }),
  ];
}

/** Which addresses have an account? Cognito tells at sign-in, unless it is told not to, and always at sign-up. */
function enumeration(name: string, random: Random): Script {
  const atSignUp = random.next() < 0.4;
  return (caller, at, nth) => {
    const known = random.next() < 0.25;
    const user = `${name}-guess-${nth}`;
    if (atSignUp)
      return [
        callOf(caller, at, {
          user,
          operation: "SignUp",
          known,
          error: known ? errors.userExists : errors.weakPassword,
        }),
      ];
    return tryPassword(caller, at, user, {
      bySrp: false,
      known,
      error: known ? errors.wrongPassword : errors.unknownUser,
    });
  };
}

/** The same with a bought list: three names in four have an account, and sign-up tells. */
export function askAtSignUp(name: string): Script {
  return (caller, at, nth) => {
    const known = nth % 4 !== 3;
    return [
      callOf(caller, at, {
        user: `${name}-guess-${nth}`,
        operation: "SignUp",
        known,
        error: known ? errors.userExists : null,
      }),
    ];
  };
}

function signUpFarm(name: string): Script {
  return (caller, at, nth) => [callOf(caller, at, { user: `${name}-bot-${nth}`, operation: "SignUp" })];
}

function codePumping(name: string, random: Random): Script {
  const operation = random.pick(["ResendConfirmationCode", "ForgotPassword", "SignUp"]);
  return pumpCodes(name, operation, random.pick([5, 40, 5_000]));
}

/** Codes by text message to so many numbers that earn money with them. */
export function pumpCodes(name: string, operation: string, numbers: number): Script {
  return (caller, at, nth) => [
    callOf(caller, at, { user: `${name}-number-${operation === "SignUp" ? nth : nth % numbers}`, operation }),
  ];
}

/** The first half of a sign-in only: it proves nothing and uses the quota. */
function flood(name: string): Script {
  return (caller, at, nth) => [
    callOf(caller, at, { user: `${name}-${nth % 50}`, flow: "USER_SRP_AUTH", known: false }),
  ];
}

function directBypass(name: string, random: Random): Script {
  const error = random.next() < 0.7 ? errors.secretMissing : errors.secretWrong;
  return (caller, at, nth) => [
    callOf({ ...caller, path: "direct" }, at, { user: `${name}-${nth}`, flow: "USER_PASSWORD_AUTH", error }),
  ];
}

const scripts: Readonly<Record<OffenceKind, (name: string, random: Random) => Script>> = {
  spray,
  stuffing,
  "brute-force": bruteForce,
  "code-guessing": codeGuessing,
  enumeration,
  "sign-up-farm": signUpFarm,
  "code-pumping": codePumping,
  flood,
  "direct-bypass": directBypass,
  "office-bot": spray,
  "distributed-range": stuffing,
  "distributed-fingerprint": stuffing,
};

interface Attempt {
  readonly bySrp: boolean;
  readonly known?: boolean;
  readonly error: Call["error"];
}

function tryPassword(caller: Caller, at: Instant, user: string, { bySrp, known = true, error }: Attempt): Call[] {
  if (!bySrp) return [callOf(caller, at, { user, known, flow: "USER_PASSWORD_AUTH", error })];
  return srp(caller, at, user, error).map((call) => ({ ...call, known }));
}
