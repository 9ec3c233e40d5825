/** What a benchmark came to: its section of docs/benchmarks.md, and the ratios that go into the page's first table. */
export interface Section {
  readonly text: string;
  readonly figures: readonly Figure[];
}

/** Ours in parts of a peer's or a limit's, measured in the same run. */
export interface Figure {
  readonly what: string;
  readonly beside: string;
  readonly ratio: number;
  /** The ratio that is aimed at, or less; left out where there is no aim. */
  readonly aim?: number;
}
