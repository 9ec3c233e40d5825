/** The report of `backtest` for a person at a terminal. */
import { MINUTE } from "../functions/domain/instant.ts";
import { counted } from "../functions/domain/wording.ts";
import type { BacktestReport } from "./backtest.ts";
import type { BacktestBan, Outcome } from "./backtest-report.ts";
import { formatTable } from "./table.ts";

/** More rows are better read from `--json`. */
const MOST_ROWS = 50;

export function describeBacktest({ window, steps, every, delay, outcomes }: BacktestReport): string {
  if (!window) return "No call of a user pool's API in these logs.";
  const head =
    `${window.from} to ${window.to}, ${counted(steps, "look")}, one every ${minutes(every)}, ` +
    `each log row seen ${minutes(delay)} after it was written`;
  const [first, second] = outcomes;
  const parts = outcomes.length > 1 ? outcomes.flatMap((outcome) => [title(outcome), ...describe(outcome)]) : [];
  if (first && second) return [head, ...parts, describeDifference(first, second)].join("\n\n");
  return [head, ...(first ? describe(first) : [])].join("\n\n");
}

function title({ policy }: Outcome): string {
  return `Policy ${policy}:`;
}

const right = (title: string) => ({ title, right: true as const });
const banHead = [
  ...["source", "banned at", { title: "until", drop: 3 }],
  ...[{ ...right("score"), drop: 2 }, { ...right("ran for"), drop: 1 }, right("users hit")],
  { title: "why", wraps: true as const },
];

function describe({ bans, totals, detections, filed }: Outcome): string[] {
  const count =
    `${counted(totals.bans, "ban")} of ${counted(totals.bannedSources, "source")}, which would have stopped ${totals.callsStopped} of ${counted(totals.calls, "call")} ` +
    `and hit ${counted(totals.successfulUsersHit, "user")} who got in`;
  const rows = bans
    .slice(0, MOST_ROWS)
    .map((ban, index) => [
      ...[ban.source, ban.at, ban.expiresAt, String(ban.score)],
      ...[minutes(ban.secondsToBan * 1_000), String(ban.successfulUsersHit), (detections[index] ?? []).join(", ")],
    ]);
  const waiting = filed
    .slice(0, MOST_ROWS)
    .map(({ source, at, score, because }) => [source, at, String(score), because.join(", ")]);
  return [
    count,
    ...(rows.length > 0 ? [formatTable(banHead, rows) + more(bans.length)] : []),
    ...(waiting.length > 0
      ? [
          `Filed for a person, and not banned here:\n${formatTable(["source", "at", right("score"), { title: "because", wraps: true }], waiting)}${more(filed.length)}`,
        ]
      : []),
  ];
}

function more(count: number): string {
  return count > MOST_ROWS ? `\n… and ${count - MOST_ROWS} more (--json lists all bans)` : "";
}

/** Sources that the policies ban at different times, for different durations, or only one of them at all. */
export function describeDifference(first: Outcome, second: Outcome): string {
  const rows = differences(first.bans, second.bans).map(({ source, first, second }) => [
    source,
    ofBans(first),
    ofBans(second),
  ]);
  if (rows.length === 0) return "Both policies ban the same sources at the same times.";
  const table = formatTable(
    ["source", { title: first.policy, wraps: true }, { title: second.policy, wraps: true }],
    rows.slice(0, MOST_ROWS),
  );
  return `Where they differ:\n${table}${more(rows.length)}`;
}

function ofBans(bans: readonly BacktestBan[]): string {
  const [first] = bans;
  if (!first) return "never";
  const banned = bans.reduce((sum, { at, expiresAt }) => sum + Date.parse(expiresAt) - Date.parse(at), 0);
  const users = bans.reduce((sum, { successfulUsersHit }) => sum + successfulUsersHit, 0);
  return `${first.at}, ${counted(bans.length, "ban")}, ${minutes(banned)}, hits ${users}`;
}

export interface BanDifference {
  readonly source: string;
  readonly first: readonly BacktestBan[];
  readonly second: readonly BacktestBan[];
}

/** By source, with the bans of each policy; sources whose bans are equal but for the score are left out. */
export function differences(first: readonly BacktestBan[], second: readonly BacktestBan[]): BanDifference[] {
  const sources = [...new Set([...first, ...second].map(({ source }) => source))].sort();
  const of = (bans: readonly BacktestBan[], source: string) => bans.filter((ban) => ban.source === source);
  const timesOf = (bans: readonly BacktestBan[]) => bans.map(({ at, expiresAt }) => `${at} ${expiresAt}`).join(" ");
  return sources
    .map((source) => ({ source, first: of(first, source), second: of(second, source) }))
    .filter((difference) => timesOf(difference.first) !== timesOf(difference.second));
}

function minutes(ms: number): string {
  const whole = Math.round(ms / MINUTE);
  if (whole === 0 && ms > 0) return `${Math.round(ms / 1_000)} s`;
  return whole < 120 ? `${whole} min` : `${Math.round(whole / 6) / 10} h`;
}
