import { AwsError } from "../aws-wire.ts";
import type { ChallengeAnswer } from "./challenge-answer.ts";
import { required } from "./input.ts";
import type { PasswordClaim } from "./srp-sessions.ts";

/** The proof in an answer to PASSWORD_VERIFIER or to DEVICE_PASSWORD_VERIFIER. */
export function readClaim({ clientId, answers }: ChallengeAnswer): PasswordClaim {
  const timestamp = required(answers, "TIMESTAMP");
  // Cognito also refuses instants far from its own; here the client's clock may be another than the world's.
  if (!/^[A-Z][a-z]{2} [A-Z][a-z]{2} [1-9]\d? \d\d:\d\d:\d\d UTC \d{4}$/.test(timestamp))
    throw new AwsError("InvalidParameterException", "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.");
  const secretBlock = required(answers, "PASSWORD_CLAIM_SECRET_BLOCK");
  return { clientId, secretBlock, timestamp, signature: required(answers, "PASSWORD_CLAIM_SIGNATURE") };
}
