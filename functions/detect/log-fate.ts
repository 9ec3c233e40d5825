/** What becomes of one record of a log file. Every record has exactly one fate, and each is counted. */
import type { Deployment } from "../domain/deployment.ts";
import { poolRegion } from "../domain/deployment.ts";
import type { Instant } from "../domain/instant.ts";
import { namesOf } from "../domain/names.ts";

/** Well-formed, but no call of ours. */
export const skipReasons = [
  "not-cognito",
  "no-operation",
  "other-web-acl",
  "other-distribution",
  "other-pool",
  "other-client",
  "duplicate",
  "outside-window",
  "infrastructure-source",
  "not-an-address",
] as const;
export type SkipReason = (typeof skipReasons)[number];

/** Could not be read. Evidence may be missing, so only these change the exit code. */
export const rejectReasons = [
  "bad-json",
  "bad-gzip",
  "bad-columns",
  "bad-timestamp",
  "bad-address",
  "wrong-shape",
] as const;
export type RejectReason = (typeof rejectReasons)[number];

export type LogTable = "waf_edge" | "waf_pool" | "cloudtrail" | "cloudfront";

/** A record on its way to a table of the Glue tables' shape. `id` is what the log itself calls the record. */
export interface LogRow {
  readonly table: LogTable;
  readonly at: Instant;
  readonly id: string | null;
  readonly columns: Readonly<Record<string, unknown>>;
}

export type Fate = { readonly row: LogRow } | { readonly skipped: SkipReason } | { readonly rejected: RejectReason };

/** What is ours. Null: every Cognito call in the files is. */
export interface LogScope {
  readonly account: string;
  readonly edgeAcl: string;
  readonly poolAcl: string;
  readonly poolId: string;
  readonly poolRegion: string;
  readonly clientIds: readonly string[];
  /** Web origins whose pages may call; absent: pages of any origin. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Null: not known, so each one's calls are ours. */
  readonly distribution: { readonly id: string; readonly domainName: string } | null;
}

export function scopeOf(deployment: Deployment): LogScope {
  const { edgeAcl, poolAcl } = namesOf(deployment);
  const { id, clientIds } = deployment.userPool;
  return {
    account: deployment.account,
    edgeAcl,
    poolAcl,
    poolId: id,
    poolRegion: poolRegion(deployment),
    clientIds,
    allowedOrigins: deployment.allowedOrigins,
    distribution: deployment.distribution ?? null,
  };
}

// A date outside these years is a misread unit or a broken clock, and would stretch the window over decades.
const EARLIEST = Date.UTC(2010, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

export function isPlausible(at: Instant | null): at is Instant {
  return at !== null && at >= EARLIEST && at < LATEST;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member if it is text with something in it; logs write "" and "-" for nothing. */
export function textOf(object: JsonObject, key: string): string | null {
  const value = object[key];
  return typeof value === "string" && value !== "" && value !== "-" ? value : null;
}

const TARGET = /^AWSCognitoIdentityProviderService\.([A-Za-z]{1,64})$/;
const ANY_COGNITO_TARGET = /^AWSCognitoIdentityProviderService(\.|$)/;

/** The operation that an `x-amz-target` names; `foreign` if it is of another service. */
export function operationOfTarget(target: string): { operation: string } | "foreign" | "malformed" {
  const operation = TARGET.exec(target)?.[1];
  if (operation) return { operation };
  return ANY_COGNITO_TARGET.test(target) ? "malformed" : "foreign";
}
