/** The Lambda triggers of CUSTOM_AUTH as functions of this process: define, create and verify. */

export interface ChallengeResult {
  readonly challengeName: string;
  readonly challengeResult: boolean;
  readonly challengeMetadata?: string;
}

/** What DefineAuthChallenge answers. */
export type NextChallenge = "PASSWORD_VERIFIER" | "CUSTOM_CHALLENGE" | "issueTokens" | "failAuthentication";

export interface CustomAuthRequest {
  readonly userAttributes: Readonly<Record<string, string>>;
  /** Such a sign-in must look like any other and fail at its end. */
  readonly userNotFound: boolean;
  readonly session: readonly ChallengeResult[];
}

export interface CreatedChallenge {
  readonly publicParameters: Readonly<Record<string, string>>;
  readonly privateParameters: Readonly<Record<string, string>>;
  readonly metadata?: string;
}

export interface CustomAuth {
  define(request: CustomAuthRequest): NextChallenge;
  create(request: CustomAuthRequest): CreatedChallenge;
  verify(answer: string, privateParameters: Readonly<Record<string, string>>): boolean;
}
