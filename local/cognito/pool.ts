import type { Instant } from "../../functions/domain/instant.ts";
import type { AppClients } from "./app-clients.ts";
import type { SignIns } from "./sign-ins.ts";
import type { SrpSessions } from "./srp-sessions.ts";
import type { Tokens } from "./tokens.ts";
import type { Triggers } from "./triggers.ts";
import type { User, UserStore } from "./users.ts";

/** What every operation works on. */
export interface Pool {
  readonly name: string;
  readonly clients: AppClients;
  readonly users: UserStore;
  readonly tokens: Tokens;
  readonly sessions: SrpSessions;
  readonly signIns: SignIns;
  /** Off, Cognito tells callers which users exist (`PreventUserExistenceErrors: LEGACY`). */
  readonly hidesUsers: boolean;
  readonly triggers: Triggers;
}

export interface PoolCall {
  readonly pool: Pool;
  readonly now: Instant;
  /** Notes which user the call was about: CloudTrail records the `sub` of a user that exists. */
  about(user: User): void;
}

/** One operation: input as it came, output as it goes. Throws `AwsError` with Cognito's exception names. */
export type PoolOperation = (input: unknown, call: PoolCall) => Record<string, unknown>;
