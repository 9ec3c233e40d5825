import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";

import { queryResults } from "../../../functions/detect/aws/athena-results.ts";
import { startAwsServer } from "../../../local/aws-server.ts";
import { plainClock, sdkConfig } from "../builders.ts";
import { anAthena, aTable, aWorkGroup, NOW } from "./builders.ts";

let local: ReturnType<typeof anAthena> | undefined;
let stopServer: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stopServer?.();
  await local?.stop();
  stopServer = undefined;
  local = undefined;
});

const SLOT = "calls/2026/11/22/12/30";

describe("what a table shows", () => {
  test("rows of the objects in its partitions, with the partition column", async () => {
    local = anAthena();
    local.put(`${SLOT}/a.log.gz`, { who: "a", calls: 1 }, { who: "b", calls: 2 });
    local.put("calls/2026/11/22/12/25/b.log.gz", { who: "c", calls: 3 });
    expect(await local.rows("select who, calls, dt from calls order by who")).toEqual([
      '"a","1","2026/11/22/12/30"',
      '"b","2","2026/11/22/12/30"',
      '"c","3","2026/11/22/12/25"',
    ]);
  });

  test.each([
    { case: "outside the layout", key: "calls/a.log.gz" },
    { case: "beside an interval's step", key: "calls/2026/11/22/12/31/a.log.gz" },
    { case: "before the range", key: "calls/2025/12/31/23/55/a.log.gz" },
    { case: "after now", key: "calls/2026/11/22/12/40/a.log.gz" },
    { case: "on a day that is none", key: "calls/2026/13/22/12/30/a.log.gz" },
    { case: "below another prefix", key: "calls-old/2026/11/22/12/30/a.log.gz" },
  ])("an object $case is invisible", async ({ key }) => {
    local = anAthena();
    local.put(key, { who: "a", calls: 1 });
    expect(await local.rows("select who from calls")).toEqual([]);
  });

  test("an object below a partition's folder belongs to it", async () => {
    const hours = { type: "date", format: "yyyy/MM/dd/HH", range: "NOW-1DAYS,NOW", "interval.unit": "HOURS" };
    local = anAthena([aTable({ projection: hours })]);
    local.put(`${SLOT}/a.log.gz`, { who: "a", calls: 1 });
    expect(await local.rows("select dt from calls")).toEqual(['"2026/11/22/12"']);
  });

  test("objects that come, change and go between two queries", async () => {
    local = anAthena();
    expect(await local.rows("select who from calls")).toEqual([]);
    local.put(`${SLOT}/a.log.gz`, { who: "a" });
    expect(await local.rows("select who from calls")).toEqual(['"a"']);
    local.put(`${SLOT}/a.log.gz`, { who: "a" }, { who: "a2" });
    expect(await local.rows("select who from calls order by who")).toEqual(['"a"', '"a2"']);
    local.store.delete("logs", `${SLOT}/a.log.gz`);
    expect(await local.rows("select who from calls")).toEqual([]);
  });

  test("which object a row lies in, under the name of Athena's hidden column", async () => {
    local = anAthena();
    local.put(`${SLOT}/a.log.gz`, { who: "a" });
    local.put(`${SLOT}/b.log.gz`, { who: "b" });
    const rows = `select who from calls where "$path" >= ? and "$path" <= ?`;
    expect(await local.rows(rows, [`'s3://logs/${SLOT}/b'`, "'~'"])).toEqual(['"b"']);
  });

  test("enumerated partitions", async () => {
    const table = aTable({
      partition: "place",
      projection: { type: "enum", values: "edge,pool" },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as Glue writes it
      template: "s3://logs/x/${place}/",
    });
    local = anAthena([table]);
    local.put("x/edge/a.log.gz", { who: "a" });
    local.put("x/other/a.log.gz", { who: "b" });
    expect(await local.rows("select who, place from calls")).toEqual(['"a","edge"']);
  });
});

describe("how rows are read", () => {
  test("keys without regard to case, nested objects in text columns as JSON, and null where nothing is", async () => {
    const columns = {
      httprequest: "struct<clientip:string,headers:array<struct<name:string,value:string>>>",
      more: "string",
      flag: "string",
      seen: "bigint",
      gone: "double",
    };
    local = anAthena([aTable({ columns })]);
    const headers = [{ name: "Host", value: "h" }];
    local.put(`${SLOT}/a.log.gz`, {
      httpRequest: { clientIp: "192.0.2.1", headers, other: 1 },
      more: { a: [1, "x"] },
      flag: false,
      seen: 1_795_350_300_123,
    });
    expect(
      await local.rows(
        "select httprequest.clientip as ip, httprequest.headers[1].name as h, more, flag, seen, gone from calls",
      ),
    ).toEqual(['"192.0.2.1","Host","{""a"":[1,""x""]}","false","1795350300123",']);
  });

  test("CloudTrail's Records become rows", async () => {
    const trail = {
      serde: "org.apache.hive.hcatalog.data.JsonSerDe",
      input: "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
      columns: { eventname: "string", requestparameters: "string" },
    };
    local = anAthena([aTable(trail)]);
    local.put(`${SLOT}/a.json.gz`, { Records: [{ eventName: "SignUp", requestParameters: { clientId: "c" } }] });
    expect(
      await local.rows("select eventname, json_extract_scalar(requestparameters, '$.clientId') as c from calls"),
    ).toEqual(['"SignUp","c"']);
  });

  test("a line that is no JSON fails the query, unless the table says to ignore it", async () => {
    local = anAthena();
    local.put(`${SLOT}/a.log.gz`, { who: "a" }, "{broken");
    const { Status } = await local.run("select who from calls");
    expect(Status).toMatchObject({ State: "FAILED", StateChangeReason: expect.stringContaining("HIVE_CURSOR_ERROR") });
    await local.stop();
    local = anAthena([aTable({ serdeParameters: { "ignore.malformed.json": "true" } })]);
    local.put(`${SLOT}/a.log.gz`, { who: "a" }, "{broken");
    expect(await local.rows("select count(*) as n, count(who) as named from calls")).toEqual(['"2","1"']);
  });

  test("a broken object harms only the queries that reach its partition", async () => {
    local = anAthena();
    local.put("calls/2026/11/22/12/00/bad.log.gz", "{broken");
    local.put(`${SLOT}/a.log.gz`, { who: "a" });
    expect(await local.rows("select who from calls where dt >= ?", ["'2026/11/22/12/30'"])).toEqual(['"a"']);
  });
});

describe("parameters", () => {
  test("literals take the places of the question marks, but not within quotes and comments", async () => {
    local = anAthena();
    local.put(`${SLOT}/a.log.gz`, { who: "it's ?", calls: 7 });
    const sql = "select 'a?' as \"b?\", who from calls -- really?\n where who = ? and calls in (?, ?) /* ? */";
    expect(await local.rows(sql, ["'it''s ?'", "7", "8"])).toEqual(['"a?","it\'s ?"']);
  });

  test.each([
    { case: "in SELECT", sql: "select ? as x from calls" },
    { case: "in LIMIT", sql: "select who from calls where calls > 0 limit ?" },
    { case: "in a join's condition", sql: "select a.who from calls a join calls b on a.who = ?" },
    {
      case: "after a subquery with WHERE",
      sql: "select who, (select max(calls) from calls where calls > 0) + ? from calls",
    },
  ])("a parameter $case fails, as on Athena", async ({ sql }) => {
    local = anAthena();
    const { Status } = await local.run(sql, ["1"]);
    expect(Status).toMatchObject({ State: "FAILED", StateChangeReason: expect.stringContaining("WHERE") });
  });

  test.each([[["1"]], [["1", "2", "3"]]])("a wrong number of parameters fails: %j", async (parameters) => {
    local = anAthena();
    const { Status } = await local.run("select who from calls where calls > ? and calls < ?", parameters);
    expect(Status).toMatchObject({ State: "FAILED", StateChangeReason: expect.stringContaining("expected 2") });
  });
});

describe("bytes", () => {
  async function twoSlots() {
    local = anAthena();
    local.put(`${SLOT}/a.log.gz`, { who: "a" });
    local.put("calls/2026/11/22/12/25/b.log.gz", { who: "b" }, { who: "c" }, { who: "d".repeat(500) });
    const [first, second] = local.store.list("logs").map(({ size }) => size);
    return { early: first ?? 0, late: second ?? 0, run: local.run };
  }
  const bytes = ({ Statistics }: Record<string, unknown>) => Object(Statistics).DataScannedInBytes;

  test("are those of the partitions that the conditions reach, whatever else the conditions say", async () => {
    const { early, late, run } = await twoSlots();
    expect(bytes(await run("select who from calls"))).toBe(early + late);
    expect(bytes(await run("select who from calls where dt >= ?", ["'2026/11/22/12/30'"]))).toBe(late);
    expect(bytes(await run("select who from calls where dt = '2026/11/22/12/25' and who = 'nobody'"))).toBe(early);
    expect(bytes(await run("with c as (select * from calls) select who from c where dt < '2026/01/01'"))).toBe(0);
    expect(bytes(await run("select who from calls where who = 'a'"))).toBe(early + late);
    const after = `'s3://logs/calls/2026/11/22/12/30/'`;
    expect(bytes(await run(`select who from calls where "$path" >= ? and "$path" <= '~'`, [after]))).toBe(late);
    // Measured on Trino, which opens every file for an expression over its name.
    expect(bytes(await run(`select who from calls where substr("$path", 1) >= ?`, [after]))).toBe(early + late);
  });

  test("over the workgroup's limit cancel the query", async () => {
    local = anAthena([aTable()], aWorkGroup({ BytesScannedCutoffPerQuery: 10_000_000 }));
    local.store.put("logs", `${SLOT}/a.log`, `${JSON.stringify({ who: "x".repeat(1000) })}\n`.repeat(10_500));
    const { Status } = await local.run("select count(*) as n from calls");
    expect(Status).toMatchObject({ State: "CANCELLED", StateChangeReason: "Bytes scanned limit was exceeded" });
    expect(await local.rows("select count(*) as n from calls where dt < '2026/11/22/12/30'")).toEqual(['"0"']);
    expect(local.data).toEqual([]);
  });

  test("are what CloudWatch hears, also of a query that was stopped, where the workgroup publishes them", async () => {
    const limits = { PublishCloudWatchMetricsEnabled: true, BytesScannedCutoffPerQuery: 10_000_000 };
    local = anAthena([aTable()], aWorkGroup(limits));
    local.store.put("logs", `${SLOT}/a.log`, `${JSON.stringify({ who: "x".repeat(1000) })}\n`.repeat(10_500));
    await local.run("select count(*) as n from calls");
    await local.run("select who from no_such_table");
    await local.run("select count(*) as n from calls where dt < '2026/11/22/12/30'");
    const told = (QueryState: string, value: number) => {
      const dimensions = { WorkGroup: "evidence", QueryType: "DML", QueryState };
      return { namespace: "AWS/Athena", name: "ProcessedBytes", dimensions, value, at: NOW };
    };
    expect(local.data).toEqual([told("CANCELED", 10_000_000), told("FAILED", 0), told("SUCCEEDED", 0)]);
  });
});

describe("on the wire", () => {
  async function served() {
    local = anAthena();
    const server = await startAwsServer({ clock: plainClock, services: { athena: local.athena.service } });
    const client = new AthenaClient(sdkConfig(server.url));
    stopServer = async () => {
      client.destroy();
      await server.stop();
    };
    return { client, local };
  }

  test("results come in pages, the header once, all as text, NULL without any", async () => {
    const { client, local: athena } = await served();
    const rows = Array.from({ length: 2500 }, (_, index) => ({
      who: `w${String(index).padStart(4, "0")}`,
      calls: index,
    }));
    athena.put(`${SLOT}/a.log.gz`, ...rows, { who: null, calls: 1 });
    const sql =
      "select who, calls, calls > 5 as many, cast(calls as double) / 4 as part, timestamp '2026-11-22 10:00:00' as seen from calls order by who";
    const { QueryExecutionId = "" } = await client.send(new StartQueryExecutionCommand(athena.request(sql)));
    await finished(client, QueryExecutionId);
    const page = await client.send(new GetQueryResultsCommand({ QueryExecutionId, MaxResults: 3 }));
    expect(page.ResultSet?.Rows?.map(({ Data }) => Data?.map(({ VarCharValue }) => VarCharValue))).toEqual([
      ["who", "calls", "many", "part", "seen"],
      ["w0000", "0", "false", "0.0", "2026-11-22 10:00:00.000"],
      ["w0001", "1", "false", "0.25", "2026-11-22 10:00:00.000"],
    ]);
    expect(page.ResultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Type }) => Type)).toEqual([
      "varchar",
      "integer",
      "boolean",
      "double",
      "timestamp",
    ]);
    const all = await queryResults(QueryExecutionId, client);
    expect(all).toHaveLength(2501);
    expect(new Set(all.map(({ who }) => who)).size).toBe(2501);
    expect(all.at(-1)).toMatchObject({ who: null, calls: "1" });
  });

  test("rows are read from the object in S3, whatever stands in them, and gone with it", async () => {
    const { client, local: athena } = await served();
    const words = ["plain", "", null, 'a "quoted" word', "two\nlines", "a,b", "ünïcode"];
    athena.put(`${SLOT}/a.log.gz`, ...words.map((who, calls) => ({ who, calls })));
    const sql = "select who, calls from calls order by calls";
    const { QueryExecutionId = "" } = await client.send(new StartQueryExecutionCommand(athena.request(sql)));
    await finished(client, QueryExecutionId);
    expect((await queryResults(QueryExecutionId, client)).map(({ who }) => who)).toEqual(words);
    athena.store.delete("results", `athena/${QueryExecutionId}.csv`);
    const again = client.send(new GetQueryResultsCommand({ QueryExecutionId }));
    await expect(again).rejects.toThrow(/Could not find results/);
  });

  test.each([
    { case: "an unknown workgroup", change: { WorkGroup: "other" }, message: /WorkGroup other is not found/ },
    { case: "no SQL", change: { QueryString: "" }, message: /QueryString/ },
    { case: "a statement that is no query", change: { QueryString: "DROP TABLE calls" }, message: /Only queries/ },
    { case: "two statements", change: { QueryString: "select 1; select 2" }, message: /one sql statement/ },
    {
      case: "a parameter too long",
      change: { ExecutionParameters: ["x".repeat(1025)] },
      message: /ExecutionParameters/,
    },
    { case: "an empty list of parameters", change: { ExecutionParameters: [] }, message: /ExecutionParameters/ },
  ])("$case is refused as InvalidRequestException", async ({ change, message }) => {
    const { client, local: athena } = await served();
    const start = client.send(new StartQueryExecutionCommand({ ...athena.request("select 1 as one"), ...change }));
    await expect(start).rejects.toMatchObject({
      name: "InvalidRequestException",
      message: expect.stringMatching(message),
    });
  });

  test("the same request token starts one query, with other parameters none", async () => {
    const { client, local: athena } = await served();
    const request = { ...athena.request("select 1 as one"), ClientRequestToken: "t".repeat(32) };
    const start = (more = {}) => client.send(new StartQueryExecutionCommand({ ...request, ...more }));
    const [one, two] = [await start(), await start()];
    expect(one.QueryExecutionId).toBe(two.QueryExecutionId);
    await expect(start({ QueryString: "select 2 as two" })).rejects.toThrow(/Idempotent/);
  });

  test("a query that fails says why and has no results; a stopped one is cancelled", async () => {
    const { client, local: athena } = await served();
    const start = async (sql: string) =>
      (await client.send(new StartQueryExecutionCommand(athena.request(sql)))).QueryExecutionId ?? "";
    const wrong = await start("select nothing from nowhere");
    const stopped = await start("select 1 as one");
    await client.send(new StopQueryExecutionCommand({ QueryExecutionId: stopped }));
    expect(await finished(client, wrong)).toMatchObject({
      State: "FAILED",
      StateChangeReason: expect.stringContaining("nowhere"),
    });
    expect(await finished(client, stopped)).toMatchObject({ State: "CANCELLED" });
    await expect(client.send(new GetQueryResultsCommand({ QueryExecutionId: wrong }))).rejects.toThrow(/FAILED/);
  });

  async function finished(client: AthenaClient, QueryExecutionId: string) {
    for (let tries = 0; tries < 200; tries += 1) {
      const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
      const status = QueryExecution?.Status;
      if (status?.CompletionDateTime) return { ...status, StateChangeReason: status.StateChangeReason ?? "" };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`query ${QueryExecutionId} does not end`);
  }
});

test("who runs a query needs the catalogue, the logs and the place of the result, each by name", () => {
  local = anAthena([aTable(), aTable({ name: "other" })]);
  const needs = local.athena.needs?.(local.request("select who from calls"));
  expect(needs?.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
    "glue:GetDatabase arn:aws:glue:us-east-1:111122223333:database/lake_db",
    "glue:GetTable arn:aws:glue:us-east-1:111122223333:table/lake_db/calls",
    "s3:ListBucket arn:aws:s3:::logs",
    "s3:GetObject arn:aws:s3:::logs/calls/object",
    "s3:GetBucketLocation arn:aws:s3:::results",
    "s3:PutObject arn:aws:s3:::results/athena/query.csv",
  ]);
});
