/** One record of an AWS WAF log: a call through the distribution, or one that reached the pool's web ACL. */
import { canonicalAddress } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import { wafPartition } from "./evidence-query.ts";
import {
  type Fate,
  isObject,
  isPlausible,
  type JsonObject,
  type LogScope,
  type LogTable,
  operationOfTarget,
  textOf,
} from "./log-fate.ts";
import { callerKind } from "./trail-record.ts";

/** Headers that a query looks at; header names keep the case the client wrote. */
const KEPT_HEADERS = new Set([
  "x-amz-target",
  "user-agent",
  "origin",
  "x-amzn-cognito-operation-name",
  "x-amzn-cognito-client-id",
]);

export function judgeWafRecord(record: unknown, scope: LogScope | null): Fate {
  if (!isObject(record) || !isObject(record["httpRequest"])) return { rejected: "wrong-shape" };
  const request = record["httpRequest"];
  const table = tableOf(record);
  if (table === null) return { skipped: "not-cognito" };
  const headers = headersOf(request);
  if (headers === null) return { rejected: "wrong-shape" };
  const operation = table === "waf_edge" ? edgeOperation(request, headers) : poolOperation(headers);
  if (typeof operation !== "string") return operation;
  return (scope && otherThan(scope, record, table, headers)) ?? rowOf(table, record, request, headers);
}

function rowOf(table: LogTable, record: JsonObject, request: JsonObject, headers: readonly Header[]): Fate {
  const at = instantOf(record["timestamp"]);
  if (!isPlausible(at)) return { rejected: "bad-timestamp" };
  const address = canonicalAddress(textOf(request, "clientIp") ?? "");
  if (address === null) return { rejected: "bad-address" };
  // On the pool CloudFront's address is that of every proxied call; the distribution's own log has its caller.
  if (table === "waf_pool" && callerKind(address) === "infrastructure") return { skipped: "infrastructure-source" };
  return {
    row: { table, at, id: textOf(request, "requestId"), columns: columnsOf(record, request, headers, at, address) },
  };
}

/** CloudFront's web ACLs and those on user pools; ALB, API Gateway and the rest protect something else. */
function tableOf(record: JsonObject): LogTable | null {
  const scope = record["httpSourceName"];
  if (scope === "CF") return "waf_edge";
  return scope === "COGNITOIDP" ? "waf_pool" : null;
}

interface Header {
  readonly name: string;
  readonly value: string;
}

function headersOf(request: JsonObject): Header[] | null {
  const headers: unknown = request["headers"] ?? [];
  if (!Array.isArray(headers)) return null;
  return headers.flatMap((header) => {
    if (!isObject(header) || typeof header["name"] !== "string" || typeof header["value"] !== "string") return [];
    const { name, value } = header;
    return KEPT_HEADERS.has(name.toLowerCase()) ? [{ name, value }] : [];
  });
}

function headerValue(headers: readonly Header[], name: string): string | null {
  return headers.find((header) => header.name.toLowerCase() === name)?.value ?? null;
}

/** Web pages and preflights are no calls; a POST without target is one that Cognito would not understand. */
function edgeOperation(request: JsonObject, headers: readonly Header[]): string | Fate {
  const target = headerValue(headers, "x-amz-target");
  if (request["httpMethod"] !== "POST") return { skipped: "not-cognito" };
  if (target === null) return { skipped: "no-operation" };
  const read = operationOfTarget(target);
  if (read === "foreign") return { skipped: "not-cognito" };
  return read === "malformed" ? { skipped: "no-operation" } : read.operation;
}

/** The pages of the hosted UI pass the pool's web ACL too, without an operation. */
function poolOperation(headers: readonly Header[]): string | Fate {
  const named = headerValue(headers, "x-amzn-cognito-operation-name");
  if (named) return named;
  const read = operationOfTarget(headerValue(headers, "x-amz-target") ?? "");
  return typeof read === "object" ? read.operation : { skipped: "no-operation" };
}

function otherThan(scope: LogScope, record: JsonObject, table: LogTable, headers: readonly Header[]): Fate | null {
  const acl = table === "waf_edge" ? scope.edgeAcl : scope.poolAcl;
  if (isOtherAcl(textOf(record, "webaclId") ?? "", acl, scope.account)) return { skipped: "other-web-acl" };
  const protectedThing = textOf(record, "httpSourceId");
  if (table === "waf_edge")
    return isOtherDistribution(scope, protectedThing) ? { skipped: "other-distribution" } : null;
  const pool = /userpool\/(.+)$/.exec(protectedThing ?? "")?.[1];
  if (pool !== undefined && pool !== scope.poolId) return { skipped: "other-pool" };
  const client = headerValue(headers, "x-amzn-cognito-client-id");
  return client && !scope.clientIds.includes(client) ? { skipped: "other-client" } : null;
}

/** arn:aws:wafv2:<region>:<account>:<global|regional>/webacl/<name>/<id>; whatever is no ARN names no other one. */
function isOtherAcl(arn: string, acl: string, account: string): boolean {
  const [, owner, name] = /:(\d{12}):[^:]*\/webacl\/([^/]+)\//.exec(arn) ?? [];
  return name !== undefined && (name !== acl || owner !== account);
}

/** One web ACL can stand before several distributions. */
function isOtherDistribution({ distribution }: LogScope, id: string | null): boolean {
  return distribution !== null && id !== null && id !== distribution.id;
}

function instantOf(timestamp: unknown): Instant | null {
  if (typeof timestamp === "number" && Number.isFinite(timestamp)) return Math.floor(timestamp);
  return typeof timestamp === "string" && /^\d{13}$/.test(timestamp) ? Number(timestamp) : null;
}

function columnsOf(
  record: JsonObject,
  request: JsonObject,
  headers: readonly Header[],
  at: Instant,
  address: string,
): JsonObject {
  const asn = record["clientAsn"];
  return {
    timestamp: at,
    webaclid: textOf(record, "webaclId"),
    terminatingruleid: textOf(record, "terminatingRuleId"),
    terminatingruletype: textOf(record, "terminatingRuleType"),
    action: textOf(record, "action"),
    httpsourcename: record["httpSourceName"],
    httpsourceid: textOf(record, "httpSourceId"),
    httprequest: {
      clientip: address,
      country: textOf(request, "country"),
      headers,
      httpmethod: textOf(request, "httpMethod"),
      requestid: textOf(request, "requestId"),
    },
    ja4fingerprint: textOf(record, "ja4Fingerprint"),
    clientasn: typeof asn === "number" && Number.isInteger(asn) && asn >= 0 && asn < 2 ** 31 ? asn : null,
    dt: wafPartition(at),
  };
}
