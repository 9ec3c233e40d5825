/** Calls to a user pool as four logs would have seen them: descriptions of calls in, log records out. */
import { createHash } from "node:crypto";

import { cloudFrontRanges } from "../../functions/domain/cloudfront-ranges.ts";
import { type Call, CLIENT } from "../../local/demo/calls.ts";

export { type Call, CLIENT, errors } from "../../local/demo/calls.ts";

export const GATE = "AbCdEfGhIjKlMnOpQrStUv";
/** What CloudTrail shows as the caller of a proxied call. */
export const CARRIER = cloudFrontRanges.ranges[0]?.split("/")[0] ?? "";

const digest = (text: string, length: number) => createHash("sha256").update(text).digest("base64url").slice(0, length);
const requestIdOf = (call: Call, index: number) => `${digest(`${call.at} ${call.ip} ${index}`, 54)}==`;
export const tagOf = (user: string | null) => (user === null ? "-" : digest(`tag ${user}`, 16));
export const subOf = (user: string) => `sub-${digest(user, 12)}`;

export type JsonRecord = Record<string, unknown>;

export function wafRecord(call: Call, requestId: string, scope: "CF" | "COGNITOIDP" = "CF"): JsonRecord {
  const [rule, type] = call.blockedBy ?? ["Default_Action", "REGULAR"];
  const edgeHeaders = [
    { name: "Host", value: "d111111abcdef8.cloudfront.net" },
    { name: "X-Amz-Target", value: `AWSCognitoIdentityProviderService.${call.operation}` },
    { name: "User-Agent", value: "Mozilla/5.0" },
  ];
  const poolHeaders = [
    { name: "x-amzn-cognito-operation-name", value: call.operation },
    { name: "x-amzn-cognito-client-id", value: call.clientId ?? CLIENT },
    { name: "user-agent", value: "curl/8" },
  ];
  return {
    timestamp: call.at,
    formatVersion: 1,
    webaclId:
      scope === "CF"
        ? "arn:aws:wafv2:us-east-1:111122223333:global/webacl/portcullis-edge/11111111-1111-4111-8111-111111111111"
        : "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/portcullis-pool/11111111-1111-4111-8111-111111111111",
    terminatingRuleId: rule,
    terminatingRuleType: type,
    action: call.blockedBy ? "BLOCK" : "ALLOW",
    httpSourceName: scope,
    httpSourceId:
      scope === "CF" ? "E1EXAMPLE" : "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Example11",
    ruleGroupList: [],
    rateBasedRuleList: [],
    nonTerminatingMatchingRules: [],
    httpRequest: {
      clientIp: call.ip,
      country: "DE",
      headers: scope === "CF" ? edgeHeaders : poolHeaders,
      uri: "/",
      args: "",
      httpVersion: "HTTP/2.0",
      httpMethod: "POST",
      requestId,
    },
    ja4Fingerprint: call.ja4 ?? "t13d1516h2_8daaf6152771_b186095e22b6",
  };
}

export function trailRecord(call: Call, requestId: string, index: number): JsonRecord {
  const token = `portcullis/1 (${GATE}; ${requestId}; ${call.operation}; ${call.ip}; ${tagOf(call.user)}) Mozilla/5.0`;
  const flow = call.operation === "InitiateAuth" ? { authFlow: call.flow } : {};
  const secretTrouble = call.error?.[1].includes("secret") ?? false;
  return {
    eventVersion: "1.10",
    userIdentity: { type: "Unknown", principalId: "Anonymous" },
    // CloudTrail knows seconds only.
    eventTime: `${new Date(call.at).toISOString().slice(0, 19)}Z`,
    eventSource: "cognito-idp.amazonaws.com",
    eventName: call.served ?? call.operation,
    awsRegion: "eu-west-1",
    sourceIPAddress: call.path === "proxied" ? CARRIER : call.ip,
    userAgent: call.path === "proxied" ? token : "curl/8",
    ...(call.error ? { errorCode: call.error[0], errorMessage: call.error[1] } : { errorCode: "" }),
    requestParameters: { ...flow, authParameters: "HIDDEN_DUE_TO_SECURITY_REASONS", clientId: call.clientId ?? CLIENT },
    responseElements: null,
    ...(call.user && call.known !== false && !secretTrouble ? { additionalEventData: { sub: subOf(call.user) } } : {}),
    requestID: digest(`request ${call.at} ${index}`, 32),
    eventID: digest(`event ${call.at} ${call.ip} ${index}`, 32),
    readOnly: false,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: "111122223333",
    eventCategory: "Management",
  };
}

export function cloudFrontValues(call: Call, requestId: string): string[] {
  const iso = new Date(call.at).toISOString();
  const status = call.blockedBy ? "403" : call.refused ? "404" : call.error ? "400" : "200";
  return [
    ...[iso.slice(0, 10), iso.slice(11, 19), "FRA53-C1", "480", call.ip, "POST", "d111111abcdef8.cloudfront.net", "/"],
    ...[status, "-", "Mozilla/5.0%20(X11)", "-", "-", "Miss", requestId, "d111111abcdef8.cloudfront.net", "https"],
    ...["690", "0.123", "-", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "Miss", "HTTP/2.0", "-", "-"],
    ...["45678", "0.123", "Miss", "application/json", "120", "-", "-"],
  ];
}

export interface Logs {
  readonly edge: readonly JsonRecord[];
  readonly pool: readonly JsonRecord[];
  readonly trail: readonly JsonRecord[];
  readonly cloudFront: readonly (readonly string[])[];
}

/** What each log holds of the calls: WAF blocks before Cognito sees anything, CloudFront sees proxied calls only. */
export function logsOf(calls: readonly Call[]): Logs {
  const numbered = calls.map((call, index) => ({ call, index, id: requestIdOf(call, index) }));
  const proxied = numbered.filter(({ call }) => call.path === "proxied");
  const direct = numbered.filter(({ call }) => call.path === "direct");
  return {
    edge: proxied.map(({ call, id }) => wafRecord(call, id)),
    pool: direct.map(({ call, id }) => wafRecord(call, id, "COGNITOIDP")),
    trail: numbered
      .filter(({ call }) => !call.blockedBy && !call.refused)
      .map(({ call, id, index }) => trailRecord(call, id, index)),
    cloudFront: proxied.map(({ call, id }) => cloudFrontValues(call, id)),
  };
}

export const jsonLines = (records: readonly JsonRecord[]) =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");
export const trailFile = (records: readonly JsonRecord[]) => JSON.stringify({ Records: records });

export const FIELDS =
  "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) " +
  "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for " +
  "ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port " +
  "time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end";

export const tsvFile = (rows: readonly (readonly string[])[], columns = 33) =>
  [
    "#Version: 1.0",
    FIELDS.split(" ")
      .slice(0, columns + 1)
      .join(" "),
    ...rows.map((row) => row.slice(0, columns).join("\t")),
    "",
  ].join("\n");
