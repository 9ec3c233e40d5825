/** The fate of one record of each log, ours or not, whole or not: each has exactly one, and a row says what the log said. */
import {
  columnsOfHeader,
  judgeCloudFrontRow,
  legacyColumns,
  splitRow,
} from "../../functions/detect/cloudfront-record.ts";
import { type LogScope, operationOfTarget } from "../../functions/detect/log-fate.ts";
import { callerKind, judgeTrailRecord } from "../../functions/detect/trail-record.ts";
import { judgeWafRecord } from "../../functions/detect/waf-record.ts";
import {
  aCall,
  CARRIER,
  CLIENT,
  cloudFrontValues,
  FIELDS,
  type JsonRecord,
  T0,
  trailRecord,
  wafRecord,
} from "./traffic.ts";

const scope: LogScope = {
  account: "111122223333",
  edgeAcl: "portcullis-edge",
  poolAcl: "portcullis-pool",
  poolId: "eu-west-1_Example11",
  poolRegion: "eu-west-1",
  clientIds: [CLIENT],
  distribution: { id: "E1EXAMPLE", domainName: "d111111abcdef8.cloudfront.net" },
};

const edge = (changes: JsonRecord = {}, request: JsonRecord = {}): JsonRecord => {
  const record = wafRecord(aCall(), "request-1");
  return { ...record, ...changes, httpRequest: { ...(record["httpRequest"] as JsonRecord), ...request } };
};
const pool = (changes: JsonRecord = {}, request: JsonRecord = {}): JsonRecord => {
  const record = wafRecord(aCall({ path: "direct" }), "request-2", "COGNITOIDP");
  return { ...record, ...changes, httpRequest: { ...(record["httpRequest"] as JsonRecord), ...request } };
};
const header = (name: string, value: unknown) => ({ headers: [{ name, value }] });
const target = (value: string) => header("X-Amz-Target", value);
const acl = (name: string, account = "111122223333") =>
  `arn:aws:wafv2:us-east-1:${account}:global/webacl/${name}/11111111-1111-4111-8111-111111111111`;

describe("WAF", () => {
  test("a call through the distribution is a row of what the log said, and of no header that nobody looks at", () => {
    expect(judgeWafRecord(edge({ clientAsn: 64_496 }), scope)).toEqual({
      row: {
        table: "waf_edge",
        at: T0,
        id: "request-1",
        columns: {
          timestamp: T0,
          webaclid: acl("portcullis-edge"),
          terminatingruleid: "Default_Action",
          terminatingruletype: "REGULAR",
          action: "ALLOW",
          httpsourcename: "CF",
          httpsourceid: "E1EXAMPLE",
          httprequest: {
            clientip: "203.0.113.7",
            country: "DE",
            headers: [
              { name: "X-Amz-Target", value: "AWSCognitoIdentityProviderService.InitiateAuth" },
              { name: "User-Agent", value: "Mozilla/5.0" },
            ],
            httpmethod: "POST",
            requestid: "request-1",
          },
          ja4fingerprint: "t13d1516h2_8daaf6152771_b186095e22b6",
          clientasn: 64_496,
          dt: "2026/11/22/10/00",
        },
      },
    });
  });

  test("a call that reached the pool itself is a row with the pool's own headers", () => {
    const fate = judgeWafRecord(pool(), scope);
    expect(fate).toMatchObject({ row: { table: "waf_pool", at: T0, id: "request-2" } });
    expect(fate).toMatchObject({
      row: {
        columns: {
          httprequest: {
            headers: [
              { name: "x-amzn-cognito-operation-name", value: "InitiateAuth" },
              { name: "x-amzn-cognito-client-id", value: CLIENT },
              { name: "user-agent", value: "curl/8" },
            ],
          },
        },
      },
    });
  });

  test.each([
    { case: "no object", record: "text", fate: { rejected: "wrong-shape" } },
    { case: "a list", record: [], fate: { rejected: "wrong-shape" } },
    { case: "no request", record: { httpSourceName: "CF" }, fate: { rejected: "wrong-shape" } },
    { case: "a load balancer's", record: edge({ httpSourceName: "ALB" }), fate: { skipped: "not-cognito" } },
    { case: "headers that are none", record: edge({}, { headers: "x" }), fate: { rejected: "wrong-shape" } },
    { case: "no headers", record: edge({}, { headers: undefined }), fate: { skipped: "no-operation" } },
    {
      case: "headers of a foreign shape",
      record: edge({}, { headers: [null, { name: 1, value: "x" }] }),
      fate: { skipped: "no-operation" },
    },
    {
      case: "a target that is no text",
      record: edge({}, header("x-amz-target", 7)),
      fate: { skipped: "no-operation" },
    },
    { case: "a preflight", record: edge({}, { httpMethod: "OPTIONS" }), fate: { skipped: "not-cognito" } },
    {
      case: "another service's target",
      record: edge({}, target("DynamoDB_20120810.GetItem")),
      fate: { skipped: "not-cognito" },
    },
    {
      case: "a target without operation",
      record: edge({}, target("AWSCognitoIdentityProviderService")),
      fate: { skipped: "no-operation" },
    },
    { case: "a page of the hosted UI", record: pool({}, { headers: [] }), fate: { skipped: "no-operation" } },
    { case: "a web ACL of another name", record: edge({ webaclId: acl("other") }), fate: { skipped: "other-web-acl" } },
    {
      case: "ours by name, of another account",
      record: edge({ webaclId: acl("portcullis-edge", "123456789012") }),
      fate: { skipped: "other-web-acl" },
    },
    {
      case: "the edge's web ACL before the pool",
      record: pool({ webaclId: acl("portcullis-edge") }),
      fate: { skipped: "other-web-acl" },
    },
    {
      case: "another distribution",
      record: edge({ httpSourceId: "E2EXAMPLE" }),
      fate: { skipped: "other-distribution" },
    },
    {
      case: "another pool",
      record: pool({ httpSourceId: "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Other" }),
      fate: { skipped: "other-pool" },
    },
    { case: "a time in words", record: edge({ timestamp: "noon" }), fate: { rejected: "bad-timestamp" } },
    { case: "a time in seconds", record: edge({ timestamp: T0 / 1000 }), fate: { rejected: "bad-timestamp" } },
    { case: "no time", record: edge({ timestamp: Number.NaN }), fate: { rejected: "bad-timestamp" } },
    { case: "more digits than a time has", record: edge({ timestamp: `1${T0}` }), fate: { rejected: "bad-timestamp" } },
    { case: "digits after words", record: edge({ timestamp: `x${T0}` }), fate: { rejected: "bad-timestamp" } },
    {
      case: "an address that is none",
      record: edge({}, { clientIp: "203.0.113.700" }),
      fate: { rejected: "bad-address" },
    },
    {
      case: "CloudFront's call of the pool",
      record: pool({}, { clientIp: CARRIER }),
      fate: { skipped: "infrastructure-source" },
    },
  ])("$case has its fate", ({ record, fate }) => {
    expect(judgeWafRecord(record, scope)).toEqual(fate);
  });

  test.each([
    { case: "a time as text", record: edge({ timestamp: String(T0) }) },
    { case: "a time with a fraction", record: edge({ timestamp: T0 + 0.5 }) },
    { case: "a web ACL that is no ARN", record: edge({ webaclId: "portcullis" }) },
    { case: "no web ACL", record: edge({ webaclId: undefined }) },
    { case: "no distribution", record: edge({ httpSourceId: "-" }) },
    { case: "a pool that is named in no known way", record: pool({ httpSourceId: "?" }) },
    { case: "an operation in the target only", record: pool({}, target("AWSCognitoIdentityProviderService.SignUp")) },
  ])("$case is a row at its time", ({ record }) => {
    expect(judgeWafRecord(record, scope)).toMatchObject({ row: { at: T0 } });
  });

  test("a client of somebody else's is skipped, and none where nobody says what is ours", () => {
    const theirs = wafRecord(aCall({ path: "direct", clientId: "another" }), "r", "COGNITOIDP");
    expect(judgeWafRecord(theirs, scope)).toEqual({ skipped: "other-client" });
    expect(judgeWafRecord(theirs, null)).toHaveProperty("row");
    expect(judgeWafRecord(edge({ httpSourceId: "E2EXAMPLE" }), { ...scope, distribution: null })).toHaveProperty("row");
  });

  test.each([
    { asn: 0, kept: 0 },
    { asn: 2 ** 31 - 1, kept: 2 ** 31 - 1 },
    { asn: 2 ** 31, kept: null },
    { asn: -1, kept: null },
    { asn: 1.5, kept: null },
    { asn: "64496", kept: null },
  ])("the number $asn of a network becomes $kept", ({ asn, kept }) => {
    expect(judgeWafRecord(edge({ clientAsn: asn }), null)).toMatchObject({ row: { columns: { clientasn: kept } } });
  });
});

describe("CloudTrail", () => {
  const record = (changes: JsonRecord = {}): JsonRecord => ({
    ...trailRecord(aCall({ path: "direct" }), "r", 1),
    ...changes,
  });

  test("a call is a row with what the queries ask for, and nothing that a person typed", () => {
    const call = aCall({ path: "direct", error: ["NotAuthorizedException", "Incorrect username or password."] });
    const raw: JsonRecord = {
      ...trailRecord(call, "r", 1),
      responseElements: { challengeName: "SMS_MFA", session: "s" },
    };
    expect(judgeTrailRecord(raw, scope)).toEqual({
      row: {
        table: "cloudtrail",
        at: T0,
        id: raw["eventID"],
        columns: {
          eventtime: "2026-11-22T10:00:00.000Z",
          eventsource: "cognito-idp.amazonaws.com",
          eventname: "InitiateAuth",
          sourceipaddress: "203.0.113.7",
          useragent: "curl/8",
          errorcode: "NotAuthorizedException",
          errormessage: "Incorrect username or password.",
          requestparameters: JSON.stringify({ clientId: CLIENT, authFlow: "USER_PASSWORD_AUTH", challengeName: null }),
          responseelements: JSON.stringify({ challengeName: "SMS_MFA" }),
          additionaleventdata: JSON.stringify(raw["additionalEventData"]),
          requestid: raw["requestID"],
          eventid: raw["eventID"],
          day: "2026/11/22",
        },
      },
    });
  });

  test.each([
    { case: "no object", record: null, fate: { rejected: "wrong-shape" } },
    { case: "neither version nor source", record: { eventName: "InitiateAuth" }, fate: { rejected: "wrong-shape" } },
    { case: "a version and nothing else", record: { eventVersion: "1.10" }, fate: { skipped: "not-cognito" } },
    { case: "another service", record: record({ eventSource: "s3.amazonaws.com" }), fate: { skipped: "not-cognito" } },
    { case: "no operation", record: record({ eventName: "" }), fate: { skipped: "no-operation" } },
    { case: "no time", record: record({ eventTime: undefined }), fate: { rejected: "bad-timestamp" } },
    {
      case: "a time before there was CloudTrail",
      record: record({ eventTime: "2009-12-31T23:59:59Z" }),
      fate: { rejected: "bad-timestamp" },
    },
    {
      case: "a time of the next century",
      record: record({ eventTime: "2100-01-01T00:00:00Z" }),
      fate: { rejected: "bad-timestamp" },
    },
    { case: "an address that is no text", record: record({ sourceIPAddress: 7 }), fate: { rejected: "bad-address" } },
    {
      case: "another pool",
      record: record({ requestParameters: { userPoolId: "eu-west-1_Other" } }),
      fate: { skipped: "other-pool" },
    },
    {
      case: "another pool, told aside",
      record: record({ additionalEventData: { userPoolId: "eu-west-1_Other" } }),
      fate: { skipped: "other-pool" },
    },
    { case: "another Region", record: record({ awsRegion: "eu-central-1" }), fate: { skipped: "other-pool" } },
    {
      case: "another account",
      record: record({ recipientAccountId: "123456789012" }),
      fate: { skipped: "other-pool" },
    },
    {
      case: "another client",
      record: record({ requestParameters: { clientId: "another" } }),
      fate: { skipped: "other-client" },
    },
    {
      case: "another client of the hosted UI",
      record: record({
        requestParameters: null,
        additionalEventData: { requestParameters: { client_id: ["another"] } },
      }),
      fate: { skipped: "other-client" },
    },
  ])("$case has its fate", ({ record: raw, fate }) => {
    expect(judgeTrailRecord(raw, scope)).toEqual(fate);
  });

  test.each([
    { case: "no address", changes: { sourceIPAddress: undefined }, columns: { sourceipaddress: "" } },
    {
      case: "a service's name",
      changes: { sourceIPAddress: "cognito.amazonaws.com" },
      columns: { sourceipaddress: "cognito.amazonaws.com" },
    },
    {
      case: "an address in another spelling",
      changes: { sourceIPAddress: "2001:DB8:0::1" },
      columns: { sourceipaddress: "2001:db8::1" },
    },
    {
      case: "the first instant of 2010",
      changes: { eventTime: "2010-01-01T00:00:00Z" },
      columns: { day: "2010/01/01" },
    },
    {
      case: "a client id that is no text",
      changes: { requestParameters: null, additionalEventData: { requestParameters: { client_id: [7] } } },
      columns: {},
    },
    {
      case: "no parameters at all",
      changes: { requestParameters: "text", additionalEventData: null },
      columns: { additionaleventdata: '{"sub":null}' },
    },
  ])("$case is a row", ({ changes, columns }) => {
    expect(judgeTrailRecord(record(changes), scope)).toMatchObject({ row: { columns } });
  });

  test.each([
    { text: "203.0.113.7", kind: "address" },
    { text: "AWS Internal", kind: "infrastructure" },
    { text: "lambda.amazonaws.com", kind: "infrastructure" },
    { text: "lambda.amazonaws.com.cn", kind: "infrastructure" },
    { text: "LAMBDA.AMAZONAWS.COM", kind: "infrastructure" },
    { text: CARRIER, kind: "infrastructure" },
    { text: "lambda.amazonaws.com.example.org", kind: "not-an-address" },
    { text: "amazonaws", kind: "not-an-address" },
    { text: "203.0.113.0/24", kind: "not-an-address" },
    { text: "", kind: "not-an-address" },
  ])("the caller $text is: $kind", ({ text, kind }) => {
    expect(callerKind(text)).toBe(kind);
  });
});

describe("CloudFront", () => {
  const row = (changes: Record<string, string | undefined> = {}) => ({
    ...splitRow(cloudFrontValues(aCall(), "request-3").join("\t"), legacyColumns),
    ...changes,
  });

  test("a call is a row of its time, its caller and its status", () => {
    expect(judgeCloudFrontRow(row({ c_country: "DE", asn: "-" }), scope)).toEqual({
      row: {
        table: "cloudfront",
        at: T0,
        id: "request-3",
        columns: {
          date: "2026-11-22",
          time: "10:00:00",
          c_ip: "203.0.113.7",
          cs_method: "POST",
          cs_uri_stem: "/",
          sc_status: "200",
          x_edge_request_id: "request-3",
          cs_user_agent: "Mozilla/5.0%20(X11)",
          c_country: "DE",
          asn: null,
          dt: "2026/11/22/10",
        },
      },
    });
  });

  test.each([
    {
      case: "a column that is needed is not there",
      changes: { sc_status: undefined },
      fate: { rejected: "bad-columns" },
    },
    { case: "a page", changes: { cs_method: "GET" }, fate: { skipped: "not-cognito" } },
    { case: "another path", changes: { cs_uri_stem: "/login" }, fate: { skipped: "not-cognito" } },
    {
      case: "another distribution",
      changes: { cs_host: "d222222abcdef8.cloudfront.net" },
      fate: { skipped: "other-distribution" },
    },
    { case: "no such day", changes: { date: "2026-02-30" }, fate: { rejected: "bad-timestamp" } },
    { case: "no address", changes: { c_ip: "-" }, fate: { rejected: "bad-address" } },
  ])("$case: the row has its fate", ({ changes, fate }) => {
    expect(judgeCloudFrontRow(row(changes), scope)).toEqual(fate);
  });

  test("a distribution is ours in any spelling, and where it is not told or not known", () => {
    expect(judgeCloudFrontRow(row({ cs_host: "D111111ABCDEF8.cloudfront.net" }), scope)).toHaveProperty("row");
    expect(judgeCloudFrontRow(row({ cs_host: "-" }), scope)).toHaveProperty("row");
    const unknown = { ...scope, distribution: null };
    expect(judgeCloudFrontRow(row({ cs_host: "d222222abcdef8.cloudfront.net" }), unknown)).toHaveProperty("row");
  });

  test("a header line names the columns, in either format's spelling; another comment names none", () => {
    expect(columnsOfHeader(FIELDS)).toEqual(legacyColumns);
    expect(columnsOfHeader("#fields:  c-ip   cs(User-Agent) ")).toEqual(["c_ip", "cs_user_agent"]);
    expect(columnsOfHeader("#Version: 1.0")).toBeNull();
    expect(columnsOfHeader("see #Fields: c-ip")).toBeNull();
  });

  test("a row with a column more or less than its header is none", () => {
    expect(splitRow("a\tb", ["x", "y"])).toEqual({ x: "a", y: "b" });
    expect(splitRow("a\tb\tc", ["x", "y"])).toBeNull();
    expect(splitRow("a", ["x", "y"])).toBeNull();
  });
});

test.each([
  { target: "AWSCognitoIdentityProviderService.SignUp", read: { operation: "SignUp" } },
  { target: `AWSCognitoIdentityProviderService.${"a".repeat(64)}`, read: { operation: "a".repeat(64) } },
  { target: `AWSCognitoIdentityProviderService.${"a".repeat(65)}`, read: "malformed" },
  { target: "AWSCognitoIdentityProviderService.Sign Up", read: "malformed" },
  { target: "AWSCognitoIdentityProviderService", read: "malformed" },
  { target: "AWSCognitoIdentityProviderServices.SignUp", read: "foreign" },
  { target: "x AWSCognitoIdentityProviderService.SignUp", read: "foreign" },
])("the target $target reads as $read", ({ target: text, read }) => {
  expect(operationOfTarget(text)).toEqual(read);
});
