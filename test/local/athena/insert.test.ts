import { openDuckDb, queryRows } from "../../../local/duckdb.ts";
import { anAthena, aTable } from "./builders.ts";

let local: ReturnType<typeof anAthena> | undefined;
afterEach(() => local?.stop());

const PARQUET = {
  serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
  input: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
};
const hours = { type: "date", format: "yyyy-MM-dd-HH", range: "2026-01-01-00,NOW", "interval.unit": "HOURS" };

function aRollup(columns: Record<string, string> = { who: "string", calls: "bigint" }) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as Glue writes it
  const template = "s3://logs/hourly/dt=${dt}";
  return aTable({ ...PARQUET, name: "hourly", columns, projection: hours, template });
}

function world(table = aRollup()) {
  local = anAthena([aTable(), table]);
  local.put("calls/2026/11/22/12/30/a.log.gz", { who: "a", calls: 1 }, { who: "b", calls: 2 });
  return local;
}

const counted = "SELECT who, CAST(calls AS bigint) AS n, '2026-11-22-' || substr(dt, 12, 2) AS d FROM calls";

test("rows lie in Parquet, in the folders that the table projects, and are read back", async () => {
  const { run, rows, store } = world();
  const { QueryExecutionId, Status } = await run(`INSERT INTO hourly\n${counted} WHERE who <> ?`, ["'c'"]);
  expect(Status.State).toBe("SUCCEEDED");
  expect(store.list("logs", "hourly/").map(({ key }) => key)).toEqual([`hourly/dt=2026-11-22-12/${QueryExecutionId}`]);
  expect(await rows("SELECT who, calls, dt FROM hourly ORDER BY who")).toEqual([
    '"a","1","2026-11-22-12"',
    '"b","2","2026-11-22-12"',
  ]);
});

test("twice inserted is there twice", async () => {
  const { run, rows } = world();
  await run(`INSERT INTO hourly ${counted}`);
  await run(`INSERT INTO hourly ${counted}`);
  expect(await rows("SELECT count(*) AS n FROM hourly WHERE dt = '2026-11-22-12'")).toEqual(['"4"']);
});

test("a sum is as wide as its column, for other readers of the file", async () => {
  const { run, store } = world();
  const sums = "SELECT who, sum(calls) AS n, '2026-11-22-12' AS d FROM calls GROUP BY who";
  const { QueryExecutionId } = await run(`INSERT INTO hourly ${sums}`);
  const file = store.fileOf("logs", `hourly/dt=2026-11-22-12/${QueryExecutionId}`);
  const { connection, close } = await openDuckDb({ threads: 1 });
  const rows = await queryRows(connection, `SELECT type FROM parquet_schema('${file}') WHERE name = 'calls'`);
  close();
  expect(rows).toEqual([{ type: "INT64" }]);
});

test("all hours of the day are projected", async () => {
  const { run, rows } = world();
  const values = Array.from({ length: 24 }, (_, hour) => `('h${hour}', '2026-11-21-${String(hour).padStart(2, "0")}')`);
  await run(`INSERT INTO hourly SELECT w, CAST(1 AS bigint) AS n, d FROM (VALUES ${values.join(", ")}) v (w, d)`);
  expect(await rows("SELECT count(DISTINCT dt) AS n FROM hourly")).toEqual(['"24"']);
});

test("no rows leave no object", async () => {
  const { run, store } = world();
  expect((await run(`INSERT INTO hourly ${counted} WHERE who = 'nobody'`)).Status.State).toBe("SUCCEEDED");
  expect(store.list("logs", "hourly/")).toEqual([]);
});

test.each([
  { case: "a column of another type", sql: `INSERT INTO hourly SELECT who, who, dt FROM calls`, says: /TYPE_MISMATCH/ },
  { case: "a column too few", sql: `INSERT INTO hourly SELECT who, dt FROM calls`, says: /TYPE_MISMATCH/ },
  { case: "a table that is not there", sql: `INSERT INTO daily ${counted}`, says: /TABLE_NOT_FOUND/ },
  { case: "a table of JSON", sql: `INSERT INTO calls ${counted}`, says: /NOT_SUPPORTED/ },
  {
    case: "more than a hundred partitions",
    sql: `INSERT INTO hourly SELECT who, CAST(1 AS bigint) AS n, CAST(x AS varchar) AS d FROM calls CROSS JOIN (SELECT unnest(range(60)) AS x) r WHERE who = 'a' UNION ALL SELECT who, CAST(1 AS bigint), CAST(x + 60 AS varchar) FROM calls CROSS JOIN (SELECT unnest(range(60)) AS x) r`,
    says: /HIVE_TOO_MANY_OPEN_PARTITIONS/,
  },
])("$case fails the statement and writes nothing", async ({ sql, says }) => {
  const { run, store } = world();
  const { Status } = await run(sql);
  expect(Status.StateChangeReason).toMatch(says);
  expect(store.list("logs", "hourly/")).toEqual([]);
});

test("whoever inserts must be allowed to write where the table lies", () => {
  const { athena, request } = world();
  const needs = (sql: string) => athena.needs?.(request(sql)).map(({ action, resource }) => `${action} ${resource}`);
  const put = "s3:PutObject arn:aws:s3:::logs/hourly/dt=object";
  expect(needs(`INSERT INTO hourly ${counted}`)).toContain(put);
  expect(needs("SELECT * FROM hourly")).not.toContain(put);
});
