/**
 * What Cognito has to get for a viewer's call, worked out without the proxy's own code but for the operation table and
 * the canonical form of addresses.
 */
import { createHmac } from "node:crypto";

import { canonicalAddress } from "../../../functions/domain/cidr.ts";
import { type Operation, operationOf, signInFlows } from "../../../functions/edge/operations.ts";
import { CLIENT_ID } from "../builders.ts";
import type { HostileCase } from "./calls.ts";
import { POOL } from "./words.ts";

export type Json = Readonly<Record<string, unknown>>;

export function must(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`Broken: ${rule}`);
}

export interface ViewerCall {
  readonly row: Operation | undefined;
  readonly body: Json | null;
  readonly username: string | null;
}

export function readViewer({ body, headers }: HostileCase): ViewerCall {
  const targets = headers.filter(([name]) => name.toLowerCase() === "x-amz-target");
  const [, operation = ""] = /^AWSCognitoIdentityProviderService\.(.*)$/.exec(targets[0]?.[1] ?? "") ?? [];
  const row = targets.length === 1 ? operationOf(operation) : undefined;
  const parsed = body && parse(Buffer.from(body.data, body.encoding === "text" ? "utf8" : "base64"));
  return { row, body: parsed ?? null, username: row && parsed ? usernameOf(row, parsed) : null };
}

export function parse(bytes: Uint8Array): Json | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const own = (object: unknown, name: string): unknown =>
  isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined;
const holders = { hash: null, "sign-in": "AuthParameters", challenge: "ChallengeResponses" } as const;

function usernameOf(row: Operation, body: Json): string | null {
  if (row.place === "untouched" || row.place === "secret" || isRefresh(row, body)) return null;
  const holder = holders[row.place];
  const username = holder === null ? own(body, "Username") : own(own(body, holder), "USERNAME");
  return typeof username === "string" ? username : null;
}

function isRefresh(row: Operation, body: Json): boolean {
  const flow = own(body, "AuthFlow");
  return row.place === "sign-in" && typeof flow === "string" && signInFlows.get(flow) === "refresh";
}

export const hashOf = (username: string, secret: string) =>
  createHmac("sha256", secret).update(`${username}${CLIENT_ID}`).digest("base64");

/** The address that Cognito is to be told; undefined where it is told none. */
function toldAddress(row: Operation, { config, clientIp }: HostileCase): string | undefined {
  if (config["X-Portcullis-Client-Address"] !== "userContext" || !row.takesContext) return undefined;
  return canonicalAddress(clientIp) ?? undefined;
}

const FORBIDDEN = ["SecretHash", "SECRET_HASH", "ClientSecret", "IpAddress", "UserPoolId"];
const without = (object: Json): Json =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !FORBIDDEN.includes(name)));

/** The viewer's members less all that only the edge may say, at every place where Cognito would read it. */
function cleaned(body: Json, address: string | undefined): Json {
  const context = own(body, "UserContextData");
  return {
    ...Object.fromEntries(
      Object.entries(without(body)).map(([name, value]) => [
        name,
        ["AuthParameters", "ChallengeResponses", "UserContextData"].includes(name) && isObject(value)
          ? without(value)
          : value,
      ]),
    ),
    ...(address !== undefined && {
      UserContextData: { ...(isObject(context) ? without(context) : {}), IpAddress: address },
    }),
  };
}

export interface Expected {
  readonly operation: string;
  readonly body: Json;
}

/** What Cognito has to get for this call if `secret` is used. */
export function expected(row: Operation, given: Json, secret: string, hostile: HostileCase): Expected {
  const { config } = hostile;
  if (isRefresh(row, given) && config["X-Portcullis-Refresh"] !== "plain-secret") {
    const parameters = own(given, "AuthParameters");
    const optional = {
      DeviceKey: own(parameters, "DEVICE_KEY") ?? undefined,
      ClientMetadata: own(given, "ClientMetadata"),
    };
    const body = { ClientId: CLIENT_ID, RefreshToken: own(parameters, "REFRESH_TOKEN"), ClientSecret: secret };
    const told = Object.entries(optional).filter(([, value]) => value !== undefined);
    return { operation: "GetTokensFromRefreshToken", body: { ...body, ...Object.fromEntries(told) } };
  }
  const body = withSecret(row, given, cleaned(given, toldAddress(row, hostile)), secret);
  if (config["X-Portcullis-Admin-Pool"] === undefined || row.asAdmin === null) return { operation: row.name, body };
  return { operation: row.asAdmin, body: adminForm(body, hostile) };
}

function withSecret(row: Operation, given: Json, body: Json, secret: string): Json {
  if (row.place === "secret") return { ...body, ClientSecret: secret };
  const username = usernameOf(row, given);
  must(isRefresh(row, given) || (username !== null && username !== ""), "a call that needs a user name has one");
  const hash = isRefresh(row, given) ? secret : hashOf(username ?? "", secret);
  const holder = row.place === "untouched" ? null : holders[row.place];
  if (holder === null) return { ...body, SecretHash: hash };
  return { ...body, [holder]: { ...(own(body, holder) as Json), SECRET_HASH: hash } };
}

const COMMON = [
  ["ClientId", "AuthFlow", "AuthParameters", "ChallengeName", "ChallengeResponses"],
  ["Session", "ClientMetadata", "AnalyticsMetadata"],
].flat();

function adminForm(body: Json, { clientIp }: HostileCase): Json {
  const members = Object.entries(body).filter(([name]) => COMMON.includes(name));
  const encoded = own(own(body, "UserContextData"), "EncodedData");
  return {
    UserPoolId: POOL,
    ...Object.fromEntries(members),
    ...(body["AuthFlow"] === "USER_PASSWORD_AUTH" && { AuthFlow: "ADMIN_USER_PASSWORD_AUTH" }),
    ContextData: {
      IpAddress: canonicalAddress(clientIp) ?? clientIp,
      ServerName: "d111111abcdef8.cloudfront.net",
      ServerPath: "/",
      ...(encoded !== undefined && { EncodedData: encoded }),
    },
  };
}

/** Header by header it is the viewer's own; here only that it is a list counts. */
export function withoutHttpHeaders(body: Json | null): Json | null {
  const context = own(body, "ContextData");
  if (!isObject(context)) return body;
  must(Array.isArray(context["HttpHeaders"]), "ContextData lists headers");
  return {
    ...body,
    ContextData: Object.fromEntries(Object.entries(context).filter(([name]) => name !== "HttpHeaders")),
  };
}
