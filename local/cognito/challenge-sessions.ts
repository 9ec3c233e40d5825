/**
 * Sign-ins between one challenge and the next. A session belongs to a user, a client and a challenge; it is used up
 * by the step that it leads to, not by a wrong answer, after which the user may try again.
 */
import { type Instant, MINUTE } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";
import type { ChallengeResult } from "./custom-auth-triggers.ts";
import type { RandomBytes } from "./random.ts";
import type { MfaMethod, Offered } from "./settings.ts";
import type { User } from "./users.ts";

/** What is known of a sign-in so far. */
export interface SignIn {
  readonly clientId: string;
  /** Null for a name that does not exist, whose sign-in must look the same and fail at its end. */
  readonly user: User | null;
  /** As the client sent it at the start. */
  readonly username: string;
  /** The device that the client says it is. */
  readonly deviceKey: string | null;
  /** A one-time password or a custom challenge is followed by no second factor. */
  readonly firstFactor: "password" | "one-time password" | "custom challenge";
  /** `AuthFlow` of the call that started it. */
  readonly flow: string;
  /** The results so far of CUSTOM_AUTH. */
  readonly results: readonly ChallengeResult[];
}

/** A sign-in whose first factor was right. */
export interface ProvedSignIn extends SignIn {
  readonly user: User;
}

export type Step =
  | { readonly challenge: "NEW_PASSWORD_REQUIRED" | "SOFTWARE_TOKEN_MFA" | "DEVICE_SRP_AUTH" }
  /** `verifies`: the address was given in this sign-in, and the code proves it. */
  | { readonly challenge: "SMS_MFA" | "EMAIL_MFA"; readonly code: string; readonly verifies?: boolean }
  | { readonly challenge: "SMS_OTP" | "EMAIL_OTP"; readonly code: string }
  | { readonly challenge: "SELECT_MFA_TYPE"; readonly methods: readonly MfaMethod[] }
  | { readonly challenge: "MFA_SETUP"; readonly secret: string | null; readonly verified: boolean }
  | { readonly challenge: "SELECT_CHALLENGE"; readonly available: readonly Offered[] }
  | { readonly challenge: "PASSWORD" | "PASSWORD_SRP" }
  /** With a session in CUSTOM_AUTH and USER_AUTH only. The secret block names the SRP exchange. */
  | { readonly challenge: "PASSWORD_VERIFIER"; readonly secretBlock: string }
  | { readonly challenge: "DEVICE_PASSWORD_VERIFIER"; readonly secretBlock: string }
  | {
      readonly challenge: "CUSTOM_CHALLENGE";
      readonly privateParameters: Readonly<Record<string, string>>;
      readonly metadata?: string;
    }
  /** SIGNING_UP from SignUp, for ConfirmSignUp; SIGNED_UP from that, for one USER_AUTH without another challenge. */
  | { readonly challenge: "SIGNING_UP" | "SIGNED_UP" };

type Challenge = Step["challenge"];

export interface Open<Name extends Challenge = Challenge> {
  readonly session: string;
  readonly signIn: SignIn;
  readonly step: Step & { readonly challenge: Name };
}

interface Entry {
  readonly signIn: SignIn;
  readonly step: Step;
  readonly until: Instant;
  used: boolean;
}

const invalid = (more = "") => new AwsError("NotAuthorizedException", `Invalid session for the user${more}.`);
/** How long a session that is over is still told from one that never was. */
const REMEMBERED = 60 * MINUTE;

export class ChallengeSessions {
  readonly #entries = new Map<string, Entry>();
  readonly #lifetime: number;
  readonly #random: RandomBytes;

  constructor(minutes: number, random: RandomBytes) {
    this.#lifetime = minutes * MINUTE;
    this.#random = random;
  }

  open(signIn: SignIn, step: Step, now: Instant): string {
    this.#dropForgotten(now);
    const session = this.#random(192).toString("base64url");
    this.#entries.set(session, { signIn, step, until: now + this.#lifetime, used: false });
    return session;
  }

  /** The step that is open under this session; throws unless it is one of these challenges and still good. */
  find<Name extends Challenge>(session: string | undefined, names: readonly Name[], now: Instant): Open<Name> {
    if (!session) throw new AwsError("InvalidParameterException", "Missing required parameter Session");
    const entry = this.#entries.get(session);
    if (!entry) throw invalid();
    if (entry.used) throw invalid(", session can only be used once");
    if (entry.until <= now) throw invalid(", session is expired");
    const { signIn, step } = entry;
    if (!isOneOf(step, names)) throw invalid();
    return { session, signIn, step };
  }

  /** The session that was opened last for a challenge of this kind, for clients that do not send it back. */
  last(challenge: Challenge, of: (signIn: SignIn) => boolean): string | undefined {
    const isIt = ({ step, signIn, used }: Entry) => step.challenge === challenge && !used && of(signIn);
    return [...this.#entries].findLast(([, entry]) => isIt(entry))?.[0];
  }

  use({ session }: Pick<Open, "session">): void {
    const entry = this.#entries.get(session);
    if (entry) entry.used = true;
  }

  #dropForgotten(now: Instant): void {
    for (const [session, { until }] of this.#entries) {
      if (until + REMEMBERED > now) return;
      this.#entries.delete(session);
    }
  }
}

function isOneOf<Name extends Challenge>(step: Step, names: readonly Name[]): step is Step & { challenge: Name } {
  return names.some((name) => name === step.challenge);
}
