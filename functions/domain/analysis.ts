/** What `portcullis analyze` found, field for field as `--json` prints it; the report page shows the same. */
import type { AccountAtRisk } from "./account.ts";
import type { CallSeries } from "./call-series.ts";
import type { LogKind } from "./evidence.ts";
import type { SourceVerdict } from "./verdict.ts";

/** One log file: `records = accepted + skipped + rejected`, and why. */
export interface InputReport {
  readonly kind: LogKind;
  readonly file: string;
  readonly records: number;
  readonly accepted: number;
  readonly skipped: number;
  readonly rejected: number;
  readonly reasons: Readonly<Record<string, number>>;
}

export interface AnalyzeReport {
  readonly window: { readonly from: string; readonly to: string } | null;
  readonly evidenceCompleteTo: string | null;
  readonly warnings: readonly string[];
  readonly inputs: readonly InputReport[];
  readonly sources: readonly SourceVerdict[];
  readonly accountsAtRisk: readonly AccountAtRisk[];
  /** All calls of the window; absent where there is none. */
  readonly series?: CallSeries;
  readonly totals: {
    readonly calls: number;
    readonly sources: number;
    readonly ban: number;
    readonly watch: number;
    readonly ignore: number;
  };
}
