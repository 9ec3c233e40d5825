/** One record of CloudTrail: what Cognito answered, and whom Cognito saw, which is the caller of direct calls only. */
import { canonicalAddress, parseCidr } from "../domain/cidr.ts";
import { fromIso, type Instant, toIso } from "../domain/instant.ts";
import { isInfrastructure } from "../domain/never-block.ts";
import { dayPartition } from "./evidence-query.ts";
import { type Fate, isObject, isPlausible, type JsonObject, type LogScope, textOf } from "./log-fate.ts";

export function judgeTrailRecord(record: unknown, scope: LogScope | null): Fate {
  if (!isObject(record) || !looksLikeTrail(record)) return { rejected: "wrong-shape" };
  if (record["eventSource"] !== "cognito-idp.amazonaws.com") return { skipped: "not-cognito" };
  const operation = textOf(record, "eventName");
  if (operation === null) return { skipped: "no-operation" };
  const foreign = scope && otherThan(scope, record);
  if (foreign) return foreign;
  const at = fromIso(textOf(record, "eventTime") ?? "");
  if (!isPlausible(at)) return { rejected: "bad-timestamp" };
  // Some records of services have none; such a call has no caller, unless its token names one.
  if (typeof (record["sourceIPAddress"] ?? "") !== "string") return { rejected: "bad-address" };
  return { row: { table: "cloudtrail", at, id: textOf(record, "eventID"), columns: columnsOf(record, operation, at) } };
}

/** Every record of any service has a version and a time, Insights included. */
function looksLikeTrail(record: JsonObject): boolean {
  return textOf(record, "eventSource") !== null || textOf(record, "eventVersion") !== null;
}

/** `infrastructure`: CloudFront, or AWS itself, which says so in words or by a service's name. */
export type CallerKind = "address" | "infrastructure" | "not-an-address";

export function callerKind(sourceIpAddress: string): CallerKind {
  if (sourceIpAddress === "AWS Internal" || /\.amazonaws\.com(\.cn)?$/i.test(sourceIpAddress)) return "infrastructure";
  const cidr = sourceIpAddress.includes("/") ? null : parseCidr(sourceIpAddress);
  if (!cidr) return "not-an-address";
  return isInfrastructure(cidr) ? "infrastructure" : "address";
}

function otherThan(scope: LogScope, record: JsonObject): Fate | null {
  const parameters = memberOf(record, "requestParameters");
  const additional = memberOf(record, "additionalEventData");
  const pool = textOf(parameters, "userPoolId") ?? textOf(additional, "userPoolId");
  const region = textOf(record, "awsRegion");
  // The trail of an organisation has every account's calls, and calls with an access token name neither pool nor client.
  const account = textOf(record, "recipientAccountId");
  const isElsewhere = (found: string | null, ours: string) => found !== null && found !== ours;
  if (isElsewhere(pool, scope.poolId) || isElsewhere(region, scope.poolRegion) || isElsewhere(account, scope.account))
    return { skipped: "other-pool" };
  const client = clientOf(parameters, additional);
  return client !== null && !scope.clientIds.includes(client) ? { skipped: "other-client" } : null;
}

function memberOf(record: JsonObject, key: string): JsonObject {
  const member = record[key];
  return isObject(member) ? member : {};
}

/** Native calls name the client in `clientId`, pages of the hosted UI in an array. */
function clientOf(parameters: JsonObject, additional: JsonObject): string | null {
  const page = memberOf(additional, "requestParameters")["client_id"];
  return textOf(parameters, "clientId") ?? (Array.isArray(page) && typeof page[0] === "string" ? page[0] : null);
}

function columnsOf(record: JsonObject, operation: string, at: Instant): JsonObject {
  const source = textOf(record, "sourceIPAddress") ?? "";
  const parameters = memberOf(record, "requestParameters");
  const additional = memberOf(record, "additionalEventData");
  return {
    eventtime: toIso(at),
    eventsource: record["eventSource"],
    eventname: operation,
    sourceipaddress: canonicalAddress(source) ?? source,
    useragent: textOf(record, "userAgent"),
    errorcode: textOf(record, "errorCode"),
    errormessage: textOf(record, "errorMessage"),
    requestparameters: JSON.stringify({
      clientId: clientOf(parameters, additional),
      authFlow: textOf(parameters, "authFlow"),
      challengeName: textOf(parameters, "challengeName"),
    }),
    responseelements: JSON.stringify({ challengeName: textOf(memberOf(record, "responseElements"), "challengeName") }),
    additionaleventdata: JSON.stringify({ sub: textOf(additional, "sub") }),
    requestid: textOf(record, "requestID"),
    eventid: textOf(record, "eventID"),
    day: dayPartition(at),
  };
}
