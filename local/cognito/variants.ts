/**
 * Keeps sign-ins that began in one variant of the API from going on in the other: the session of InitiateAuth is
 * refused by AdminRespondToAuthChallenge, and the other way round. AWS does not document it; a proxy that is switched
 * from one variant to the other must not count on more.
 */
import * as z from "zod";

import { type Instant, MINUTE } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";

type Variant = "public" | "admin";
const variants: ReadonlyMap<string, Variant> = new Map([
  ["InitiateAuth", "public"],
  ["RespondToAuthChallenge", "public"],
  ["AdminInitiateAuth", "admin"],
  ["AdminRespondToAuthChallenge", "admin"],
]);

/** The longest `AuthSessionValidity`. */
const LIFETIME = 15 * MINUTE;

const text = z.string().optional().catch(undefined);
const sent = z.object({
  Session: text,
  ChallengeResponses: z.object({ PASSWORD_CLAIM_SECRET_BLOCK: text }).optional().catch(undefined),
});
const given = z.object({
  Session: text,
  ChallengeParameters: z.object({ SECRET_BLOCK: text }).optional().catch(undefined),
});

export class Variants {
  readonly #begun = new Map<string, { readonly variant: Variant; readonly until: Instant }>();

  /** Throws if the call answers a challenge that the other variant gave. */
  check(operation: string, input: unknown): void {
    const variant = variants.get(operation);
    if (!variant) return;
    const begun = this.#of(input);
    if (begun && begun !== variant) throw new AwsError("NotAuthorizedException", "Invalid session for the user.");
  }

  /** Remembers the sessions of an answer; where the operation has no variant they have that of the call's session. */
  note(operation: string, input: unknown, output: unknown, now: Instant): void {
    this.#dropExpired(now);
    const variant = variants.get(operation) ?? this.#of(input);
    if (!variant) return;
    const { Session, ChallengeParameters } = given.parse(output);
    for (const key of [Session, ChallengeParameters?.SECRET_BLOCK])
      if (key !== undefined) this.#begun.set(key, { variant, until: now + LIFETIME });
  }

  #of(input: unknown): Variant | undefined {
    const { Session = "", ChallengeResponses } = sent.parse(input);
    const block = ChallengeResponses?.PASSWORD_CLAIM_SECRET_BLOCK ?? "";
    return (this.#begun.get(Session) ?? this.#begun.get(block))?.variant;
  }

  #dropExpired(now: Instant): void {
    for (const [key, { until }] of this.#begun) {
      if (until > now) return;
      this.#begun.delete(key);
    }
  }
}
