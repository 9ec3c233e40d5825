import type { DuckDBConnection } from "@duckdb/node-api";
import fc from "fast-check";

import { type CallEvidence, gatherCalls, queryText } from "../../cli/analysis.ts";
import { judgeCalls } from "../../cli/judge-calls.ts";
import { readProfiles } from "../../functions/detect/profiles.ts";
import { createJudge } from "../../functions/detect/score.ts";
import { type Judgement, joinJudgements } from "../../functions/detect/verdicts.ts";
import { DAY, HOUR, MINUTE, type Window } from "../../functions/domain/instant.ts";
import { neverBlockRanges } from "../../functions/domain/never-block.ts";
import { policySchema } from "../../functions/domain/policy.ts";
import { queryRows } from "../../local/duckdb.ts";
import { logFolder } from "../detect/log-folder.ts";
import { type Call, errors, jsonLines, logsOf, series, T0, trailFile } from "../detect/traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

// Low limits, so that small traffic makes all verdicts.
const policy = policySchema.parse({
  detections: {
    "password-spray": { watchAt: 2, banAt: 4, slowWatchAt: 3, slowBanAt: 7 },
    "sign-up-burst": { watchAt: 2, banAt: 3, slowWatchAt: 2, slowBanAt: 3 },
  },
});
const rules = { policy, neverBlock: neverBlockRanges() };

async function evidenceOf(calls: readonly Call[]): Promise<CallEvidence & { window: Window }> {
  const logs = logsOf(calls);
  const files = [
    { kind: "waf" as const, path: folder.write("edge.log", jsonLines(logs.edge)) },
    { kind: "cloudtrail" as const, path: folder.write("trail.json", trailFile(logs.trail)) },
  ];
  const evidence = await gatherCalls({ files, from: null, to: null, scope: null });
  if (!evidence.window) throw new Error("no calls");
  return { ...evidence, window: evidence.window };
}

/** Every window of design §10 that meets the span, one query each: slow, and plainly right. */
async function judgeEachWindow(connection: DuckDBConnection, span: Window) {
  const windows = [
    ...range(span.from - 10 * MINUTE, span.to, 5 * MINUTE).map((from) => ({
      size: "short" as const,
      from,
      to: from + 10 * MINUTE,
    })),
    ...range(span.from, span.to + DAY, HOUR).map((to) => ({ size: "slow" as const, from: to - DAY, to })),
    { size: "slow" as const, from: span.to - DAY, to: span.to },
  ];
  const judge = createJudge(policy);
  const found = new Map<string, Judgement[]>();
  for (const { size, from, to } of windows) {
    const calls = `select * from calls where epoch_ms(ts) >= ${from} and epoch_ms(ts) < ${to}`;
    const rows = await queryRows(connection, `with auth_calls as (${calls}) ${queryText("cells", "profiles")}`);
    for (const profile of readProfiles(rows).profiles) {
      const judgement = judge(profile, { size, window: { from, to }, complete: true });
      if (judgement) found.set(profile.source, [...(found.get(profile.source) ?? []), judgement]);
    }
  }
  return [...found].map(([source, judgements]) => ({ source, ...joinJudgements(source, judgements, rules) }));
}

function range(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(0, Math.ceil((to - first) / step)) }, (_, index) => first + index * step);
}

const aBurst = fc.record({
  source: fc.integer({ min: 1, max: 3 }),
  start: fc.nat(5 * 60),
  count: fc.integer({ min: 1, max: 6 }),
  every: fc.constantFrom(1, 100, 400),
  kind: fc.constantFrom("fail", "succeed", "signUp"),
});

test("looking only where there is something new gives the verdicts of looking everywhere", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aBurst, { minLength: 1, maxLength: 5 }), async (bursts) => {
      const calls = bursts.flatMap(({ source, start, count, every, kind }, burst) =>
        series(
          count,
          every * 1_000,
          (index) => ({
            ip: `203.0.113.${source}`,
            user: `user-${burst}-${index}`,
            operation: kind === "signUp" ? "SignUp" : "InitiateAuth",
            error: kind === "fail" ? errors.wrongPassword : null,
          }),
          T0 + start * MINUTE,
        ),
      );
      const { connection, window, close } = await evidenceOf(calls);
      const judged = await judgeCalls(connection, { window, completeTo: window.to, rules });
      const everywhere = await judgeEachWindow(connection, window);
      close();
      const short = ({ source, verdict, score, needsPerson }: (typeof everywhere)[number]) => ({
        source,
        verdict,
        score,
        needsPerson,
      });
      const bySource = (a: { source: string }, b: { source: string }) => (a.source < b.source ? -1 : 1);
      expect(judged.map(short).sort(bySource)).toEqual(
        everywhere
          .filter(({ verdict }) => verdict !== "ignore")
          .map(short)
          .sort(bySource),
      );
    }),
    { numRuns: 3 },
  );
}, 60_000);

test("an attack across the turn of a window is seen whole in the next", async () => {
  const calls = series(4, 50_000, (index) => ({ user: `user-${index}`, error: errors.wrongPassword }), T0 + 8 * MINUTE);
  const { connection, window, close } = await evidenceOf(calls);
  const [verdict] = await judgeCalls(connection, { window, completeTo: window.to, rules });
  close();
  expect(verdict).toMatchObject({ verdict: "ban", calls: 4 });
  expect(verdict?.reasons[0]?.window).toEqual({ from: "2026-11-22T10:05:00.000Z", to: "2026-11-22T10:15:00.000Z" });
});
