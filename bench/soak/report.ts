/** The tables of a soak in Markdown: for the terminal, and for docs/soak.md. */
import { SECOND, toIso } from "../../functions/domain/instant.ts";
import type { AttackFigure, BanFigure, Figures } from "./figures.ts";
import { isLoud, rules, type Violation } from "./rules.ts";

export function soakReport(figures: Figures, violations: readonly Violation[]): string {
  return [
    summary(figures),
    `## Rules\n\n${ruleTable(violations)}`,
    `## Attacks\n\n${attackTable(figures)}`,
    `## Missed\n\n${missedTable(figures)}`,
    `## What went wrong\n\n${disturbanceTable(figures)}`,
    `## Mails\n\n${mailTable(figures)}`,
    `## Resources\n\n${resourceTable(figures)}`,
  ].join("\n\n");
}

function summary({ seed, days, users, tally, bans, decisions }: Figures): string {
  const count = (of: BanFigure["of"]) => bans.filter((ban) => ban.of === of).length;
  const late = bans.flatMap(({ secondsLate }) => secondsLate ?? []);
  const throttled = tally.throttledPeople;
  return [
    `Seed ${seed}, ${days} ${days === 1 ? "day" : "days"}, ${users} users beside offices: ${tally.people} calls of people (${throttled} throttled,`,
    `${tally.refusedPeople} refused) and ${tally.attackers} of attackers (${tally.refusedAttackers} refused; whoever is refused tries seldom).`,
    `Bans: ${count("attack")} right, ${count("benign")} wrong, ${count("by-hand")} by hand. The person on call approved ${decisions.approved} proposals and rejected`,
    `${decisions.rejected}. ${late.length} bans ended, the latest ${Math.max(0, ...late).toFixed(0)} seconds after its time.`,
  ].join("\n");
}

function ruleTable(violations: readonly Violation[]): string {
  return table(
    ["rule", "allowed", "because", "found"],
    rules.map(({ id, limit, why }) => {
      const broken = violations.filter(({ rule }) => rule === id);
      return [id, limit, why, broken.length === 0 ? "kept" : `**${broken.map(({ what }) => what).join("; ")}**`];
    }),
  );
}

function attackTable({ attacks }: Figures): string {
  const kinds = [...new Set(attacks.map(({ kind }) => kind))].sort();
  return table(
    [
      "attack",
      "how many",
      "attempts a minute",
      "blocked",
      "minutes to the first block",
      "attempts",
      "refused",
      "sources banned",
    ],
    kinds.map((kind) => {
      const own = attacks.filter((attack) => attack.kind === kind);
      const times = own.flatMap(({ minutesToBlock }) => minutesToBlock ?? []).sort((a, b) => a - b);
      const sum = (pick: (attack: AttackFigure) => number) => own.reduce((total, attack) => total + pick(attack), 0);
      return [
        ...[kind, String(own.length), rangeText(own.map(({ perMinute }) => perMinute))],
        ...[
          String(times.length),
          times.length > 0 ? `${medianOf(times).toFixed(1)}, at most ${times.at(-1)?.toFixed(1)}` : "",
        ],
        ...[String(sum(({ sent }) => sent)), String(sum(({ refused }) => refused))],
        `${sum(({ bannedSources }) => bannedSources)} of ${sum(({ sources }) => sources)}`,
      ];
    }),
  );
}

function rangeText(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => String(Number(value.toFixed(2))));
  return least === most ? `${least}` : `${least} to ${most}`;
}

function medianOf(sorted: readonly number[]): number {
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}

/** Attacks that went on to their end, and why no rule is broken by it. */
function missedTable({ attacks }: Figures): string {
  const missed = attacks.filter(({ minutesToBlock }) => minutesToBlock === null).sort((a, b) => a.first - b.first);
  if (missed.length === 0) return "Every attack was blocked, with one source at least.";
  return table(
    ["first call", "attack", "attempts a minute", "sources", "attempts", "because"],
    missed.map((attack) => [
      ...[toIso(attack.first), attack.kind, rangeText([attack.perMinute]), String(attack.sources), String(attack.sent)],
      isLoud(attack) ? "a miss" : "below the rate that must be blocked",
    ]),
  );
}

function disturbanceTable({ disturbances, strayAlarms }: Figures): string {
  const kinds = [...new Set(disturbances.map(({ kind }) => kind))].sort();
  const rows = kinds.map((kind) => {
    const own = disturbances.filter((each) => each.kind === kind);
    const seconds = Math.max(...own.map(({ window: { from, to } }) => (to - from) / SECOND));
    return [
      kind,
      String(own.length),
      durationText(seconds),
      countedTexts(own.flatMap(({ alarms }) => alarms.map(({ id }) => id))),
    ];
  });
  const strays = strayAlarms.map(({ id, at }) => `${id} at ${toIso(at)}`);
  return `${table(["what", "times", "how long", "alarms on ourselves"], rows)}

Alarms on ourselves that none of it explains: ${strays.join(", ") || "none"}.`;
}

function durationText(seconds: number): string {
  if (seconds === 0) return "";
  return seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** Each text once, with its number if there are several. */
function countedTexts(texts: readonly string[]): string {
  return [...new Set(texts)]
    .map((text) => ({ text, count: texts.filter((other) => other === text).length }))
    .map(({ text, count }) => (count === 1 ? text : `${text} (${count})`))
    .join(", ");
}

function mailTable({ inbox, days }: Figures): string {
  const rows = Object.entries(inbox.mails).sort(([, a], [, b]) => b - a);
  const all = rows.reduce((sum, [, count]) => sum + count, 0);
  return `${(all / days).toFixed(0)} mails a day.\n\n${table(
    ["subject", "mails"],
    rows.map(([subject, count]) => [subject, String(count)]),
  )}`;
}

function resourceTable({ samples, growth }: Figures): string {
  const first = samples[0]?.at ?? 0;
  const rows = samples.map((sample) => [
    ...[((sample.at - first) / 3_600_000).toFixed(0), sample.calls, sample.heapMb, sample.historyMb, sample.rssMb],
    sample.s3Mb,
    ...[sample.temporaryFiles, sample.items, sample.lastingItems, sample.sockets],
  ]);
  const head = [
    "hour",
    "calls",
    "heap MB",
    "history MB",
    "resident MB",
    "S3 MB",
    "temporary files",
    "items",
    "without an end",
    "sockets",
  ];
  const more = Object.entries(growth).map(([what, slope]) => `${what} ${slope.toFixed(1)}`);
  return `${table(
    head,
    thinned(rows).map((row) => row.map(String)),
  )}\n\nGrowth a day, after six hours: ${more.join(", ")}.`;
}

/** About twelve rows and the last one. */
function thinned<Row>(rows: readonly Row[]): Row[] {
  const step = Math.max(1, Math.ceil(rows.length / 12));
  return rows.filter((_, index) => index % step === 0 || index === rows.length - 1);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
