/** A run's documents in a bucket and its bans in a ledger, and the report that is made of them. */
import { renderTools } from "../../cli/render-tools.ts";
import { writeReport } from "../../functions/block/write-report.ts";
import { type Instant, MINUTE, type Window } from "../../functions/domain/instant.ts";
import type { JudgedRound } from "../../functions/domain/judged-round.ts";
import type { AppliedPlan, Plan } from "../../functions/domain/plan.ts";
import type { Run } from "../../functions/domain/run.ts";
import { appliedKey, planKeyOf, reportKey, verdictsKey } from "../../functions/domain/run-keys.ts";
import { type RunReport, runReportSchema } from "../../functions/domain/run-report.ts";
import { renderRunPage } from "../../report/run-page.ts";
import { aPlan, aRun, aVerdict, NOON } from "./builders.ts";
import { memoryLedger } from "./memory-ledger.ts";

export const quotas = { UserAuthentication: 10 };

export interface RoundParts {
  readonly run?: Partial<Run>;
  readonly judged?: Partial<JudgedRound> | null;
  readonly plan?: Partial<Plan> | null;
  readonly applied?: Partial<AppliedPlan> | null;
}

export function aReportScene(minutes: ReadonlyMap<string, ReadonlyMap<Instant, number>> = new Map()) {
  const documents = new Map<string, string>();
  const reads: string[] = [];
  const asked: Window[] = [];
  const ledger = memoryLedger();
  const state = {
    metricsFail: false,
    joined: [] as { name: string; region: string; at: Instant }[],
    /** What others do while CloudWatch is asked, or a page is written: once each, in turn. */
    meanwhile: [] as (() => Promise<unknown>)[],
  };
  const ports = {
    ...{ bans: ledger.bans, proposals: ledger.proposals },
    evidence: {
      read: async (key: string) => {
        reads.push(key);
        return JSON.parse(documents.get(key) ?? "null");
      },
      write: async (key: string, document: unknown) => void documents.set(key, JSON.stringify(document)),
      async replace<T extends object>(key: string, make: (document: unknown) => Promise<T>) {
        for (;;) {
          const before = documents.get(key);
          const document = await make(JSON.parse(before ?? "null"));
          if (documents.get(key) !== before) continue;
          documents.set(key, JSON.stringify(document));
          return { document, tag: JSON.stringify(document) };
        }
      },
      async newerThan(key: string, known: string) {
        const tag = documents.get(key) ?? "";
        return tag === known ? null : { document: JSON.parse(tag), tag };
      },
    },
    pages: {
      async write(key: string, html: string) {
        const meanwhile = state.meanwhile.shift();
        await meanwhile?.();
        documents.set(key, html);
      },
    },
    joinedAlarms: async () => state.joined,
    calls: async (range: Window) => {
      asked.push(range);
      const meanwhile = state.meanwhile.shift();
      await meanwhile?.();
      if (state.metricsFail) throw new Error("no metrics");
      return minutes;
    },
  };
  const put = (key: string, document: unknown) => void documents.set(key, JSON.stringify(document));
  return {
    ...{ documents, reads, asked, ledger, state, put },
    /** What Score, Plan and Apply leave of a round. */
    leave({ run: parts = {}, judged = {}, plan = {}, applied = {} }: RoundParts): Run {
      const run = aRun(parts);
      if (judged !== null)
        put(verdictsKey(run), {
          run,
          ...{ verdicts: [aVerdict()], counts: { ban: 1, watch: 0, ignore: 3, calls: 1_000 } },
          ...judged,
        });
      if (plan !== null) put(planKeyOf(run), aPlan({ run, ...plan }));
      const counts = { banned: 1, extended: 0, unchanged: 0, overflow: 0 };
      if (applied !== null)
        put(appliedKey(planKeyOf(run)), { at: new Date(NOON + MINUTE).toISOString(), counts, stopped: [], ...applied });
      return run;
    },
    /** As a state of the machine asks for it. */
    async report(event: { run: Run; watched?: object; failure?: object }, now = NOON + 2 * MINUTE): Promise<RunReport> {
      await writeReport(ports, event, {
        now,
        deployment: "portcullis",
        quotas,
        draw: (report) => renderRunPage(report, renderTools()),
      });
      return runReportSchema.parse(JSON.parse(documents.get(reportKey(event.run.runId, "json")) ?? "null"));
    },
  };
}
