/** Sources of a great attack as a report holds them: addresses at random, numbers that differ, one to three reasons. */
import type { AnalyzeReport } from "../functions/domain/analysis.ts";
import type { CallSeries } from "../functions/domain/call-series.ts";
import { MINUTE, toIso } from "../functions/domain/instant.ts";
import type { Reason, SourceVerdict } from "../functions/domain/verdict.ts";

const to = Date.parse("2026-03-03T10:00:00Z");
const day = { from: toIso(to - 24 * 60 * MINUTE), to: toIso(to) };

export function aGreatReport(count: number): AnalyzeReport {
  const drawn = drawFrom(count);
  const sources = Array.from({ length: count }, () => aSource(drawn)).sort((a, b) => b.score - a.score);
  const ban = sources.filter(({ verdict }) => verdict === "ban").length;
  const calls = sources.reduce((sum, source) => sum + source.calls, 0);
  return {
    window: day,
    evidenceCompleteTo: day.to,
    warnings: [],
    inputs: [],
    sources,
    accountsAtRisk: [],
    series: aSeries(drawn, 288, 5),
    totals: { calls, sources: count, ban, watch: count - ban, ignore: 0 },
  };
}

type Draw = (below: number) => number;

function aSource(draw: Draw): SourceVerdict {
  const users = 5 + draw(200);
  const failures = users + draw(100);
  const successes = draw(20) === 0 ? draw(9) : 0;
  const calls = failures + successes + draw(40);
  const ban = draw(5) > 0;
  const start = to - (1 + draw(280)) * 5 * MINUTE;
  const window = { from: toIso(start), to: toIso(start + 10 * MINUTE) };
  const handsOff = draw(4) > 0;
  return {
    source: anAddress(draw),
    paths: draw(10) === 0 ? ["proxied", "direct"] : ["proxied"],
    verdict: ban ? "ban" : "watch",
    handsOff: ban && handsOff,
    needsPerson: ban && !handsOff ? ["no-baseline"] : [],
    score: (ban ? 70 : 40) + draw(30),
    reasons: reasonsOf(draw, { users, failures, successes, calls, window }),
    firstSeen: toIso(start + draw(9 * MINUTE)),
    lastSeen: toIso(start + 9 * MINUTE + draw(MINUTE)),
    ...{ calls, failures, successes, distinctUsers: users },
    activity: [
      {
        window,
        ...{ activeMinutes: 1 + draw(10), peakPerMinute: 1 + draw(60) },
        operations: [{ operation: "InitiateAuth", calls, failures, successes, accepted: 0, refused: 0 }],
      },
    ],
    series: aSeries(draw, 60, 10),
  };
}

/** One in ten speaks IPv6. */
function anAddress(draw: Draw): string {
  if (draw(10) === 0)
    return `2001:${draw(0xffff).toString(16)}:${draw(0xffff).toString(16)}:${draw(0xffff).toString(16)}::/64`;
  return `${1 + draw(223)}.${draw(256)}.${draw(256)}.${draw(256)}/32`;
}

interface Seen {
  readonly users: number;
  readonly failures: number;
  readonly successes: number;
  readonly calls: number;
  readonly window: Reason["window"];
}

function reasonsOf(draw: Draw, { users, failures, successes, calls, window }: Seen): Reason[] {
  const reason = (detection: string, text: string, observed: Reason["observed"]): Reason => {
    return { detection, severity: (50 + draw(50)) / 100, text, window, observed };
  };
  const all = [
    reason("password-spray", `${failures} failed sign-ins on ${users} different users, ${successes} successful`, {
      ...{ distinctUsers: users, failures, successes },
    }),
    reason("failure-ratio", `${failures} of ${calls} calls failed`, { failures, calls }),
    reason("call-rate", `${calls} calls in 10 minutes`, { calls }),
  ];
  return all.slice(0, 1 + draw(3));
}

function aSeries(draw: Draw, steps: number, stepMinutes: number): CallSeries {
  const busy = draw(steps);
  const calls = Array.from({ length: steps }, (_, step) => (Math.abs(step - busy) < 6 ? draw(50) : 0));
  const failures = calls.map((count) => draw(count + 1));
  const none = calls.map(() => 0);
  return { from: day.from, stepMinutes, calls, failures, successes: none, refused: none };
}

/** The same numbers each time (xorshift). */
function drawFrom(seed: number): Draw {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}
