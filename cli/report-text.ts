/** The report of a run as a terminal shows it: the first things one asks. The page and `--json` have all. */
import { printable } from "../functions/domain/printable.ts";
import type { Fate, RunReport, Said } from "../functions/domain/run-report.ts";
import { counted } from "../functions/domain/wording.ts";
import { palette } from "./output.ts";
import { formatTable } from "./table.ts";

const SHOWN = 20;

export function tellReport(report: RunReport): string {
  const { bold } = palette(process.stdout);
  const { offenders, watched, accountsAtRisk, queries, cost, undo } = report;
  const rest = offenders.length - SHOWN;
  return [
    bold(`Run ${printable(report.runId)}`),
    "",
    ...headLines(report),
    "",
    ...(offenders.length > 0 ? [offenderTable(report)] : ["Nobody to ban was found."]),
    ...(rest > 0 ? [`… and ${rest} more: see --json or --html.`] : []),
    "",
    `${counted(watched.length, "more source is", "more sources are")} watched; ${counted(accountsAtRisk.length, "account")} at risk.`,
    ...saidLines("What the evidence lacks:", report.missing),
    ...saidLines("What looks like a fault of ours:", report.faults),
    ...saidLines("Look at this too:", report.notes),
    "",
    `${counted(queries.length, "query", "queries")} scanned ${(cost.bytesScanned / 1e6).toFixed(1)} MB, about $${cost.usd.toFixed(4)} (prices of ${cost.pricesOf}).`,
    ...(offenders.some(({ fate }) => fate.state === "banned") ? [`Take its bans back: ${undo}`] : []),
  ].join("\n");
}

function headLines(report: RunReport): string[] {
  const { bold, red } = palette(process.stdout);
  const { trigger, end, rounds, mode, quotas, relief } = report;
  const own = quotas.find(({ category }) => category === trigger.category)?.peak;
  return [
    `${bold("started")}   ${trigger.at} by ${startedBy(trigger)}, category ${printable(trigger.category)}`,
    ...(own?.percent != null ? [`${bold("quota")}     at most ${own.percent} %, at ${own.at}`] : []),
    `${bold("rounds")}    ${rounds.length}, mode ${mode ?? "not known"}`,
    `${bold("end")}       ${end ? `${end.at}: ${printable(end.reason)}` : "still on"}`,
    ...(end && end.burning.length > 0
      ? [`          ${red(`still in ALARM: ${end.burning.map(printable).join(", ")}`)}`]
      : []),
    ...(relief?.measured
      ? [
          `${bold("relief")}    from ${Math.round(relief.before)} calls a minute to ${Math.round(relief.measured.calls)}`,
        ]
      : []),
  ];
}

function startedBy({ kind, alarm }: RunReport["trigger"]): string {
  if (!alarm) return kind === "patrol" ? "the patrol" : "a person";
  const crossed =
    alarm.value === null || alarm.threshold === null
      ? ""
      : ` (${Number(alarm.value.toFixed(1))} of ${alarm.threshold})`;
  return `${printable(alarm.name)}${crossed}`;
}

function offenderTable({ offenders }: RunReport): string {
  const rows = offenders
    .slice(0, SHOWN)
    .map(({ source, score, calls, establishedUsers, reasons, fate }) => [
      ...[source, String(score), String(calls), String(establishedUsers ?? 0), fateText(fate)],
      reasons.map(({ detection }) => detection).join(", "),
    ]);
  const right = { right: true } as const;
  return formatTable(
    [
      "source",
      { title: "score", ...right },
      { title: "calls", ...right, drop: 2 },
      { title: "users behind", ...right, drop: 1 },
      "what became of it",
      { title: "why", wraps: true },
    ],
    rows,
  );
}

const fateTexts: Readonly<Record<Exclude<Fate["state"], "kept">, string>> = {
  banned: "banned until",
  over: "ban over since",
  released: "released by a person",
  undone: "undone",
  waiting: "waits for a person",
  rejected: "rejected by a person",
  expired: "nobody decided in time",
  overtaken: "banned meanwhile, by another run or by hand",
  noPlan: "nothing was done",
};

function fateText({ state, until, why, matched, simulated }: Fate): string {
  if (state === "kept") return `not banned: ${why ?? "a guard"} ${matched ?? ""}`.trim();
  const text = state === "banned" && simulated ? "would be banned until" : fateTexts[state];
  return until !== null && (state === "banned" || state === "over") ? `${text} ${until}` : text;
}

function saidLines(title: string, said: readonly Said[]): string[] {
  if (said.length === 0) return [];
  return ["", title, ...said.map(({ text, rounds }) => `- ${printable(text)} (${counted(rounds.length, "round")})`)];
}
