/** What `portcullis analyze --json` prints, field for field. */
import type { Instant, Window } from "../functions/domain/instant.ts";
import type { SourceVerdict } from "../functions/domain/verdict.ts";
import type { InputReport } from "./input-account.ts";

export interface AccountAtRisk {
  readonly sub: string | null;
  readonly userTag: string | null;
  readonly source: string;
  readonly operation: string;
  /** The first success. */
  readonly at: string;
  /** Other users whom the source had failed for in the day before. */
  readonly failedUsersBefore: number;
}

export interface AnalyzeReport {
  readonly window: { readonly from: string; readonly to: string } | null;
  readonly evidenceCompleteTo: string | null;
  readonly warnings: readonly string[];
  readonly inputs: readonly InputReport[];
  readonly sources: readonly SourceVerdict[];
  readonly accountsAtRisk: readonly AccountAtRisk[];
  readonly totals: {
    readonly calls: number;
    readonly sources: number;
    readonly ban: number;
    readonly watch: number;
    readonly ignore: number;
  };
}

/** What the exit code is made of besides the report. */
export interface Analysis {
  readonly report: AnalyzeReport;
  readonly window: Window | null;
  readonly completeTo: Instant | null;
  readonly anyRejected: boolean;
  readonly endsEarly: boolean;
}
