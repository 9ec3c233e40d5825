/** Mutated log files, generated ones and the corpus's: a quick part of what `npm run fuzz:logs` does for as long as one likes. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";

import { analyze } from "../../cli/analyze.ts";
import type { AnalyzeReport, InputReport } from "../../functions/domain/analysis.ts";
import { DAY, MINUTE } from "../../functions/domain/instant.ts";
import { openDuckDb } from "../../local/duckdb.ts";
import { logFolder } from "../detect/log-folder.ts";
import { errors, jsonLines, logsOf, series, T0, trailFile, tsvFile } from "../detect/traffic.ts";
import { hostileFiles, readingCheck } from "./hostile-logs/check-reading.ts";
import { corpusSamples, generatedSamples, hasCorpus } from "./hostile-logs/samples.ts";

const SEED = 5;
const folder = logFolder();
afterAll(() => folder.remove());

describe("a mutated file gives no call that was not in it, and every record one fate", () => {
  let db: Awaited<ReturnType<typeof openDuckDb>>;
  beforeAll(async () => {
    db = await openDuckDb({ threads: 1 });
  });
  afterAll(() => db.close());

  async function checkAll(groups: Parameters<typeof hostileFiles>[0], numRuns: number) {
    const check = readingCheck(db.connection, folder.write("mutant", ""));
    await fc.assert(fc.asyncProperty(hostileFiles(groups), check), { seed: SEED, numRuns });
  }

  test("generated logs", async () => checkAll([await generatedSamples()], 400));

  (hasCorpus ? test : test.skip)("logs of the corpus (../shared/corpus)", async () => checkAll([corpusSamples()], 300));
});

/** Calls of others than the samples', from three logs that a broken neighbour must not keep from being read. */
const calls = series(30, 9_000, (index) => ({
  path: index % 2 === 0 ? "proxied" : "direct",
  ip: `192.0.2.${100 + index}`,
  user: `good-${index}`,
  error: errors.wrongPassword,
}));
const good = logsOf(calls);
const goodFiles = {
  waf: folder.write("good-waf.log", jsonLines([...good.edge, ...good.pool])),
  cloudtrail: folder.write("good-trail.json", trailFile(good.trail)),
  cloudfront: folder.write("good-table.tsv", tsvFile(good.cloudFront)),
};

function checkSums({ inputs, totals }: AnalyzeReport): void {
  for (const { records, accepted, skipped, rejected, reasons } of inputs) {
    expect(records).toBe(accepted + skipped + rejected);
    expect(skipped + rejected).toBe(Object.values(reasons).reduce((sum, count) => sum + count, 0));
  }
  const accepted = inputs.reduce((sum, input) => sum + input.accepted, 0);
  expect(totals.calls).toBeLessThanOrEqual(accepted);
}

const byFile = (report: AnalyzeReport) =>
  Object.fromEntries(
    report.inputs
      .filter(({ file }) => Object.values(goodFiles).includes(file))
      .map(({ file, accepted, skipped, rejected }: InputReport) => [file, [accepted, skipped, rejected]]),
  );

test("broken files beside good ones cost the good ones nothing", async () => {
  const alone = (
    await analyze({
      waf: [goodFiles.waf],
      cloudtrail: [goodFiles.cloudtrail],
      cloudfront: [goodFiles.cloudfront],
    })
  ).report;
  const groups = [await generatedSamples(), hasCorpus ? corpusSamples() : []];
  const mutants = fc.sample(hostileFiles(groups), { seed: SEED, numRuns: 90 });
  const broken = mutants.map(({ sample, mutant }, index) => {
    const path = folder.write(`broken-${index}.log`, mutant.bytes);
    return { kind: sample.kind, path };
  });
  const filesOf = (kind: keyof typeof goodFiles) => [
    ...broken.filter((file) => file.kind === kind).map(({ path }) => path),
    goodFiles[kind],
  ];
  const { report } = await analyze({
    waf: filesOf("waf"),
    cloudtrail: filesOf("cloudtrail"),
    cloudfront: filesOf("cloudfront"),
  });
  expect(byFile(report)).toEqual(byFile(alone));
  checkSums(report);
  for (const { file, rejected } of report.inputs.filter((input) => input.rejected > 0))
    expect(report.warnings).toContainEqual(expect.stringContaining(`${file}: ${rejected} rejected (`));
});

describe("what a single record or file can do to the rest", () => {
  const flood = logsOf(series(300, 900, (index) => ({ user: `victim-${index}`, error: errors.wrongPassword })));

  test.each([
    { case: "ten years old", at: T0 - 3_652 * DAY },
    { case: "of the year 2099", at: Date.UTC(2099, 11, 31) },
  ])("a record $case among those of ten minutes changes no verdict", async ({ at }) => {
    const [odd] = logsOf(series(1, 1, () => ({ ip: "198.51.100.77" }), at)).edge;
    const trail = folder.write("flood.json", trailFile(flood.trail));
    const plain = await analyze({ waf: [folder.write("flood.log", jsonLines(flood.edge))], cloudtrail: [trail] });
    const mixed = await analyze({
      waf: [folder.write("mixed.log", jsonLines([...flood.edge, odd ?? {}]))],
      cloudtrail: [trail],
    });
    const verdicts = ({ report }: typeof plain) =>
      report.sources.map(({ source, verdict, score }) => [source, verdict, score]);
    expect(verdicts(mixed)).toEqual(verdicts(plain));
    expect(mixed.report.totals.calls).toBe(plain.report.totals.calls + 1);
  });

  test("a directory named like a log is read as what is in it", async () => {
    const path = join(dirname(goodFiles.waf), "rotated.log");
    mkdirSync(path);
    folder.write("rotated.log/part.gz", gzipSync(jsonLines(flood.edge)));
    folder.write("rotated.log/garbage", "\0\0\0");
    const { report } = await analyze({ waf: [path, goodFiles.waf] });
    expect(report.inputs.map(({ accepted, rejected }) => [accepted, rejected])).toEqual([
      [0, 1],
      [300, 0],
      [30, 0],
    ]);
  });

  test("a record nested too deep to be printed again is one like the others", async () => {
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    const [first, ...rest] = logsOf(series(3, MINUTE, () => ({ path: "direct" }))).trail.map(
      ({ eventID: _, ...each }) => JSON.stringify(each),
    );
    const text = `{"Records":[${first?.replace("{", `{"deep":${deep},`)},${rest.join(",")}]}`;
    const { report } = await analyze({ cloudtrail: [folder.write("deep.json", text)] });
    expect(report.inputs[0]).toMatchObject({ records: 3, accepted: 3 });
  });
});
