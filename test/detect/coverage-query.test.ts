/** What queries/coverage.sql counts, by way of DuckDB. */
import { queryText } from "../../cli/analysis.ts";
import { coverageParameters, coverageRange, readCoverage } from "../../functions/detect/coverage-query.ts";
import { publicCategories } from "../../functions/domain/deployment.ts";
import { type Instant, MINUTE, SECOND, toIso } from "../../functions/domain/instant.ts";
import { withParameters } from "../../local/athena/sql-text.ts";
import { openDuckDb, queryRows } from "../../local/duckdb.ts";
import { EvidenceTables } from "../../local/evidence-tables.ts";
import { CLIENT, T0 } from "./traffic.ts";

const window = { from: T0, to: T0 + 10 * MINUTE };

type Columns = Readonly<Record<string, unknown>>;

const waf = (table: "waf_edge" | "waf_pool", at: Instant, requestid: string, more: Columns = {}) => ({
  table,
  columns: {
    timestamp: at,
    action: "ALLOW",
    httprequest: { clientip: "203.0.113.7", requestid },
    dt: toIso(at).slice(0, 15).replaceAll(/[-T:]/g, "/") + (Number(toIso(at)[15]) < 5 ? "0" : "5"),
    ...more,
  },
});
const trail = (at: Instant, eventid: string, more: Columns = {}) => ({
  table: "cloudtrail" as const,
  columns: {
    ...{ eventtime: `${toIso(at).slice(0, 19)}Z`, eventsource: "cognito-idp.amazonaws.com", eventname: "InitiateAuth" },
    ...{ requestparameters: JSON.stringify({ clientId: CLIENT }), useragent: "sdk", sourceipaddress: "203.0.113.7" },
    ...{ eventid, day: toIso(at).slice(0, 10).replaceAll("-", "/") },
    ...more,
  },
});
const naming = (parameters: Columns) => ({ requestparameters: JSON.stringify(parameters) });

async function countsOf(rows: readonly (ReturnType<typeof waf> | ReturnType<typeof trail>)[]) {
  const tables = new EvidenceTables();
  const db = await openDuckDb({ threads: 1 });
  try {
    tables.beginFile();
    for (const { table, columns } of rows) tables.add(0, { table, columns, id: null, at: T0 } as never, "");
    await tables.load(db.connection);
    const sql = withParameters(queryText("coverage"), coverageParameters(window));
    return readCoverage(await queryRows(db.connection, sql));
  } finally {
    tables.close();
    db.close();
  }
}

test("requests of each web ACL are counted by the minute, whatever they were and however they ended", async () => {
  const { held } = await countsOf([
    waf("waf_edge", T0 + SECOND, "a"),
    waf("waf_edge", T0 + 2 * SECOND, "b", { action: "BLOCK" }),
    waf("waf_edge", T0 + MINUTE, "c"),
    waf("waf_edge", T0 + MINUTE, "d", { action: "CAPTCHA" }),
    waf("waf_pool", T0, "e"),
  ]);
  expect(held).toEqual([
    { log: "edge", category: null, slot: T0, calls: 2 },
    { log: "edge", category: null, slot: T0 + MINUTE, calls: 1 },
    { log: "pool", category: null, slot: T0, calls: 1 },
  ]);
});

test("what was delivered twice counts once, in every log", async () => {
  const rows = [waf("waf_edge", T0, "a"), waf("waf_pool", T0, "b"), trail(T0, "c")];
  const { held } = await countsOf([...rows, ...rows, ...rows]);
  expect(held.map(({ log, calls }) => [log, calls])).toEqual([
    ["edge", 1],
    ["pool", 1],
    ["trail", 1],
  ]);
});

test("requests without an id are told apart by caller and instant", async () => {
  const { held } = await countsOf([0, 1, 1].map((at) => waf("waf_edge", T0 + at, "-")));
  expect(held).toEqual([{ log: "edge", category: null, slot: T0, calls: 2 }]);
});

test("calls outside the minutes that are counted are left out", async () => {
  const { from, to } = coverageRange(window);
  expect([from, to]).toEqual([T0 - 5 * MINUTE, T0 + 12 * MINUTE]);
  const { held } = await countsOf(
    [from - 1, from, to - 1, to].flatMap((at) => [waf("waf_edge", at, `${at}`), trail(at, `${at}`)]),
  );
  const slots = [from, to - MINUTE];
  expect(held.map(({ log, slot }) => [log, slot])).toEqual(
    ["edge", "trail"].flatMap((log) => slots.map((at) => [log, at])),
  );
});

test("CloudTrail's calls are told apart by quota category; answers to challenges and what WAF blocked use none", async () => {
  const operations = [
    ...["InitiateAuth", "AdminInitiateAuth", "GetTokensFromRefreshToken", "SignUp", "ConfirmSignUp", "ForgotPassword"],
    ...["RevokeToken", "ResendConfirmationCode", "RespondToAuthChallenge", "GetUser", "Login_POST"],
  ];
  const { held } = await countsOf([
    ...operations.map((eventname) => trail(T0, eventname, { eventname })),
    trail(T0, "blocked", { errorcode: "ForbiddenException" }),
    trail(T0, "throttled", { errorcode: "TooManyRequestsException" }),
    trail(T0, "other service", { eventsource: "s3.amazonaws.com" }),
  ]);
  expect(Object.fromEntries(held.map(({ category, calls }) => [category, calls]))).toEqual({
    ...{ UserAuthentication: 4, UserCreation: 2, UserAccountRecovery: 1, UserToken: 1, UserResourceRead: 1 },
  });
  expect(held.map(({ category }) => category).sort()).toEqual(Object.keys(publicCategories).sort());
});

test("whose calls they are is told by app client and pool, most calls first", async () => {
  const others = naming({ clientId: "7neighbour3456789abcdefghij" });
  const { named } = await countsOf([
    trail(T0, "1"),
    trail(T0, "2", others),
    trail(T0, "3", others),
    trail(T0 + MINUTE, "4", { ...naming({ userPoolId: "eu-west-1_Neighbour" }), eventname: "AdminCreateUser" }),
  ]);
  expect(named).toEqual([
    { category: "UserAuthentication", clientId: "7neighbour3456789abcdefghij", poolId: null, slot: T0, calls: 2 },
    { category: "UserAuthentication", clientId: CLIENT, poolId: null, slot: T0, calls: 1 },
    { category: "UserCreation", clientId: null, poolId: "eu-west-1_Neighbour", slot: T0 + MINUTE, calls: 1 },
  ]);
});

test.each([
  {
    case: "a client that does not exist",
    more: { ...naming({ clientId: "x" }), errorcode: "ResourceNotFoundException" },
  },
  {
    case: "a call with the edge's token",
    more: { ...naming({ clientId: "x" }), useragent: "portcullis/1 (forged) x" },
  },
  { case: "a client with a line break in its name", more: naming({ clientId: "x\ny" }) },
  { case: "a client of 200 letters", more: naming({ clientId: "x".repeat(200) }) },
  { case: "an object for a client", more: naming({ clientId: { $ne: "" } }) },
  { case: "parameters that are no JSON", more: { requestparameters: "{" } },
  { case: "no parameters", more: { requestparameters: null } },
])("$case names nobody, and the call counts all the same", async ({ more }) => {
  const { held, named } = await countsOf([trail(T0, "1", more)]);
  expect(named).toEqual([]);
  expect(held).toMatchObject([{ log: "trail", calls: 1 }]);
});

test("a row that is none of the query's is an error, not a quiet minute", () => {
  expect(() => readCoverage([{ log: "edge", slot: "x", calls: "1", whole: "1" }])).toThrow(/cannot be read/);
});
