/** The report of `analyze` for a person at a terminal. */
import type { AnalyzeReport } from "../functions/domain/analysis.ts";
import { printable } from "../functions/domain/printable.ts";
import type { SourceVerdict } from "../functions/domain/verdict.ts";
import { counted } from "../functions/domain/wording.ts";
import { formatTable } from "./table.ts";

const right = (title: string) => ({ title, right: true as const });
const inputHead = [
  ...["log", { title: "file", wraps: true as const }, right("records"), right("accepted")],
  ...[{ ...right("skipped"), drop: 1 }, right("rejected"), { title: "reasons", wraps: true as const, drop: 2 }],
];
const sourceHead = [
  ...["source", "verdict", right("score"), { title: "path", drop: 3 }],
  ...[{ ...right("calls"), drop: 1 }, { ...right("failed"), drop: 2 }, right("users")],
  { title: "why", wraps: true as const },
];

/** More rows are better read from `--json`. */
const MOST_ROWS = 50;

export function describeAnalysis(report: AnalyzeReport): string {
  return [headline(report), inputsOf(report), sourcesOf(report), accountsOf(report)].filter(Boolean).join("\n\n");
}

function headline({ window, totals, evidenceCompleteTo }: AnalyzeReport): string {
  if (!window) return "No call of a user pool's API in these logs.";
  const complete = evidenceCompleteTo === null ? "not complete at any time" : `complete to ${evidenceCompleteTo}`;
  return [
    `${window.from} to ${window.to}, evidence ${complete}`,
    `${counted(totals.calls, "call")} of ${counted(totals.sources, "source")}: ${totals.ban} to ban, ${totals.watch} to watch, ${totals.ignore} to ignore`,
  ].join("\n");
}

function inputsOf({ inputs }: AnalyzeReport): string {
  const rows = inputs.slice(0, MOST_ROWS).map(({ kind, file, records, accepted, skipped, rejected, reasons }) => [
    kind,
    file,
    ...[records, accepted, skipped, rejected].map(String),
    Object.entries(reasons)
      .map(([reason, count]) => `${reason} ${count}`)
      .join(", "),
  ]);
  const more =
    inputs.length > MOST_ROWS ? `\n… and ${counted(inputs.length - MOST_ROWS, "more file")} (--json lists all)` : "";
  return formatTable(inputHead, rows) + more;
}

function sourcesOf({ sources, window }: AnalyzeReport): string {
  if (sources.length === 0) return window ? "Nobody to ban or to watch." : "";
  const rows = sources.slice(0, MOST_ROWS).flatMap(rowsOf);
  const more =
    sources.length > MOST_ROWS
      ? `\n… and ${counted(sources.length - MOST_ROWS, "more source")} (--json lists all)`
      : "";
  return formatTable(sourceHead, rows) + more;
}

function rowsOf(verdict: SourceVerdict): string[][] {
  const { source, paths, score, calls, failures, distinctUsers, reasons } = verdict;
  const [first, ...others] = reasons.map(({ detection, text }) => `${detection}: ${text}`);
  const counts = [score, calls, failures, distinctUsers].map(String);
  return [
    [source, decisionOf(verdict), counts[0] ?? "", paths.join(", "), ...counts.slice(1), first ?? ""],
    ...others.map((why) => ["", "", "", "", "", "", "", why]),
  ];
}

function decisionOf({ verdict, handsOff, needsPerson }: SourceVerdict): string {
  if (verdict !== "ban") return verdict;
  return handsOff ? "ban" : `ban? (${needsPerson.join(", ")})`;
}

function accountsOf({ accountsAtRisk }: AnalyzeReport): string {
  if (accountsAtRisk.length === 0) return "";
  const rows = accountsAtRisk
    .slice(0, MOST_ROWS)
    .map(({ sub, userTag, source, at, failedUsersBefore }) => [
      printable(sub ?? `tag ${userTag}`),
      source,
      at,
      String(failedUsersBefore),
    ]);
  return `Accounts at risk: got in after others failed. Sign them out and reset their passwords.\n${formatTable(["account", "source", { title: "at", drop: 1 }, right("others failed")], rows)}`;
}
