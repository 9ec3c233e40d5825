import type { Fate, RejectReason, SkipReason } from "../functions/detect/log-fate.ts";
import type { InputReport } from "../functions/domain/analysis.ts";
import type { LogFile } from "../local/log-files.ts";

/** Counts the records of one file by their fate, so that `records = accepted + skipped + rejected` always holds. */
export class InputAccount {
  readonly #file: LogFile;
  readonly #reasons = new Map<SkipReason | RejectReason, number>();
  #accepted = 0;
  #skipped = 0;
  #rejected = 0;

  constructor(file: LogFile) {
    this.#file = file;
  }

  count(fate: Fate): void {
    if ("row" in fate) this.#accepted += 1;
    else if ("skipped" in fate) this.#skip(fate.skipped, 1);
    else {
      this.#rejected += 1;
      this.#reasons.set(fate.rejected, (this.#reasons.get(fate.rejected) ?? 0) + 1);
    }
  }

  /** Records that looked like calls of ours until the other records were known. */
  skipAccepted(reason: SkipReason, count: number): void {
    this.#accepted -= count;
    this.#skip(reason, count);
  }

  #skip(reason: SkipReason, count: number): void {
    this.#skipped += count;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + count);
  }

  report(): InputReport {
    return {
      kind: this.#file.kind,
      file: this.#file.path,
      records: this.#accepted + this.#skipped + this.#rejected,
      accepted: this.#accepted,
      skipped: this.#skipped,
      rejected: this.#rejected,
      reasons: Object.fromEntries([...this.#reasons].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }
}
