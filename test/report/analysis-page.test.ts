import { createHash } from "node:crypto";
import fc from "fast-check";

import type { AnalyzeReport } from "../../functions/domain/analysis.ts";
import { renderAnalysisPage } from "../../report/analysis-page.ts";
import { MOST_ROWS } from "../../report/table.ts";
import { anAnalysis, aSource } from "./analysis-builders.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("base64");
const render = (report: AnalyzeReport) => renderAnalysisPage(report, sha256);
const policyOf = (page: string) => /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? "";
/** What a reader reads: no markup, one space for each gap. */
const textOf = (page: string) =>
  page
    .replace(/<style>.*<\/style>/s, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");

test("the policy allows the style sheet by its hash, and nothing else", () => {
  const page = render(anAnalysis());
  const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? "";
  expect(policyOf(page)).toContain("default-src 'none'");
  expect(policyOf(page)).toContain(`style-src 'sha256-${sha256(style)}'`);
  expect(policyOf(page)).not.toMatch(/unsafe|script-src|https?:/);
});

test("the page asks nothing of anybody: no script, no style attribute, no address", () => {
  const page = render(anAnalysis());
  expect(page).not.toMatch(/<script|\sstyle="|\ssrc="|https?:|url\(|@import/);
  expect(page.match(/href="[^"]*"/g)).toEqual(['href="data:,"']);
});

test("a source is told with its verdict, numbers and reasons, each reason with its window", () => {
  const text = textOf(render(anAnalysis()));
  expect(text).toContain("198.51.100.7/32 ban hands-off 93 proxied 44 44 0 41 2026-03-03 10:00:00 to 10:04:59");
  expect(text).toContain("password-spray : 44 failed sign-ins on 41 different users, 0 successful.");
  expect(text).toContain("2026-03-03 10:00:00 to 10:10:00 ; distinct users 41, failures 44");
  expect(text).toContain("1 of 9 sources looks like an attack. It made 50 % of all calls.");
});

const forPerson = { handsOff: false, needsPerson: ["shared-address" as const] };

test.each([
  { case: "a ban for a person", source: aSource(forPerson), shown: "ban? a person decides: established users share" },
  { case: "a watched source", source: aSource({ verdict: "watch" }), shown: "198.51.100.7/32 watch 93" },
  { case: "two days", source: aSource({ lastSeen: "2026-03-04T00:00:00.000Z" }), shown: "to 2026-03-04 00:00:00" },
])("$case reads as such", ({ source, shown }) => {
  expect(textOf(render(anAnalysis({ sources: [source] })))).toContain(shown);
});

test("inputs, warnings and accounts at risk are all there", () => {
  const text = textOf(
    render(
      anAnalysis({
        warnings: ["bad.log: 3 rejected"],
        inputs: [
          {
            kind: "waf",
            file: "bad.log",
            records: 5,
            accepted: 1,
            skipped: 1,
            rejected: 3,
            reasons: { "bad-json": 3 },
          },
        ],
        accountsAtRisk: [
          {
            sub: null,
            userTag: "t4g",
            source: "203.0.113.9/32",
            operation: "InitiateAuth",
            at: "2026-03-03T10:01:00.000Z",
            failedUsersBefore: 14,
          },
        ],
      }),
    ),
  );
  expect(text).toContain("Warnings bad.log: 3 rejected");
  expect(text).toContain("bad.log waf 5 1 1 3 bad-json 3");
  expect(text).toContain("tag t4g 203.0.113.9/32 InitiateAuth 2026-03-03 10:01:00 14");
});

test("a report without a call says so", () => {
  const totals = { calls: 0, sources: 0, ban: 0, watch: 0, ignore: 0 };
  const page = render(anAnalysis({ window: null, evidenceCompleteTo: null, sources: [], inputs: [], totals }));
  expect(textOf(page)).toContain("No call of a user pool’s API in these logs.");
  expect(page).not.toMatch(/undefined|null|NaN/);
});

test("every table has a caption, and heads for its columns and rows", () => {
  const page = render(anAnalysis());
  expect(page).toContain('<html lang="en">');
  const tables = page.match(/<table/g)?.length;
  expect(tables).toBe(2);
  expect(page.match(/<caption>/g)).toHaveLength(2);
  expect(page.match(/<th scope="row"/g)).toHaveLength(2);
  expect(page).toContain('<th scope="col" role="columnheader"');
});

test("rows beyond what a person reads are counted, not cut in silence", () => {
  const sources = Array.from({ length: MOST_ROWS + 3 }, () => aSource());
  expect(textOf(render(anAnalysis({ sources })))).toContain("… and 3 more; --json lists all.");
});

/** The same hostile text wherever a log or a file name can put one. */
function poisoned(hostile: string): AnalyzeReport {
  const span = { from: hostile, to: hostile };
  const reason = { detection: hostile, severity: 1, text: hostile, window: span, observed: { [hostile]: 1 } };
  return anAnalysis({
    window: span,
    evidenceCompleteTo: hostile,
    warnings: [hostile],
    inputs: [
      { kind: "waf", file: hostile, records: 1, accepted: 0, skipped: 0, rejected: 1, reasons: { [hostile]: 1 } },
    ],
    sources: [aSource({ source: hostile, reasons: [reason], firstSeen: hostile, lastSeen: hostile })],
    accountsAtRisk: [
      { sub: hostile, userTag: hostile, source: hostile, operation: hostile, at: hostile, failedUsersBefore: 1 },
    ],
  });
}

const tagsOf = (page: string) => page.match(/<[^>]*/g)?.map((tag) => tag.replace(/ datetime="[^"]*"/, ""));

test("texts from logs and file names never become markup, whichever field holds them", () => {
  const harmless = tagsOf(render(poisoned("x")));
  const traps = fc.constantFrom("</style><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<!--", "'");
  fc.assert(
    fc.property(fc.oneof(traps, fc.string({ unit: "binary" })), (hostile) => {
      expect(tagsOf(render(poisoned(hostile)))).toEqual(harmless);
    }),
    { numRuns: 60 },
  );
});

test("signs that turn or hide text are shown as what they are", () => {
  const page = render(poisoned("a\u202eb\u0000c\u200bd"));
  expect(page).toContain("a\\u202eb\\u0000c\\u200bd");
  expect(page).not.toMatch(/[^\P{C}\n]/u);
});
