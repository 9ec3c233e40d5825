/** Who a call is laid at the door of, by the SQL alone: rows as Athena finds them, which no reader has looked at. */
import fc from "fast-check";
import * as z from "zod";

import { gatherCalls, queryText } from "../../cli/analysis.ts";
import { dayPartition, evidenceValues, wafPartition } from "../../functions/detect/evidence-query.ts";
import { type LogRow, scopeOf } from "../../functions/detect/log-fate.ts";
import { canonicalAddress, formatCidr, parseCidr, truncate } from "../../functions/domain/cidr.ts";
import { parseDeployment } from "../../functions/domain/deployment.ts";
import { MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { openDuckDb, queryRows } from "../../local/duckdb.ts";
import { EvidenceTables } from "../../local/evidence-tables.ts";
import { logFolder } from "./log-folder.ts";
import { aCall, CLIENT, jsonLines, logsOf, T0 } from "./traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

interface Header {
  readonly name: string;
  readonly value: string;
}
const target = { name: "X-Amz-Target", value: "AWSCognitoIdentityProviderService.InitiateAuth" };

function edgeRow(clientip: string, id: string, headers: readonly Header[] = [], action = "ALLOW"): LogRow {
  const columns = {
    ...{ timestamp: T0, action, terminatingruleid: "Some", terminatingruletype: "REGULAR", httpsourcename: "CF" },
    httprequest: { clientip, headers: [target, ...headers], httpmethod: "POST", requestid: id },
    ...{ ja4fingerprint: "t13d", dt: wafPartition(T0) },
  };
  return { table: "waf_edge", at: T0, id, columns };
}

/** The row of `auth_calls` of each request id. */
async function callsOf(rows: readonly LogRow[], allowedOrigins?: readonly string[]) {
  const db = await openDuckDb({ threads: 1 });
  const tables = new EvidenceTables();
  try {
    tables.beginFile();
    for (const row of rows) tables.add(0, row, "");
    await tables.load(db.connection);
    const window = { from: T0 - MINUTE, to: T0 + MINUTE };
    const scope = { clientIds: [], gateHashes: [], allowedOrigins };
    const found = await queryRows(
      db.connection,
      `${queryText("auth_calls")} select * from auth_calls`,
      evidenceValues(window, scope),
    );
    return new Map(found.map((row) => [row["request_id"], row]));
  } finally {
    tables.close();
    db.close();
  }
}

async function sourcesOf(addresses: readonly string[]): Promise<unknown[]> {
  const calls = await callsOf(addresses.map((address, index) => edgeRow(address, `r${index}`)));
  expect(calls.size).toBe(addresses.length);
  return addresses.map((_, index) => calls.get(`r${index}`)?.["source_ip"]);
}

describe("an address of a log is a source if it is an address", () => {
  const none = [
    ...["192.0.2", "192.0.2.4.5", "999.0.2.1", "192.0.2.01", "192.0.2.256", "192.0.2.", ".192.0.2.1", "1920021", "1."],
    ...[
      ":::",
      "::1::",
      "2001:db8",
      "2001::db8::1",
      "1:2:3:4:5:6:7::8",
      "1:2:3:4:5:6:7::8:9",
      "2001:db8:12345::",
      "g::",
    ],
    ...[
      "::ffff:192.0.2",
      "::ffff:192.0.2.01",
      "::ffff:999.0.2.1",
      "-",
      "",
      "AWS Internal",
      "lambda.amazonaws.com",
      "1:",
    ],
  ];
  const some = [
    ["192.0.2.1", "192.0.2.1"],
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::", "0:0:0:0::/64"],
    ["1:2:3:4:5:6:7::", "1:2:3:4::/64"],
    ["::2:3:4:5:6:7:8", "0:2:3:4::/64"],
    ["2001:DB8:0:0:1::", "2001:db8:0:0::/64"],
  ] as const;
  let found: unknown[];
  beforeAll(async () => {
    found = await sourcesOf([...none, ...some.map(([address]) => address)]);
  });
  test.each(none.map((address, index) => ({ address, index })))("$address is none", ({ index }) => {
    expect(found[index]).toBeNull();
  });
  test.each(some.map(([address, source], index) => ({ address, source, index })))("$address", ({ source, index }) => {
    expect(found[none.length + index]).toBe(source);
  });

  /** As the rest of the system reads addresses; forms that no log of AWS writes aside. */
  function expected(address: string): string | null {
    const cidr = canonicalAddress(address) === null ? null : parseCidr(address);
    return cidr && formatCidr(cidr.family === 4 ? cidr : truncate(cidr, 64));
  }
  const isWritten = (address: string) => !address.includes(":") || !/\.|^[0:]*:ffff:/.test(address);
  const shapes = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.stringMatching(/^[0-9.]{1,16}$/),
    fc.stringMatching(/^[0-9a-f:]{1,24}$/),
    fc.stringMatching(/^([0-9a-f]{0,5}:){1,8}[0-9a-f]{0,5}$/),
  );

  test("as the rest of the system reads them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(shapes.filter(isWritten), { minLength: 200, maxLength: 400 }), async (addresses) => {
        const sources = (await sourcesOf(addresses)).map((source) =>
          typeof source === "string" ? formatCidr(parseCidr(source) ?? { family: 4, first: 0n, prefix: 0 }) : null,
        );
        expect(sources).toEqual(addresses.map(expected));
      }),
      { numRuns: 6 },
    );
  }, 60_000);
});

describe("requests of web pages, where only some origins may call", () => {
  const own = "https://app.example.com";
  const from = (value: string): Header[] => [{ name: "origin", value }];
  const seen = async (headers: readonly Header[], allowed: readonly string[] | undefined, action = "ALLOW") =>
    (await callsOf([edgeRow("203.0.113.7", "r", headers, action)], allowed)).get("r");

  test.each([
    { case: "another page", headers: from("https://evil.example.net") },
    { case: "a sandboxed frame", headers: from("null") },
    { case: "our page at another port", headers: from(`${own}:8443`) },
    { case: "our page in capitals", headers: from(own.toUpperCase()) },
    { case: "an origin with nothing in it", headers: from("") },
  ])("$case counts for nobody", async ({ headers }) => {
    expect(await seen(headers, [own, "https://other.example.com"])).toMatchObject({
      ...{ source_ip: null, source_range: null, ja4: null, outcome: "blocked", blocked_by: "origin" },
    });
  });

  test("another page that the rate rule blocks counts for nobody", async () => {
    const call = await seen(from("https://evil.example.net"), [own], "BLOCK");
    expect(call).toMatchObject({ source_ip: null, ja4: null, outcome: "blocked", blocked_by: "Some" });
  });

  test.each([
    { case: "our page", headers: from(own), allowed: [own] },
    {
      case: "the second of our pages",
      headers: from("https://other.example.com"),
      allowed: [own, "https://other.example.com"],
    },
    { case: "an app, which has no origin", headers: [], allowed: [own] },
    { case: "any page where all may call", headers: from("https://evil.example.net"), allowed: undefined },
    { case: "any frame where all may call", headers: from("null"), allowed: [] },
  ])("$case counts for its source", async ({ headers, allowed }) => {
    const call = await seen(headers, allowed);
    expect(call).toMatchObject({ source_ip: "203.0.113.7", ja4: "t13d", outcome: "unknown", blocked_by: null });
  });

  test("CloudFront's log names no origin, and its row of the request does not bring the visitor back", async () => {
    const [date, time] = [new Date(T0).toISOString().slice(0, 10), new Date(T0 + SECOND).toISOString().slice(11, 19)];
    const columns = {
      ...{ date, time, c_ip: "203.0.113.7", cs_method: "POST", cs_uri_stem: "/", sc_status: "403" },
      ...{ x_edge_request_id: "r", dt: `${dayPartition(T0)}/10` },
    };
    const rows = [
      edgeRow("203.0.113.7", "r", from("https://evil.example.net")),
      { table: "cloudfront" as const, at: T0, id: "r", columns },
    ];
    const calls = await callsOf(rows, [own]);
    expect([...calls.values()]).toEqual([expect.objectContaining({ source_ip: null, blocked_by: "origin" })]);
  });
});

test.each([
  { case: "the page may call", allowedOrigins: ["https://app.example.com"], source: "203.0.113.7/32" },
  { case: "another may", allowedOrigins: ["https://other.example.com"], source: null },
  { case: "all may", allowedOrigins: undefined, source: "203.0.113.7/32" },
])("analyze with a config reads the origins that may call from it: $case", async ({ allowedOrigins, source }) => {
  const { edge } = logsOf([aCall()]);
  const request = z
    .object({ headers: z.array(z.unknown()) })
    .loose()
    .parse(edge[0]?.["httpRequest"]);
  const headers = [...request.headers, { name: "Origin", value: "https://app.example.com" }];
  const path = folder.write("edge.log", jsonLines([{ ...edge[0], httpRequest: { ...request, headers } }]));
  const userPool = { id: "eu-west-1_Ab12Cd34E", clientIds: [CLIENT] };
  const scope = scopeOf(parseDeployment({ account: "111122223333", userPool, allowedOrigins }, "config"));
  const { connection, close } = await gatherCalls({ files: [{ kind: "waf", path }], from: null, to: null, scope });
  expect(await queryRows(connection, "select source_ip from calls")).toEqual([{ source_ip: source }]);
  close();
});
