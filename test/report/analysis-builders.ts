import type { AnalyzeReport } from "../../functions/domain/analysis.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";

const window = { from: "2026-03-03T10:00:00.000Z", to: "2026-03-03T10:10:00.000Z" };

export function aSource(over: Partial<SourceVerdict> = {}): SourceVerdict {
  return {
    source: "198.51.100.7/32",
    paths: ["proxied"],
    verdict: "ban",
    handsOff: true,
    needsPerson: [],
    score: 93,
    reasons: [
      {
        detection: "password-spray",
        severity: 0.9,
        text: "44 failed sign-ins on 41 different users, 0 successful",
        window,
        observed: { distinctUsers: 41, failures: 44 },
      },
    ],
    firstSeen: window.from,
    lastSeen: "2026-03-03T10:04:59.000Z",
    calls: 44,
    failures: 44,
    successes: 0,
    distinctUsers: 41,
    ...over,
  };
}

export function anAnalysis(over: Partial<AnalyzeReport> = {}): AnalyzeReport {
  return {
    window,
    evidenceCompleteTo: "2026-03-03T10:09:59.999Z",
    warnings: [],
    inputs: [{ kind: "waf", file: "edge.log", records: 100, accepted: 88, skipped: 12, rejected: 0, reasons: {} }],
    sources: [aSource()],
    accountsAtRisk: [],
    totals: { calls: 88, sources: 9, ban: 1, watch: 0, ignore: 8 },
    ...over,
  };
}
