import type { SecretDocument } from "../domain/edge-config.ts";

/** Where the client secrets, gates and the tag key are kept. */
export interface ClientSecrets {
  /**
   * `copies` are the ARNs of one secret and its replicas, nearest first, at least one. Throws if the document cannot
   * be had from any of them or is not of the expected form; the error never holds any of it.
   */
  read(copies: readonly string[]): Promise<SecretDocument>;
}

/** The user pools' regional API, for the calls that the edge makes itself because it has to see the answer. */
export interface CognitoEndpoint {
  /** Any HTTP status is an answer. Throws `RetryableError` if none came in time. */
  send(request: CognitoRequest): Promise<CognitoAnswer>;
}

export interface CognitoRequest {
  /** `cognito-idp.<region>.amazonaws.com` */
  readonly host: string;
  /** Names in lower case; `host`, `content-length` and what a signature needs are added by the adapter. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Signed with the function's own credentials, as the Admin operations want it. */
  readonly signed: boolean;
}

export interface CognitoAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
