import fc from "fast-check";

import { renderTools } from "../../cli/render-tools.ts";
import type { AnalyzeReport } from "../../functions/domain/analysis.ts";
import type { Reason } from "../../functions/domain/verdict.ts";
import { renderAnalysisPage } from "../../report/analysis-page.ts";
import { anAnalysis, aSource } from "./analysis-builders.ts";
import { aSeries } from "./run-builders.ts";

const tools = renderTools();
const { sha256 } = tools;
const render = (report: AnalyzeReport) => renderAnalysisPage(report, tools);
const policyOf = (page: string) => /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? "";
/** What a reader reads: no markup, one space for each gap. */
const textOf = (page: string) =>
  page
    .replace(/<(style|script)\b.*?<\/\1>/gs, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");

test("the policy allows the style sheet and the script by their hashes, and nothing else", () => {
  const page = render(anAnalysis());
  const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? "";
  expect(policyOf(page)).toContain("default-src 'none'");
  expect(policyOf(page)).toContain(`style-src 'sha256-${sha256(style)}'`);
  const script = /<script>(.*?)<\/script>/s.exec(page)?.[1] ?? "";
  expect(script).toBe(tools.script);
  expect(policyOf(page)).toContain(`script-src 'sha256-${sha256(script)}'`);
  expect(policyOf(page)).not.toMatch(/unsafe|https?:|\*/);
});

test("the page asks nothing of anybody: no style attribute, no address but places on itself", () => {
  const page = render(anAnalysis()).replace("http://www.w3.org/2000/svg", "");
  expect(page).not.toMatch(/\sstyle="|\ssrc="|https?:|url\(|@import/);
  expect(page.match(/href="[^"]*"/g)).toEqual(['href="data:,"', 'href="#query-short"']);
});

test("a source is told with its verdict, numbers and reasons, each reason with its window", () => {
  const text = textOf(render(anAnalysis()));
  expect(text).toContain("198.51.100.7/32 proxied ban hands-off 93 44 44 0 41 – 2026-03-03 10:00 to 10:04");
  expect(text).toContain("password-spray : 44 failed sign-ins on 41 different users, 0 successful.");
  expect(text).toContain(
    "password-spray 90 % severe: distinct users 41, failures 44. short window , 2026-03-03 10:00:00 to 10:10:00.",
  );
  expect(text).toContain("1 of 9 sources looks like an attack. It made 50 % of all calls.");
});

test("calls of a banned range, which are those of its sources as well, are not added to theirs", () => {
  const range = aSource({
    source: "198.51.100.0/24",
    calls: 80,
    ...{ handsOff: false, needsPerson: ["range" as const] },
  });
  const report = anAnalysis({ sources: [aSource(), range] });
  const text = textOf(render({ ...report, totals: { ...report.totals, ban: 2 } }));
  expect(text).toContain("look like an attack. The single addresses among them made 50 % of all calls.");
});

const [aReason] = aSource().reasons as [Reason];
const forPerson = { handsOff: false, needsPerson: ["shared-address" as const] };

test.each([
  { case: "a ban for a person", source: aSource(forPerson), shown: "ban? a person decides: established users share" },
  { case: "a watched source", source: aSource({ verdict: "watch" }), shown: "198.51.100.7/32 proxied watch 93" },
  { case: "two days", source: aSource({ lastSeen: "2026-03-04T00:00:00.000Z" }), shown: "to 2026-03-04 00:00" },
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
  expect(text).toContain("Look at this too bad.log: 3 rejected");
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

test("rows beyond the first page are counted, not cut in silence", () => {
  const sources = Array.from({ length: 53 }, () => aSource());
  const text = textOf(render(anAnalysis({ sources })));
  expect(text).toContain("The first 50 of 53 sources.");
  expect(text).toContain("… and 3 more: with scripts allowed this page shows them all, and so does --json");
});

test("a range of many addresses is told by itself, too", () => {
  const range = aSource({
    source: "203.0.113.0/24",
    reasons: [{ ...aReason, text: "a WAF rate rule would catch it" }],
  });
  expect(textOf(render(anAnalysis({ sources: [range] })))).toContain(
    "203.0.113.0/24 range of addresses 93 44 a WAF rate rule would catch it.",
  );
  expect(textOf(render(anAnalysis()))).not.toContain("range of addresses");
});

const calls = { calls: 1, failures: 1, successes: 0, accepted: 0, refused: 0 };

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
    sources: [
      aSource({
        ...{ source: hostile, reasons: [reason], firstSeen: hostile, lastSeen: hostile },
        series: { ...aSeries(), from: hostile },
        activity: [
          { window: span, activeMinutes: 1, peakPerMinute: 1, operations: [{ ...calls, operation: hostile }] },
        ],
      }),
    ],
    series: { ...aSeries(), from: hostile },
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
