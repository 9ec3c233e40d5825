import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import fc from "fast-check";

import { analyze } from "../../cli/analyze.ts";
import type { InputReport } from "../../functions/domain/analysis.ts";
import { openDuckDb } from "../../local/duckdb.ts";
import { logFolder } from "../detect/log-folder.ts";
import {
  CARRIER,
  errors,
  FIELDS,
  type JsonRecord,
  jsonLines,
  logsOf,
  series,
  trailFile,
  tsvFile,
} from "../detect/traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

const calls = series(12, 5_000, (index) => ({ user: `victim-${index}`, error: errors.wrongPassword }));
const logs = logsOf(calls);
const waf = jsonLines(logs.edge);
const trail = trailFile(logs.trail);
const tsv = tsvFile(logs.cloudFront);
const firstLine = waf.slice(0, waf.indexOf("\n") + 1);

let files = 0;
async function read(kind: "waf" | "cloudtrail" | "cloudfront", content: string | Buffer, suffix = ".log") {
  files += 1;
  const { report } = await analyze({ [kind]: [folder.write(`${files}${suffix}`, content)] });
  return { report, input: report.inputs[0] as InputReport };
}
const counts = ({ records, accepted, skipped, rejected }: InputReport) => ({ records, accepted, skipped, rejected });
const all = (accepted: number) => ({ records: accepted, accepted, skipped: 0, rejected: 0 });

describe("the same log in another wrapping", () => {
  const crlf = (text: string) => `\ufeff${text.replaceAll("\n", "\r\n")}`;
  test.each([
    { case: "WAF lines", kind: "waf", content: waf },
    { case: "WAF with CRLF and byte order mark", kind: "waf", content: crlf(waf) },
    { case: "WAF without a last line end", kind: "waf", content: waf.trimEnd() },
    { case: "WAF with blank lines", kind: "waf", content: `\n\n${waf.replaceAll("\n", "\n \n")}` },
    { case: "WAF as gzip", kind: "waf", content: gzipSync(waf) },
    {
      case: "WAF as two gzip members",
      kind: "waf",
      content: Buffer.concat([gzipSync(firstLine), gzipSync(waf.slice(firstLine.length))]),
    },
    { case: "CloudTrail", kind: "cloudtrail", content: trail },
    { case: "CloudTrail with byte order mark", kind: "cloudtrail", content: `\ufeff${trail}\r\n` },
    { case: "CloudTrail indented", kind: "cloudtrail", content: JSON.stringify(JSON.parse(trail), null, 2) },
    { case: "CloudTrail as gzip", kind: "cloudtrail", content: gzipSync(trail) },
    {
      case: "CloudTrail as two gzip members",
      kind: "cloudtrail",
      content: Buffer.concat([gzipSync(trailFile(logs.trail.slice(0, 5))), gzipSync(trailFile(logs.trail.slice(5)))]),
    },
    { case: "CloudTrail, one record a line", kind: "cloudtrail", content: jsonLines(logs.trail) },
    { case: "CloudFront", kind: "cloudfront", content: tsv },
    { case: "CloudFront with CRLF", kind: "cloudfront", content: crlf(tsv) },
    { case: "CloudFront as gzip", kind: "cloudfront", content: gzipSync(tsv) },
    { case: "CloudFront of 26 columns", kind: "cloudfront", content: tsvFile(logs.cloudFront, 26) },
    {
      case: "CloudFront of 33 columns without header",
      kind: "cloudfront",
      content: logs.cloudFront.map((row) => row.join("\t")).join("\n"),
    },
    {
      case: "CloudFront in another order",
      kind: "cloudfront",
      content: `#Fields: sc-status c-ip time date cs-uri-stem cs-method x-edge-request-id\n${logs.cloudFront
        .map((row) => [row[8], row[4], row[1], row[0], row[7], row[5], row[14]].join("\t"))
        .join("\n")}`,
    },
    {
      case: "CloudFront as JSON lines",
      kind: "cloudfront",
      content: logs.cloudFront
        .map((row) =>
          JSON.stringify(
            Object.fromEntries(
              FIELDS.split(" ")
                .slice(1)
                .map((name, at) => [name, row[at]]),
            ),
          ),
        )
        .join("\n"),
    },
  ] as const)("$case", async ({ kind, content }) => {
    // Alone, CloudTrail's proxied records show CloudFront's address and nobody vouches for their token.
    const expected = kind === "cloudtrail" ? { ...all(0), records: 12, skipped: 12 } : all(12);
    expect(counts((await read(kind, content)).input)).toEqual(expected);
  });
});

describe("broken files cost what is broken, and say so", () => {
  const big = jsonLines(logsOf(series(2_000, 100, (index) => ({ user: `victim-${index}` }))).edge);
  test.each([
    { case: "empty", kind: "waf", content: "", expected: all(0), reasons: {} },
    { case: "only blank", kind: "cloudtrail", content: " \n\r\n", expected: all(0), reasons: {} },
    { case: "only a header", kind: "cloudfront", content: "#Version: 1.0\n", expected: all(0), reasons: {} },
    {
      case: "garbage under the name of a gzip",
      kind: "cloudfront",
      content: "no gzip at all",
      suffix: ".gz",
      expected: { ...all(0), records: 1, rejected: 1 },
      reasons: { "bad-gzip": 1 },
    },
    {
      case: "a gzip header with nothing behind it",
      kind: "cloudtrail",
      content: Buffer.from([0x1f, 0x8b, 0x08, 0x00]),
      expected: { ...all(0), records: 1, rejected: 1 },
      reasons: { "bad-gzip": 1 },
    },
    {
      case: "CloudTrail cut off",
      kind: "cloudtrail",
      content: trail.slice(0, -40),
      expected: { records: 12, accepted: 0, skipped: 11, rejected: 1 },
      reasons: { "bad-json": 1, "infrastructure-source": 11 },
    },
    {
      case: "an array of objects that wrap records",
      kind: "cloudtrail",
      content: JSON.stringify([{ aws: { cloudtrail: logs.trail[0] } }]),
      expected: { ...all(0), records: 1, rejected: 1 },
      reasons: { "wrong-shape": 1 },
    },
    {
      case: "a CloudTrail file given as WAF log",
      kind: "waf",
      content: trail,
      expected: { ...all(0), records: 1, rejected: 1 },
      reasons: { "wrong-shape": 1 },
    },
    {
      case: "WAF records as one indented array",
      kind: "waf",
      content: JSON.stringify([{}, ...logs.edge], null, 2),
      expected: { ...all(0), records: 1, rejected: 1 },
      reasons: { "wrong-shape": 1 },
    },
    {
      case: "WAF records as one array, each on a line",
      kind: "waf",
      content: gzipSync(`\ufeff\n[\n${logs.edge.map((record) => JSON.stringify(record)).join(",\n")}\n]\n`),
      expected: { ...all(0), records: 1, rejected: 1 },
      reasons: { "wrong-shape": 1 },
    },
    {
      case: "a WAF log after a line that is an array",
      kind: "waf",
      content: `[]\n${waf}`,
      expected: { ...all(12), records: 13, rejected: 1 },
      reasons: { "wrong-shape": 1 },
    },
    {
      case: "a WAF log given as CloudTrail file",
      kind: "cloudtrail",
      content: waf,
      expected: { ...all(0), records: 1, rejected: 1 },
      reasons: { "wrong-shape": 1 },
    },
    {
      case: "lines that are no records among lines that are",
      kind: "waf",
      content: `\0\0\n{"timestamp":\n[]\nnull\n42\n{}\n${waf}\u0001`,
      expected: { records: 19, accepted: 12, skipped: 0, rejected: 7 },
      reasons: { "bad-json": 3, "wrong-shape": 4 },
    },
    {
      case: "a line of twenty megabytes",
      kind: "waf",
      content: `${firstLine}{"x": "${"x".repeat(20 << 20)}"}\n${waf.slice(firstLine.length)}`,
      expected: { records: 13, accepted: 12, skipped: 0, rejected: 1 },
      reasons: { "bad-json": 1 },
    },
    {
      case: "rows of too few columns",
      kind: "cloudfront",
      content: `${tsv}2026-11-22\t10:00:00\tFRA\n`,
      expected: { records: 13, accepted: 12, skipped: 0, rejected: 1 },
      reasons: { "bad-columns": 1 },
    },
    {
      case: "26 columns whose header was lost",
      kind: "cloudfront",
      content: logs.cloudFront.map((row) => row.slice(0, 26).join("\t")).join("\n"),
      expected: { ...all(0), records: 12, rejected: 12 },
      reasons: { "bad-columns": 12 },
    },
  ] as const)("$case", async ({ kind, content, expected, reasons, ...rest }) => {
    const { input } = await read(kind, content, "suffix" in rest ? rest.suffix : ".log");
    expect(counts(input)).toEqual(expected);
    expect(input.reasons).toEqual(reasons);
  });

  test("a truncated gzip keeps the whole lines before the break", async () => {
    const { input } = await read("waf", gzipSync(big).subarray(0, -2_000));
    expect(input.reasons).toEqual({ "bad-gzip": 1 });
    expect(input.accepted).toBeGreaterThan(1_000);
    expect(input.accepted).toBeLessThan(2_000);
  });

  test("halves of surrogate pairs, NULs and bytes that are no UTF-8 are only text", async () => {
    const odd = firstLine.replace("Mozilla/5.0", "\\ud800 \\\\ud800 \\u0000 \\udfff x");
    const cut = firstLine.indexOf("Mozilla");
    const bytes = [
      Buffer.from(firstLine.slice(0, cut)),
      Buffer.from([0xff, 0xc3, 0x28]),
      Buffer.from(firstLine.slice(cut)),
    ];
    const { input } = await read(
      "waf",
      Buffer.concat([Buffer.from(odd.replace('requestId":"', 'requestId":"Z')), ...bytes]),
    );
    expect(counts(input)).toEqual(all(2));
  });

  test("one file that nobody can read does not stop the others", async () => {
    const { report } = await analyze({
      waf: [folder.write("good.log", waf), folder.write("bad.log", "garbage")],
      cloudtrail: [folder.write("bad.json", "{"), folder.write("good.json", trail)],
    });
    expect(report.sources[0]).toMatchObject({ source: "203.0.113.7/32", verdict: "ban", calls: 12 });
  });
});

describe("records that are no calls of ours", () => {
  const wafWith = (change: JsonRecord, request: JsonRecord = {}) => {
    const [record] = logs.edge;
    const httpRequest = record?.["httpRequest"] as JsonRecord;
    return jsonLines([{ ...record, ...change, httpRequest: { ...httpRequest, ...request } }]);
  };
  const target = (value: string) => ({ headers: [{ name: "x-AMZ-target", value }] });
  const trailWith = (change: JsonRecord) => trailFile([{ ...logs.trail[0], userAgent: "curl", ...change }]);
  const rowWith = (column: number, value: string) =>
    tsvFile(logs.cloudFront.slice(0, 1).map((row) => row.map((field, at) => (at === column ? value : field))));

  test.each([
    {
      case: "another kind of web ACL",
      kind: "waf",
      content: wafWith({ httpSourceName: "ALB" }),
      reason: "not-cognito",
    },
    { case: "a page", kind: "waf", content: wafWith({}, { httpMethod: "GET" }), reason: "not-cognito" },
    {
      case: "another service",
      kind: "waf",
      content: wafWith({}, target("DynamoDB_20120810.GetItem")),
      reason: "not-cognito",
    },
    { case: "no target", kind: "waf", content: wafWith({}, { headers: [] }), reason: "no-operation" },
    { case: "headers that are none", kind: "waf", content: wafWith({}, { headers: "x" }), reason: "wrong-shape" },
    {
      case: "seconds for milliseconds",
      kind: "waf",
      content: wafWith({ timestamp: 1795341600 }),
      reason: "bad-timestamp",
    },
    { case: "leading zeros", kind: "waf", content: wafWith({}, { clientIp: "192.0.2.01" }), reason: "bad-address" },
    { case: "no address", kind: "waf", content: wafWith({}, { clientIp: null }), reason: "bad-address" },
    {
      case: "another AWS service",
      kind: "cloudtrail",
      content: trailWith({ eventSource: "s3.amazonaws.com" }),
      reason: "not-cognito",
    },
    {
      case: "an Insight",
      kind: "cloudtrail",
      content: trailFile([{ eventVersion: "1.07", eventType: "AwsCloudTrailInsight" }]),
      reason: "not-cognito",
    },
    { case: "an empty record", kind: "cloudtrail", content: trailFile([{}]), reason: "wrong-shape" },
    {
      case: "a day that does not exist",
      kind: "cloudtrail",
      content: trailWith({ eventTime: "2026-02-30T00:00:00Z" }),
      reason: "bad-timestamp",
    },
    {
      case: "AWS itself",
      kind: "cloudtrail",
      content: trailWith({ sourceIPAddress: "AWS Internal" }),
      reason: "infrastructure-source",
    },
    {
      case: "a service",
      kind: "cloudtrail",
      content: trailWith({ sourceIPAddress: "cognito-idp.amazonaws.com" }),
      reason: "infrastructure-source",
    },
    {
      case: "CloudFront",
      kind: "cloudtrail",
      content: trailWith({ sourceIPAddress: CARRIER }),
      reason: "infrastructure-source",
    },
    {
      case: "a host name",
      kind: "cloudtrail",
      content: trailWith({ sourceIPAddress: "host.example.com" }),
      reason: "not-an-address",
    },
    {
      case: "an address with leading zeros",
      kind: "cloudtrail",
      content: trailWith({ sourceIPAddress: "010.0.0.1" }),
      reason: "not-an-address",
    },
    {
      case: "a range",
      kind: "cloudtrail",
      content: trailWith({ sourceIPAddress: "203.0.113.0/24" }),
      reason: "not-an-address",
    },
    { case: "a GET", kind: "cloudfront", content: rowWith(5, "GET"), reason: "not-cognito" },
    { case: "a POST elsewhere", kind: "cloudfront", content: rowWith(7, "/oauth2/token"), reason: "not-cognito" },
    { case: "an impossible time", kind: "cloudfront", content: rowWith(1, "25:00:00"), reason: "bad-timestamp" },
    { case: "no viewer", kind: "cloudfront", content: rowWith(4, "-"), reason: "bad-address" },
  ] as const)("$case: $reason", async ({ kind, content, reason }) => {
    const { input, report } = await read(kind, content);
    expect(input).toMatchObject({ records: 1, accepted: 0, reasons: { [reason]: 1 } });
    expect(report.totals.calls).toBe(0);
  });

  test("CloudFront's own calls at the pool's web ACL", async () => {
    const proxied = logsOf(series(3, 1_000, () => ({ path: "direct", ip: CARRIER }))).pool;
    expect((await read("waf", jsonLines(proxied))).input.reasons).toEqual({ "infrastructure-source": 3 });
  });

  test("a record delivered twice, in one file or two", async () => {
    const { report } = await analyze({
      waf: [folder.write("a.log", waf + waf), folder.write("b.log", waf)],
      cloudtrail: [folder.write("a.json", trail), folder.write("b.json", trail)],
      cloudfront: [folder.write("a.tsv", tsv + tsv)],
    });
    expect(report.totals.calls).toBe(12);
    expect(report.inputs.reduce((sum, { reasons }) => sum + (reasons["duplicate"] ?? 0), 0)).toBe(48);
  });

  test("records without an id are told apart within a file, and known again in its copy", async () => {
    const nameless = logs.trail.map(({ eventID: _, ...record }) => ({
      ...record,
      sourceIPAddress: "192.0.2.9",
      userAgent: "curl",
      eventTime: "2026-11-22T10:00:00Z",
      requestID: undefined,
    }));
    const content = trailFile([...nameless, ...nameless]);
    const { report } = await analyze({
      cloudtrail: [folder.write("x.json", content), folder.write("y.json", content)],
    });
    expect(report.inputs.map(({ accepted }) => accepted)).toEqual([24, 0]);
  });

  test("calls outside the window asked for", async () => {
    const { report } = await analyze({
      waf: [folder.write("w.log", waf)],
      from: "2026-11-22T10:00:10Z",
      to: "2026-11-22T10:00:30Z",
    });
    expect(report.inputs[0]).toMatchObject({ accepted: 4, skipped: 8, reasons: { "outside-window": 8 } });
    expect(report.window).toEqual({ from: "2026-11-22T10:00:10.000Z", to: "2026-11-22T10:00:30.000Z" });
  });
});

describe("CloudFront's Parquet", () => {
  async function parquet(rows: readonly (readonly string[])[]): Promise<Buffer> {
    const { connection, close } = await openDuckDb({ threads: 1 });
    const columns = [
      "date",
      "time",
      "c_ip",
      "cs_method",
      "cs_uri_stem",
      "sc_status",
      "x_edge_request_id",
      "asn",
      "c_country",
    ];
    await connection.run(`create table log (${columns.map((name) => `"${name}" varchar`).join(", ")})`);
    for (const row of rows) {
      const values = [row[0], row[1], row[4], row[5], row[7], row[8], row[14], "64500", "DE"];
      await connection.run(`insert into log values (${values.map(() => "?").join(", ")})`, values.map(String));
    }
    const path = folder.write("made.parquet", "");
    await connection.run(`copy log to '${path}' (format parquet)`);
    close();
    return readFileSync(path);
  }

  test("is read whatever its name", async () => {
    expect(counts((await read("cloudfront", await parquet(logs.cloudFront), ".gz")).input)).toEqual(all(12));
  });

  test("cut off is one rejected record", async () => {
    const bytes = await parquet(logs.cloudFront);
    expect((await read("cloudfront", bytes.subarray(0, -20))).input.reasons).toEqual({ "wrong-shape": 1 });
  });
});

describe("laws", () => {
  const kinds = ["waf", "cloudtrail", "cloudfront"] as const;
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: "binary", maxLength: 200 }).map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(`${text}\n${firstLine}`)),
    fc
      .constantFrom(waf, trail, tsv)
      .chain((text) =>
        fc
          .tuple(fc.nat(text.length), fc.nat(40))
          .map(([at, length]) => Buffer.from(text.slice(0, at) + text.slice(at + length))),
      ),
    fc.nat(900).map((length) => gzipSync(trail).subarray(0, length)),
  );

  test("whatever the bytes, every record is counted once and nothing is thrown", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), noise, async (kind, bytes) => {
        const { input, report } = await read(kind, bytes);
        expect(input.records).toBe(input.accepted + input.skipped + input.rejected);
        expect(input.records).toBe(
          input.accepted + Object.values(input.reasons).reduce((sum, count) => sum + count, 0),
        );
        expect(report.totals.calls).toBe(input.accepted);
      }),
      { numRuns: 12 },
    );
  });

  test("the order of the files changes no verdict and no sum", async () => {
    const parts = [0, 1, 2].map((part) => ({
      waf: folder.write(`part${part}.log`, jsonLines(logs.edge.filter((_, index) => index % 3 === part || index < 2))),
      cloudtrail: folder.write(
        `part${part}.json`,
        trailFile(logs.trail.filter((_, index) => index % 3 === part || index > 9)),
      ),
    }));
    const inOrder = async (order: readonly number[]) => {
      const { report } = await analyze({
        waf: order.map((part) => parts[part]?.waf ?? ""),
        cloudtrail: order.map((part) => parts[part]?.cloudtrail ?? ""),
      });
      const { inputs, ...rest } = report;
      const sum = (key: "records" | "accepted" | "skipped") => inputs.reduce((total, input) => total + input[key], 0);
      return { ...rest, sums: [sum("records"), sum("accepted"), sum("skipped")] };
    };
    const straight = await inOrder([0, 1, 2]);
    expect(await inOrder([2, 1, 0])).toEqual(straight);
    expect(await inOrder([1, 2, 0])).toEqual(straight);
  });
});
