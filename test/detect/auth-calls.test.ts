/** Outcomes and sources that the SQL reads out of log records, by way of DuckDB. */
import * as z from "zod";

import { gatherCalls } from "../../cli/analysis.ts";
import { queryRows } from "../../local/duckdb.ts";
import { logFolder } from "./log-folder.ts";
import {
  aCall,
  CARRIER,
  type Call,
  errors,
  type JsonRecord,
  jsonLines,
  logsOf,
  series,
  T0,
  tagOf,
  trailFile,
  tsvFile,
} from "./traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

interface Kept {
  readonly edge?: readonly JsonRecord[];
  readonly pool?: readonly JsonRecord[];
  readonly trail?: readonly JsonRecord[];
  readonly cloudFront?: readonly (readonly string[])[];
}

async function callsOf(logs: Kept) {
  const files = [
    { kind: "waf" as const, path: folder.write("edge.log", jsonLines(logs.edge ?? [])) },
    { kind: "waf" as const, path: folder.write("pool.log", jsonLines(logs.pool ?? [])) },
    { kind: "cloudtrail" as const, path: folder.write("trail.json", trailFile(logs.trail ?? [])) },
    { kind: "cloudfront" as const, path: folder.write("cf.tsv", tsvFile(logs.cloudFront ?? [])) },
  ];
  const evidence = await gatherCalls({ files, from: null, to: null, scope: null });
  const rows = await queryRows(evidence.connection, "select * from calls order by ts, operation, source_ip");
  evidence.close();
  return { rows, inputs: evidence.inputs, ipMismatches: evidence.ipMismatches };
}
const callOf = async (logs: Kept) => (await callsOf(logs)).rows[0];

const native = (overrides: Partial<Call>) => logsOf([aCall({ path: "direct", ip: "192.0.2.9", ...overrides })]).trail;
const denied = (message: string) => ["NotAuthorizedException", message] as const;

describe("outcome and error_kind of what CloudTrail recorded", () => {
  const told = [
    { case: "a password that is right", call: {}, outcome: "success", kind: null },
    { case: "an SRP sign-in begun", call: { flow: "USER_SRP_AUTH" }, outcome: "step", kind: null },
    { case: "a custom sign-in begun", call: { flow: "CUSTOM_AUTH" }, outcome: "step", kind: null },
    { case: "a refresh", call: { flow: "REFRESH_TOKEN_AUTH" }, outcome: "success", kind: null },
    { case: "a refresh by token", call: { operation: "GetTokensFromRefreshToken" }, outcome: "success", kind: null },
    { case: "a challenge answered", call: { operation: "RespondToAuthChallenge" }, outcome: "success", kind: null },
    { case: "a sign-up", call: { operation: "SignUp" }, outcome: "accepted", kind: null },
    { case: "a code sent again", call: { operation: "ResendConfirmationCode" }, outcome: "accepted", kind: null },
    { case: "a password forgotten", call: { operation: "ForgotPassword" }, outcome: "accepted", kind: null },
    { case: "a profile read", call: { operation: "GetUser" }, outcome: "step", kind: null },
    { case: "a wrong password", call: { error: errors.wrongPassword }, outcome: "failure", kind: "wrong_credential" },
    { case: "an unknown user", call: { error: errors.unknownUser }, outcome: "failure", kind: "unknown_user" },
    {
      case: "a lockout",
      call: { error: denied("Password attempts exceeded") },
      outcome: "failure",
      kind: "locked_out",
    },
    {
      case: "a user who exists",
      call: { operation: "SignUp", error: errors.userExists },
      outcome: "failure",
      kind: "user_exists",
    },
    {
      case: "a wrong code",
      call: { operation: "ConfirmSignUp", error: ["CodeMismatchException", "Invalid verification code"] },
      outcome: "failure",
      kind: "code_mismatch",
    },
    {
      case: "a missing secret, direct",
      call: { error: errors.secretMissing },
      outcome: "failure",
      kind: "secret_missing",
    },
    { case: "a wrong secret, direct", call: { error: errors.secretWrong }, outcome: "failure", kind: "secret_wrong" },
    {
      case: "the newer wording",
      call: { error: denied("SecretHash does not match for the client: abc") },
      outcome: "failure",
      kind: "secret_wrong",
    },
    {
      case: "a dead refresh token",
      call: { operation: "GetTokensFromRefreshToken", error: denied("Refresh Token has expired") },
      outcome: "unknown",
      kind: "token_invalid",
    },
    {
      case: "a refresh that is refused in other words",
      call: { flow: "REFRESH_TOKEN", error: denied("Nope") },
      outcome: "unknown",
      kind: "token_invalid",
    },
    {
      case: "a dead access token",
      call: { operation: "GetUser", error: denied("Access Token has been revoked") },
      outcome: "unknown",
      kind: "token_invalid",
    },
    {
      case: "a sign-out that fails",
      call: { operation: "RevokeToken", error: denied("Invalid token") },
      outcome: "unknown",
      kind: "token_invalid",
    },
    {
      case: "a session that ran out",
      call: { operation: "RespondToAuthChallenge", error: denied("Invalid session for the user.") },
      outcome: "unknown",
      kind: "session_invalid",
    },
    {
      case: "an unconfirmed user",
      call: { error: ["UserNotConfirmedException", "User is not confirmed."] },
      outcome: "step",
      kind: "user_not_confirmed",
    },
    { case: "the quota", call: { error: errors.throttled }, outcome: "throttled", kind: "throttled" },
    {
      case: "a limit on the user",
      call: { operation: "ForgotPassword", error: ["LimitExceededException", "Attempt limit exceeded"] },
      outcome: "throttled",
      kind: "throttled",
    },
    {
      case: "the pool's web ACL",
      call: { error: ["ForbiddenException", "Request not allowed due to WAF block."] },
      outcome: "blocked",
      kind: "blocked",
    },
    {
      case: "a broken trigger",
      call: { error: ["UserLambdaValidationException", "PreSignUp failed"] },
      outcome: "fault",
      kind: "lambda_error",
    },
    {
      case: "Cognito itself",
      call: { error: ["InternalErrorException", ""] },
      outcome: "fault",
      kind: "internal_error",
    },
    {
      case: "a wrong client",
      call: { error: ["ResourceNotFoundException", "User pool client does not exist."] },
      outcome: "unknown",
      kind: "unknown_client",
    },
    { case: "something new", call: { error: ["BrandNewException", ""] }, outcome: "unknown", kind: "other" },
  ] as const;
  const sourceOf = (index: number) => `198.51.100.${index + 1}`;
  let rows: Awaited<ReturnType<typeof callsOf>>["rows"];
  beforeAll(async () => {
    const trail = told.flatMap(({ call }, index) => native({ ...call, ip: sourceOf(index) }));
    ({ rows } = await callsOf({ trail }));
  });

  test.each(told.map((row, index) => ({ ...row, index })))("$case: $outcome", ({ index, outcome, kind }) => {
    const call = rows.find(({ source_ip }) => source_ip === `${sourceOf(index)}/32`);
    expect(call).toMatchObject({ outcome, error_kind: kind, path: "direct" });
  });

  test.each([errors.secretMissing, errors.secretWrong])("on the proxied path our own fault: %s", async (...error) => {
    const logs = logsOf([aCall({ error: [error[0] ?? "", error[1] ?? ""] })]);
    expect(await callOf(logs)).toMatchObject({ outcome: "fault", path: "proxied" });
  });

  test.each([
    { case: "in order", turned: false },
    { case: "delivered the other way round", turned: true },
  ])(
    "a call that the edge repeated with the other secret is one call, with its last answer: $case",
    async ({ turned }) => {
      const logs = logsOf([aCall({ error: errors.secretWrong })]);
      const [code, message] = errors.wrongPassword;
      const repeated = logs.trail.map((record) => ({
        ...record,
        eventID: "e-2",
        errorCode: code,
        errorMessage: message,
      }));
      const trail = turned ? [...repeated, ...logs.trail] : [...logs.trail, ...repeated];
      const { rows } = await callsOf({ ...logs, trail });
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({ outcome: "failure", error_kind: "wrong_credential" });
    },
  );

  test("an empty error code is success", async () => {
    const [record] = native({});
    expect(await callOf({ trail: [{ ...record, errorCode: "", errorMessage: "" }] })).toMatchObject({
      outcome: "success",
      error_kind: null,
    });
  });

  test.each([
    { next: "CUSTOM_CHALLENGE", outcome: "step" },
    { next: "SMS_MFA", outcome: "success" },
  ])("a challenge answered by $next is $outcome", async ({ next, outcome }) => {
    const [record] = native({ operation: "RespondToAuthChallenge" });
    const answered = {
      ...record,
      requestParameters: { challengeName: "CUSTOM_CHALLENGE" },
      responseElements: { challengeName: next },
    };
    expect(await callOf({ trail: [answered] })).toMatchObject({ outcome });
  });
});

describe("outcome without CloudTrail, from CloudFront's status", () => {
  const logs = logsOf([aCall({ operation: "RespondToAuthChallenge", error: errors.wrongPassword })]);
  const withStatus = (status: string) =>
    logs.cloudFront.map((row) => row.map((value, at) => (at === 8 ? status : value)));
  test.each([
    ["200", "success", null],
    ["400", "failure", null],
    ["403", "blocked", null],
    ["404", "unknown", "unknown_client"],
    ["413", "unknown", "refused_at_edge"],
    ["422", "unknown", "refused_at_edge"],
    ["429", "throttled", null],
    ["502", "fault", null],
    ["000", "unknown", null],
  ])("%s is %s", async (status, outcome, kind) => {
    const { edge } = logs;
    expect(await callOf({ edge, cloudFront: withStatus(status) })).toMatchObject({ outcome, error_kind: kind });
  });

  test("of all that a release with a wrong client id sends, nothing is a failure", async () => {
    const tries = logsOf(series(40, 1_000, () => ({})));
    const cloudFront = tries.cloudFront.map((row) => row.map((value, at) => (at === 8 ? "404" : value)));
    const { rows } = await callsOf({ edge: tries.edge, cloudFront });
    expect(new Set(rows.map(({ error_kind }) => error_kind))).toEqual(new Set(["unknown_client"]));
  });

  test("CloudTrail knows better", async () => {
    expect(await callOf({ ...logs, cloudFront: withStatus("200") })).toMatchObject({ outcome: "failure" });
  });

  test("WAF alone knows no outcome", async () => {
    expect(await callOf({ edge: logs.edge })).toMatchObject({
      outcome: "unknown",
      operation: "RespondToAuthChallenge",
    });
  });

  test("CloudFront alone knows no operation", async () => {
    expect(await callOf({ cloudFront: logs.cloudFront })).toMatchObject({
      operation: null,
      source_ip: "203.0.113.7/32",
    });
  });
});

describe("a proxied call", () => {
  const logs = logsOf([aCall({ user: "somebody", error: errors.wrongPassword })]);
  const change = (record: JsonRecord | undefined, changes: JsonRecord) => ({ ...record, ...changes });
  const token = (text: string) =>
    change(logs.trail[0], { userAgent: String(logs.trail[0]?.["userAgent"]).replace(/\(.*\)/, `(${text})`) });
  const { requestId } = z.object({ requestId: z.string() }).parse(logs.edge[0]?.["httpRequest"]);

  test("is one row of all that the logs know", async () => {
    const { rows } = await callsOf(logs);
    expect(rows).toEqual([
      expect.objectContaining({
        source_ip: "203.0.113.7/32",
        path: "proxied",
        outcome: "failure",
        user_tag: tagOf("somebody"),
        country: "DE",
        ja4: "t13d1516h2_8daaf6152771_b186095e22b6",
        request_id: requestId,
        user_agent: "Mozilla/5.0",
      }),
    ]);
  });

  test("where the edge rewrote a refresh, is judged by what Cognito ran", async () => {
    const refresh = logsOf([
      aCall({ flow: "REFRESH_TOKEN_AUTH", user: null, served: "GetTokensFromRefreshToken", error: errors.deadRefresh }),
    ]);
    expect((await callsOf(refresh)).rows).toEqual([
      expect.objectContaining({ operation: "InitiateAuth", outcome: "unknown", error_kind: "token_invalid" }),
    ]);
  });

  test.each([
    { case: "another request id", text: "g; other-id; InitiateAuth; 203.0.113.7; -" },
    { case: "another operation", text: `g; ${requestId}; SignUp; 203.0.113.7; -` },
    { case: "another address", text: `g; ${requestId}; InitiateAuth; 198.51.100.1; -` },
    { case: "a token cut short", text: `g; ${requestId}; InitiateAuth` },
  ])("is not vouched for by a token with $case", async ({ text }) => {
    const { rows, inputs } = await callsOf({ edge: logs.edge, trail: [token(text)] });
    expect(rows).toEqual([expect.objectContaining({ outcome: "unknown", source_ip: "203.0.113.7/32" })]);
    expect(inputs[2]).toMatchObject({ accepted: 0, reasons: { "infrastructure-source": 1 } });
  });

  test("is not vouched for by a token more than a minute away", async () => {
    const late = change(logs.trail[0], { eventTime: "2026-11-22T10:01:01Z" });
    expect((await callsOf({ edge: logs.edge, trail: [late] })).rows[0]).toMatchObject({ outcome: "unknown" });
  });

  test("whose token names another caller is counted as a mismatch", async () => {
    const other = token(`g; ${requestId}; InitiateAuth; 198.51.100.1; -`);
    expect((await callsOf({ edge: logs.edge, trail: [other] })).ipMismatches).toBe(1);
  });

  test("copied by a direct caller does not hide that caller", async () => {
    const forged = series(30, 1_000, () => ({})).map((_, index) =>
      change(logs.trail[0], { sourceIPAddress: "192.0.2.66", eventID: `forged-${index}` }),
    );
    const { rows } = await callsOf({ edge: logs.edge, trail: [...forged, ...logs.trail] });
    const bySource = (source: string) => rows.filter(({ source_ip }) => source_ip === source);
    expect(bySource("192.0.2.66/32")).toHaveLength(30);
    expect(bySource("203.0.113.7/32")).toEqual([
      expect.objectContaining({ path: "proxied", user_tag: tagOf("somebody") }),
    ]);
  });

  test("blocked at the edge cannot vouch for a record", async () => {
    const blocked = logsOf([aCall({ blockedBy: ["DenyList", "REGULAR"] })]);
    const { rows } = await callsOf({
      edge: blocked.edge,
      trail: logs.trail.map((record) => change(record, { sourceIPAddress: "192.0.2.66" })),
    });
    expect(rows.map(({ path, outcome, blocked_by }) => [path, outcome, blocked_by]).sort()).toEqual([
      ["direct", "failure", null],
      ["proxied", "blocked", "DenyList"],
    ]);
  });

  test("is never a direct call, though CloudTrail shows CloudFront's address", async () => {
    const { rows, inputs } = await callsOf({ trail: logs.trail });
    expect(rows).toEqual([]);
    expect(inputs[2]?.reasons).toEqual({ "infrastructure-source": 1 });
    expect(logs.trail[0]?.["sourceIPAddress"]).toBe(CARRIER);
  });
});

describe("a direct call", () => {
  const direct = (count: number, every: number, start = T0) =>
    logsOf(series(count, every, () => ({ path: "direct", ip: "192.0.2.9", error: errors.secretMissing }), start));

  test("in both logs is one call, across the turn of a minute too", async () => {
    const { pool, trail } = direct(20, 300, T0 + 57_000);
    const later = trail.map((record) => ({
      ...record,
      eventTime: `${new Date(Date.parse(String(record["eventTime"])) + 1_000).toISOString().slice(0, 19)}Z`,
    }));
    expect((await callsOf({ pool, trail: later })).rows).toHaveLength(20);
  });

  test("that only one of the logs has is counted too", async () => {
    const both = direct(10, 1_000);
    const trailOnly = direct(5, 1_000, T0 + 10 * 60_000);
    const poolOnly = direct(3, 1_000, T0 + 20 * 60_000);
    const { rows } = await callsOf({
      pool: [...both.pool, ...poolOnly.pool],
      trail: [...both.trail, ...trailOnly.trail],
    });
    expect(rows).toHaveLength(18);
    expect(rows.filter(({ outcome }) => outcome === "unknown")).toHaveLength(3);
  });

  test("blocked by the pool's web ACL is blocked", async () => {
    const { pool } = logsOf([aCall({ path: "direct", blockedBy: ["DenyList", "REGULAR"] })]);
    expect(await callOf({ pool })).toMatchObject({ path: "direct", outcome: "blocked", blocked_by: "DenyList" });
  });
});
