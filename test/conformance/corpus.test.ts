/** `analyze` over logs that others wrote: `../shared/corpus`, and what its SOURCES.md says a correct reader makes of it. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { analyze } from "../../cli/analyze.ts";
import { exitCodes } from "../../cli/exit.ts";
import { main } from "../../cli/main.ts";

const corpus = join(import.meta.dirname, "../../../shared/corpus");
const file = (path: string) => join(corpus, path);
const present = existsSync(corpus) ? describe : describe.skip;

present("the corpus (../shared/corpus)", () => {
  test.each([
    {
      kind: "cloudfront",
      path: "cloudfront/awssamples-sample-cloudfront-access-logs.gz",
      records: 66,
      reasons: { "not-cognito": 66 },
    },
    { kind: "cloudfront", path: "cloudfront/opensearch-raw.log", records: 40, reasons: { "not-cognito": 40 } },
    { kind: "cloudfront", path: "cloudfront/clo-cloudfront.log", records: 2, reasons: { "not-cognito": 2 } },
    { kind: "cloudtrail", path: "cloudtrail/opensearch-samples.json.gz", records: 1, reasons: { "wrong-shape": 1 } },
    { kind: "cloudtrail", path: "cloudtrail/opensearch-samples-large.json.gz", records: 1, reasons: { "bad-json": 1 } },
    {
      kind: "cloudtrail",
      path: "cloudtrail/cloudtrail-awsdocs.records.json",
      records: 19,
      reasons: { "not-cognito": 19 },
    },
    { kind: "waf", path: "waf/opensearch-raw.log", records: 38, reasons: { "not-cognito": 38 } },
    { kind: "waf", path: "waf/clo-waf.log", records: 2, reasons: { "not-cognito": 2 } },
    { kind: "waf", path: "waf/waf-logs.awsdocs.json", records: 1, reasons: { "wrong-shape": 1 } },
  ] as const)("$path", async ({ kind, path, records, reasons }) => {
    const { report } = await analyze({ [kind]: [file(path)] });
    expect(report.inputs).toEqual([expect.objectContaining({ records, accepted: 0, reasons })]);
    expect(report).toMatchObject({ window: null, evidenceCompleteTo: null, sources: [] });
    expect(report.totals).toEqual({ calls: 0, sources: 0, ban: 0, watch: 0, ignore: 0 });
  });

  test("55 real CloudTrail files without a Cognito call", async () => {
    const { report, anyRejected } = await analyze({ cloudtrail: [file("cloudtrail/invictus-cloudtrail/*.json.gz")] });
    const sum = (key: "records" | "accepted" | "skipped" | "rejected") =>
      report.inputs.reduce((total, input) => total + input[key], 0);
    expect(report.inputs).toHaveLength(55);
    expect([sum("records"), sum("accepted"), sum("skipped"), sum("rejected")]).toEqual([2900, 0, 2900, 0]);
    expect(anyRejected).toBe(false);
  });

  test("pages of the hosted UI are calls, and nothing to block", async () => {
    const { report } = await analyze({ cloudtrail: [file("cloudtrail/cognito-awsdocs-2023.records.json")] });
    expect(report.inputs[0]).toMatchObject({ records: 10, accepted: 9, skipped: 1, reasons: { "not-cognito": 1 } });
    expect(report.sources).toEqual([]);
    expect(report.totals).toMatchObject({ calls: 9, sources: 1, ignore: 1 });
  });

  test("everything at once ends with 3, for what could not be read", async () => {
    const write = jest.spyOn(process.stdout, "write").mockImplementation(writeNothing);
    jest.spyOn(process.stderr, "write").mockReturnValue(true);
    const args = [
      "--waf",
      file("waf/*"),
      "--cloudfront",
      file("cloudfront/*"),
      "--cloudtrail",
      file("cloudtrail/**/*"),
    ];
    const code = await main(["analyze", ...args, "--json"]);
    const text = write.mock.calls.map(([chunk]) => String(chunk)).join("");
    jest.restoreAllMocks();
    process.exitCode = 0;
    expect(code).toBe(exitCodes.incomplete);
    expect(JSON.parse(text).inputs).toHaveLength(65);
  });
});

/** Takes what is written and says that it was. */
function writeNothing(...args: unknown[]): boolean {
  const done = args.at(-1);
  if (typeof done === "function") done();
  return true;
}
