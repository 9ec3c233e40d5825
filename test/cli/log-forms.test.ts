/** The forms in which AWS writes its logs, field by field: what becomes of each record, and what of it is in the calls. */

import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { gatherCalls } from "../../cli/analysis.ts";
import { analyze } from "../../cli/analyze.ts";
import { SECOND } from "../../functions/domain/instant.ts";
import { openDuckDb, queryRows } from "../../local/duckdb.ts";
import { createParquetWriter } from "../../local/log-delivery/parquet.ts";
import type { LogFile } from "../../local/log-files.ts";
import { logFolder } from "../detect/log-folder.ts";
import {
  aCall,
  CARRIER,
  CLIENT,
  errors,
  FIELDS,
  type JsonRecord,
  jsonLines,
  logsOf,
  series,
  subOf,
  T0,
  trailFile,
  tsvFile,
} from "../detect/traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

const config = folder.write(
  "config.json",
  JSON.stringify({
    account: "111122223333",
    userPool: { id: "eu-west-1_Example11", clientIds: [CLIENT] },
    distribution: { id: "E1EXAMPLE", domainName: "d111111abcdef8.cloudfront.net" },
  }),
);

type Kind = LogFile["kind"];
let written = 0;
function write(content: string | Buffer): string {
  written += 1;
  return folder.write(`${written}.log`, content);
}

/** What the report says of one file. */
async function inputOf(kind: Kind, content: string | Buffer, withConfig = false) {
  const { report } = await analyze({ [kind]: [write(content)], ...(withConfig ? { config } : {}) });
  return report.inputs[0];
}

/** The calls that the files give, as rows. */
async function callsOf(files: Readonly<Partial<Record<Kind, string | Buffer>>>) {
  const list = (Object.keys(files) as Kind[]).map((kind) => ({ kind, path: write(files[kind] ?? "") }));
  const evidence = await gatherCalls({ files: list, from: null, to: null, scope: null });
  try {
    return await queryRows(evidence.connection, "select * from calls order by ts, operation, request_id");
  } finally {
    evidence.close();
  }
}

/** A call straight to Cognito, as CloudTrail's own examples have it. */
const native: JsonRecord = {
  eventVersion: "1.10",
  userIdentity: { type: "Unknown", principalId: "Anonymous" },
  eventTime: "2026-11-22T10:00:00Z",
  eventSource: "cognito-idp.amazonaws.com",
  eventName: "InitiateAuth",
  awsRegion: "eu-west-1",
  sourceIPAddress: "203.0.113.7",
  userAgent: "aws-cli/2.15",
  errorCode: "NotAuthorizedException",
  errorMessage: "Incorrect username or password.",
  requestParameters: {
    authFlow: "USER_PASSWORD_AUTH",
    authParameters: "HIDDEN_DUE_TO_SECURITY_REASONS",
    clientId: CLIENT,
  },
  responseElements: null,
  additionalEventData: { sub: subOf("user-1") },
  requestID: "0f0a5c5e-0000-4000-8000-000000000001",
  eventID: "0f0a5c5e-0000-4000-8000-000000000002",
  readOnly: false,
  eventType: "AwsApiCall",
  managementEvent: true,
  recipientAccountId: "111122223333",
  eventCategory: "Management",
};
const page: JsonRecord = {
  ...native,
  userIdentity: { accountId: "111122223333" },
  eventName: "Login_POST",
  errorCode: "",
  errorMessage: undefined,
  requestParameters: null,
  additionalEventData: {
    responseParameters: { status: 302 },
    requestParameters: { client_id: [CLIENT], username: ["HIDDEN_DUE_TO_SECURITY_REASONS"], scope: ["openid"] },
    userPoolDomain: "example.auth.eu-west-1.amazoncognito.com",
    userPoolId: "eu-west-1_Example11",
  },
  eventType: "AwsServiceEvent",
  serviceEventDetails: { serviceAccountId: "111122223333" },
};
const withParameters = (requestParameters: unknown) => ({ ...native, requestParameters });

describe("CloudTrail", () => {
  test("a native call: outcome, app client and sub, its caller by address", async () => {
    expect(await callsOf({ cloudtrail: trailFile([native]) })).toEqual([
      expect.objectContaining({
        path: "direct",
        source_ip: "203.0.113.7/32",
        operation: "InitiateAuth",
        client_id: CLIENT,
        outcome: "failure",
        error_kind: "wrong_credential",
        sub: subOf("user-1"),
      }),
    ]);
  });

  test.each([
    { case: "an empty errorCode is none", record: { ...native, errorCode: "", errorMessage: "" }, outcome: "success" },
    { case: "an absent errorCode is none", record: { ...native, errorCode: undefined }, outcome: "success" },
    {
      case: "a null errorCode is none",
      record: { ...native, errorCode: null, errorMessage: null },
      outcome: "success",
    },
    {
      case: "authParameters as an object",
      record: withParameters({ authFlow: "USER_PASSWORD_AUTH", authParameters: { USERNAME: "x" }, clientId: CLIENT }),
      outcome: "failure",
    },
    { case: "no requestParameters", record: withParameters(null), outcome: "failure" },
    {
      case: "requestParameters as a text",
      record: withParameters("HIDDEN_DUE_TO_SECURITY_REASONS"),
      outcome: "failure",
    },
    { case: "requestParameters as a list", record: withParameters([]), outcome: "failure" },
    { case: "no additionalEventData", record: { ...native, additionalEventData: null }, outcome: "failure" },
    {
      case: "a password that was right, and a challenge after it",
      record: { ...native, errorCode: "", responseElements: { challengeName: "SMS_MFA", session: "HIDDEN" } },
      outcome: "success",
    },
    { case: "an answer that is only a text", record: { ...native, responseElements: "HIDDEN" }, outcome: "failure" },
    { case: "a blocked call", record: { ...native, errorCode: "ForbiddenException" }, outcome: "blocked" },
    { case: "quota", record: { ...native, errorCode: "TooManyRequestsException" }, outcome: "throttled" },
  ])("$case: $outcome", async ({ record, outcome }) => {
    expect(await callsOf({ cloudtrail: trailFile([record]) })).toEqual([expect.objectContaining({ outcome })]);
  });

  test("a page of the hosted UI is a call of its app client, given in a list", async () => {
    expect(await callsOf({ cloudtrail: trailFile([page]) })).toEqual([
      expect.objectContaining({ operation: "Login_POST", client_id: CLIENT, source_ip: "203.0.113.7/32" }),
    ]);
  });

  test.each([
    { case: "a page of managed login", record: { ...page, eventName: "login_POST" }, reason: null },
    {
      case: "a page of another app client",
      record: {
        ...page,
        additionalEventData: { userPoolId: "eu-west-1_Example11", requestParameters: { client_id: ["other"] } },
      },
      reason: "other-client",
    },
    {
      case: "a page of another pool",
      record: { ...page, additionalEventData: { userPoolId: "eu-west-1_Other1111" } },
      reason: "other-pool",
    },
    {
      case: "a call with an access token, in another account of the organisation",
      record: { ...withParameters(null), eventName: "GetUser", recipientAccountId: "123456789012" },
      reason: "other-pool",
    },
    {
      case: "another service",
      record: { ...native, eventSource: "cognito-identity.amazonaws.com" },
      reason: "not-cognito",
    },
    {
      case: "an Insight",
      record: { eventVersion: "1.07", eventType: "AwsCloudTrailInsight", insightDetails: { state: "Start" } },
      reason: "not-cognito",
    },
    { case: "an address that is null", record: { ...native, sourceIPAddress: null }, reason: "not-an-address" },
    { case: "no address at all", record: { ...native, sourceIPAddress: undefined }, reason: "not-an-address" },
    { case: "an empty address", record: { ...native, sourceIPAddress: "" }, reason: "not-an-address" },
    { case: "an address that is a number", record: { ...native, sourceIPAddress: 42 }, reason: "bad-address" },
    {
      case: "a service as caller",
      record: { ...native, sourceIPAddress: "AWS Internal" },
      reason: "infrastructure-source",
    },
    { case: "CloudFront as caller", record: { ...native, sourceIPAddress: CARRIER }, reason: "infrastructure-source" },
    { case: "a time that is a number", record: { ...native, eventTime: T0 }, reason: "bad-timestamp" },
    { case: "no operation", record: { ...native, eventName: null }, reason: "no-operation" },
  ])("$case: $reason", async ({ record, reason }) => {
    expect(await inputOf("cloudtrail", trailFile([record]), true)).toMatchObject({
      records: 1,
      accepted: reason === null ? 1 : 0,
      reasons: reason === null ? {} : { [reason]: 1 },
    });
  });

  test("the folders of an organisation's trail, digests and Insights among them", async () => {
    const root = join(dirname(config), "AWSLogs", "o-exampleorgid");
    const digest = {
      awsAccountId: "111122223333",
      digestStartTime: "2026-11-22T09:00:00Z",
      logFiles: [{ hashValue: "0" }],
    };
    const files = {
      "111122223333/CloudTrail/eu-west-1/2026/11/22/111122223333_CloudTrail_eu-west-1_20261122T1005Z_a.json.gz":
        trailFile([native]),
      "123456789012/CloudTrail/eu-west-1/2026/11/22/123456789012_CloudTrail_eu-west-1_20261122T1005Z_b.json.gz":
        trailFile([{ ...native, eventID: "b", recipientAccountId: "123456789012" }]),
      "111122223333/CloudTrail-Digest/eu-west-1/2026/11/22/111122223333_CloudTrail-Digest_eu-west-1_t_c.json.gz": "{}",
      "111122223333/CloudTrail-Insight/eu-west-1/2026/11/22/111122223333_CloudTrail-Insight_eu-west-1_d.json.gz":
        trailFile([{ eventVersion: "1.07", eventType: "AwsCloudTrailInsight" }]),
      "renamed.json": JSON.stringify(digest),
    };
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      folder.write(join("AWSLogs", "o-exampleorgid", name), gzipSync(text));
    }
    const { report, anyRejected } = await analyze({ cloudtrail: [`${root}/**/*.json*`], config });
    expect(anyRejected).toBe(false);
    expect(report.inputs.map(({ accepted, reasons }) => [accepted, reasons])).toEqual([
      [0, { "not-cognito": 1 }],
      [0, { "not-cognito": 1 }],
      [1, {}],
      [0, { "other-pool": 1 }],
      [0, { "not-cognito": 1 }],
    ]);
  });
});

describe("AWS WAF", () => {
  const [edge = {}] = logsOf([aCall()]).edge;
  const [pool = {}] = logsOf([aCall({ path: "direct" })]).pool;
  const everything: JsonRecord = {
    nonTerminatingMatchingRules: [{ ruleId: "Watched", action: "COUNT", ruleMatchDetails: [] }],
    ruleGroupList: [{ ruleGroupId: "AWS#AWSManagedRulesCommonRuleSet", terminatingRule: null, excludedRules: null }],
    rateBasedRuleList: [
      {
        rateBasedRuleId: "arn",
        rateBasedRuleName: "RateLimit",
        limitKey: "IP",
        maxRateAllowed: 1000,
        customValues: [],
      },
    ],
    requestHeadersInserted: [{ name: "x-amzn-waf-portcullis", value: "1" }],
    labels: [{ name: "awswaf:clientip:geo:country:DE" }, { name: "awswaf:managed:token:absent" }],
    oversizeFields: ["REQUEST_BODY"],
    requestBodySize: 70_000,
    requestBodySizeInspectedByWAF: 16_384,
    ja3Fingerprint: "f79b6bad2ad0641e1921aef10262856b",
    clientAsn: 64_500,
    forwardedAsn: null,
    responseCodeSent: null,
    captchaResponse: null,
    challengeResponse: null,
  };

  test("every field that WAF can write beside the ones we read", async () => {
    const [call] = await callsOf({ waf: jsonLines([{ ...edge, ...everything }]) });
    expect(call).toMatchObject({ source_ip: "203.0.113.7/32", country: "DE", asn: "64500", operation: "InitiateAuth" });
  });

  test("both web ACLs in one file, each path by its own", async () => {
    const calls = await callsOf({
      waf: jsonLines([
        { ...edge, ...everything },
        { ...pool, ...everything },
      ]),
    });
    expect(new Map(calls.map(({ path, client_id }) => [path, client_id]))).toEqual(
      new Map([
        ["direct", CLIENT],
        ["proxied", null],
      ]),
    );
  });

  test.each(["CAPTCHA", "CHALLENGE"])("%s is neither a block nor an allow", async (action) => {
    const asked = {
      action,
      terminatingRuleId: "Puzzle",
      responseCodeSent: 405,
      captchaResponse: { responseCode: 405 },
    };
    const [call] = await callsOf({ waf: jsonLines([{ ...edge, ...asked }]) });
    expect(call).toMatchObject({ outcome: "unknown", blocked_by: null });
  });

  test("a block is one, and names its rule", async () => {
    const calls = [aCall({ blockedBy: ["RateLimit", "RATE_BASED"] })];
    const [call] = await callsOf({ waf: jsonLines(logsOf(calls).edge) });
    expect(call).toMatchObject({ outcome: "blocked", blocked_by: "RateLimit" });
  });

  const otherAccount = String(edge["webaclId"]).replace("111122223333", "123456789012");
  test.each([
    {
      case: "another distribution behind our web ACL",
      record: { ...edge, httpSourceId: "E2EXAMPLE" },
      reason: "other-distribution",
    },
    {
      case: "a web ACL of our name in another account",
      record: { ...edge, webaclId: otherAccount },
      reason: "other-web-acl",
    },
    { case: "an edge log that does not name the distribution", record: { ...edge, httpSourceId: "-" }, reason: null },
    { case: "ours", record: edge, reason: null },
  ])("$case: $reason", async ({ record, reason }) => {
    expect(await inputOf("waf", jsonLines([record]), true)).toMatchObject({
      accepted: reason === null ? 1 : 0,
      reasons: reason === null ? {} : { [reason]: 1 },
    });
  });
});

describe("CloudFront", () => {
  const { cloudFront } = logsOf(series(4, SECOND, () => ({ error: errors.wrongPassword })));
  const names = FIELDS.split(" ").slice(1);
  const newer = {
    "c-country": "DE",
    "cache-behavior-path-pattern": "*",
    asn: "64500",
    "timestamp(ms)": "1795341600000",
  };
  const rows = cloudFront.map((row) => ({
    ...Object.fromEntries(names.map((name, at) => [name, row[at] ?? "-"])),
    ...newer,
  }));
  const under = (columns: readonly string[], separator: string) =>
    [
      "#Version: 1.0",
      `#Fields: ${columns.join(separator)}`,
      ...rows.map((row) => columns.map((name) => (row as Record<string, string>)[name]).join("\t")),
    ].join("\n");
  const all = [...names, ...Object.keys(newer)];

  async function parquet(columns: readonly string[]): Promise<Buffer> {
    const writer = createParquetWriter();
    try {
      return await writer.write(columns, rows);
    } finally {
      await writer.close();
    }
  }

  test.each([
    { case: "legacy", content: tsvFile(cloudFront) },
    { case: "legacy without the seven newer columns", content: tsvFile(cloudFront, 26) },
    { case: "without a header", content: cloudFront.map((row) => row.join("\t")).join("\n") },
    { case: "w3c of v2 with its own columns", content: under(all, " ") },
    { case: "columns backwards", content: under([...all].reverse(), " ") },
    { case: "a header of tabs", content: under(all, "\t") },
    { case: "JSON lines of v2", content: jsonLines(rows) },
    { case: "JSON lines with columns named as in Parquet", content: jsonLines(rows).replace(/"(cs|sc|c|x)-/g, '"$1_') },
    { case: "files joined with another header in the middle", content: `${under(all, " ")}\n${tsvFile(cloudFront)}` },
  ])("$case", async ({ content }) => {
    const calls = await callsOf({ cloudfront: content });
    expect(calls).toHaveLength(4);
    expect(calls[0]).toMatchObject({ source_ip: "203.0.113.7/32", path: "proxied", operation: null });
  });

  test("Parquet of v2: country and network among its columns", async () => {
    const columns = all.map((name) => name.replace(/[-(]/g, "_").replace(")", ""));
    const renamed = rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name.replace(/[-(]/g, "_").replace(")", ""), value]),
      ),
    );
    const writer = createParquetWriter();
    const content = await writer.write(columns, renamed);
    await writer.close();
    const calls = await callsOf({ cloudfront: content });
    expect(calls).toHaveLength(4);
    expect(calls[0]).toMatchObject({ country: "DE", asn: "64500" });
  });

  async function copied(select: string): Promise<Buffer> {
    const { connection, close } = await openDuckDb({ threads: 1 });
    const path = folder.write("copied.parquet", "");
    await connection.run(`copy (${select}) to '${path}' (format parquet)`);
    close();
    return readFileSync(path);
  }
  const typed = `select date '2026-11-22' as "date", time '10:00:00' as "time", '203.0.113.7' as "c-ip", 'POST' as "cs-method",
    '/' as "cs-uri-stem", 400::smallint as "sc-status", {'a': [1, 2]} as nested, 64500::bigint as asn`;

  test("Parquet of other types that mean the same", async () => {
    const calls = await callsOf({ cloudfront: await copied(typed) });
    expect(calls).toEqual([expect.objectContaining({ source_ip: "203.0.113.7/32", asn: "64500" })]);
  });

  test.each([
    { case: "no row", select: `${typed} where false`, counts: [0, 0, 0] },
    { case: "a number for a day", select: `select * replace (20261122 as "date") from (${typed})`, counts: [0, 0, 1] },
    {
      case: "a list for the caller",
      select: `select * replace (['203.0.113.7'] as "c-ip") from (${typed})`,
      counts: [0, 0, 1],
    },
    {
      case: "bytes for the caller",
      select: `select * replace ('\\xCB\\x00'::blob as "c-ip") from (${typed})`,
      counts: [0, 0, 1],
    },
    {
      case: "nothing for a method",
      select: `select * replace (null as "cs-method") from (${typed})`,
      counts: [0, 1, 0],
    },
  ])("Parquet with $case", async ({ select, counts }) => {
    const input = await inputOf("cloudfront", await copied(select));
    expect([input?.accepted, input?.skipped, input?.rejected]).toEqual(counts);
  });

  test.each([
    { case: "Parquet without the caller's column", columns: names.filter((name) => name !== "c-ip"), rejected: 4 },
    { case: "Parquet of something else", columns: ["x", "y"], rejected: 4 },
  ])("$case is rejected by its columns", async ({ columns, rejected }) => {
    expect(await inputOf("cloudfront", await parquet(columns))).toMatchObject({
      rejected,
      reasons: { "bad-columns": 4 },
    });
  });

  test.each([
    { case: "a table", content: tsvFile(cloudFront) },
    { case: "JSON lines", content: jsonLines(rows) },
  ])("rows of another distribution in $case", async ({ content }) => {
    const other = content.replaceAll("d111111abcdef8", "d222222abcdef8");
    expect(await inputOf("cloudfront", content, true)).toMatchObject({ accepted: 4 });
    expect(await inputOf("cloudfront", other, true)).toMatchObject({
      accepted: 0,
      reasons: { "other-distribution": 4 },
    });
    expect(await inputOf("cloudfront", other)).toMatchObject({ accepted: 4 });
  });

  test("a caller's own Host header makes no row another distribution's", async () => {
    const hosted = cloudFront.map((row) =>
      row.map((value, at) => (names[at] === "x-host-header" ? "auth.example.com" : value)),
    );
    expect(await inputOf("cloudfront", tsvFile(hosted), true)).toMatchObject({ accepted: 4 });
  });
});

describe("logs that come late, twice or with another clock", () => {
  const attack = series(60, 2 * SECOND, (index) => ({ user: `victim-${index}`, error: errors.wrongPassword }));
  const direct = series(60, 2 * SECOND, (index) => ({
    path: "direct",
    user: `victim-${index}`,
    error: errors.wrongPassword,
  }));
  const shifted = (records: readonly JsonRecord[], by: number) =>
    records.map((record) => ({
      ...record,
      eventTime: `${new Date(Date.parse(String(record["eventTime"])) + by).toISOString().slice(0, 19)}Z`,
    }));

  test.each([-60, -59, -30, -1, 1, 30, 59, 60])("CloudTrail's clock %i s away: each call once", async (seconds) => {
    // Off the second, which CloudTrail cuts off.
    const logs = logsOf(attack.map((call) => ({ ...call, at: call.at + 900 })));
    const { report } = await analyze({
      waf: [write(jsonLines(logs.edge))],
      cloudtrail: [write(trailFile(shifted(logs.trail, seconds * SECOND)))],
    });
    expect(report.inputs.map(({ accepted }) => accepted)).toEqual([60, 60]);
    expect(report.sources).toEqual([expect.objectContaining({ calls: 60, failures: 60, verdict: "ban" })]);
  });

  test.each([-120, 120])("CloudTrail's clock %i s away: nobody vouches for its tokens", async (seconds) => {
    const logs = logsOf(attack);
    const { report } = await analyze({
      waf: [write(jsonLines(logs.edge))],
      cloudtrail: [write(trailFile(shifted(logs.trail, seconds * SECOND)))],
    });
    expect(report.totals.calls).toBe(60);
    expect(report.inputs[1]).toMatchObject({ kind: "cloudtrail", accepted: 0 });
  });

  // Nothing but order says that a call in the pool's web ACL log is one in CloudTrail.
  test.each([-60, -30, -1, 0, 1, 30, 60])(
    "direct calls in two logs whose clocks are %i s apart: each call once",
    async (seconds) => {
      const logs = logsOf(direct);
      const { report } = await analyze({
        waf: [write(jsonLines(logs.pool))],
        cloudtrail: [write(trailFile(shifted(logs.trail, seconds * SECOND)))],
      });
      expect(report.totals.calls).toBe(60);
    },
  );

  test("a file that comes late, in any order and with records that were there already, adds what is new", async () => {
    const logs = logsOf(attack);
    const early = write(trailFile(logs.trail.slice(0, 40)));
    const late = write(trailFile(logs.trail.slice(20)));
    const waf = [write(jsonLines(logs.edge.slice(30))), write(jsonLines(logs.edge.slice(0, 45)))];
    const straight = await analyze({ waf, cloudtrail: [early, late] });
    const turned = await analyze({ waf: [...waf].reverse(), cloudtrail: [late, early] });
    expect(straight.report.sources).toEqual([expect.objectContaining({ calls: 60, failures: 60 })]);
    expect(turned.report.sources).toEqual(straight.report.sources);
  });
});
