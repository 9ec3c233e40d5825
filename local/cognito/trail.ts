/**
 * CloudTrail's record of a native Cognito call, in the shape of public samples (AWS publishes none). Of the Admin
 * operations there are hardly any, so theirs is what other services' records have in the same place.
 */
import type { Instant } from "../../functions/domain/instant.ts";
import { type RandomBytes, randomUuid } from "./random.ts";

const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";
/** CloudTrail cuts user agents here. */
const USER_AGENT_BYTES = 1024;
/** The request members that CloudTrail shows; every other one that was sent is hidden. */
const SHOWN: ReadonlySet<string> = new Set(["AuthFlow", "ChallengeName", "ClientId", "UserPoolId", "ClientSecretId"]);

/** Whose AWS credentials a call came with. */
export interface Caller {
  readonly accessKeyId: string;
  /** Null for the operator. */
  readonly roleArn: string | null;
}

export interface TrailCall {
  readonly operation: string;
  readonly region: string;
  readonly account: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly host: string;
  readonly requestId: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Only where the call was about a user that exists. */
  readonly sub: string | null;
  readonly now: Instant;
  readonly caller: Caller | null;
}

export function trailRecord(call: TrailCall, random: RandomBytes): Record<string, unknown> {
  return {
    eventVersion: "1.10",
    userIdentity: userIdentity(call),
    eventTime: isoSeconds(call.now),
    eventSource: "cognito-idp.amazonaws.com",
    eventName: call.operation,
    awsRegion: call.region,
    sourceIPAddress: call.sourceIp,
    userAgent: Buffer.from(call.userAgent).subarray(0, USER_AGENT_BYTES).toString(),
    ...(call.error && { errorCode: call.error.code, errorMessage: call.error.message }),
    requestParameters: requestParameters(call.input),
    responseElements: null,
    ...(call.sub !== null && { additionalEventData: { sub: call.sub } }),
    requestID: call.requestId,
    eventID: randomUuid(random),
    readOnly: /^(Describe|List)/.test(call.operation),
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: call.account,
    eventCategory: "Management",
    tlsDetails: {
      tlsVersion: "TLSv1.3",
      cipherSuite: "TLS_AES_128_GCM_SHA256",
      clientProvidedHostHeader: call.host,
    },
  };
}

function userIdentity({ caller, account, now }: TrailCall): Record<string, unknown> {
  if (!caller) return { type: "Unknown", principalId: "Anonymous" };
  const { accessKeyId, roleArn } = caller;
  const identity = { accountId: account, accessKeyId };
  if (roleArn === null)
    return { type: "IAMUser", principalId: "operator", arn: `arn:aws:iam::${account}:user/operator`, ...identity };
  const userName = roleArn.split("/").at(-1) ?? "";
  return {
    type: "AssumedRole",
    principalId: `${userName}:local`,
    arn: `arn:aws:sts::${account}:assumed-role/${userName}/local`,
    ...identity,
    sessionContext: {
      sessionIssuer: { type: "Role", principalId: userName, arn: roleArn, accountId: account, userName },
      attributes: { creationDate: isoSeconds(now), mfaAuthenticated: "false" },
    },
  };
}

function isoSeconds(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

function requestParameters(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`,
      SHOWN.has(name) && typeof value === "string" ? value : HIDDEN,
    ]),
  );
}
