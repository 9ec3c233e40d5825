/** The tables of a soak in Markdown: for the terminal, and for docs/soak.md. */
import { toIso } from "../../functions/domain/instant.ts";
import type { BanFigure, Figures } from "./figures.ts";
import { isLoud, rules, type Violation } from "./rules.ts";

export function soakReport(figures: Figures, violations: readonly Violation[]): string {
  return [
    summary(figures),
    `## Rules\n\n${ruleTable(violations)}`,
    `## Attacks\n\n${attackTable(figures)}`,
    `## What went wrong\n\n${disturbanceTable(figures)}`,
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
  const rows = [...attacks].sort((a, b) => a.first - b.first);
  return table(
    ["first call", "attack", "attempts a minute", "calls", "minutes to the first block"],
    rows.map((attack) => [
      ...[toIso(attack.first), attack.kind, String(Number(attack.perMinute.toFixed(2))), String(attack.calls)],
      attack.minutesToBlock === null
        ? `never${isLoud(attack) ? "" : " (a person's, or too quiet)"}`
        : attack.minutesToBlock.toFixed(1),
    ]),
  );
}

function disturbanceTable({ disturbances }: Figures): string {
  const rows = [...disturbances].sort((a, b) => a.window.from - b.window.from);
  return table(
    ["from", "to", "what"],
    rows.map(({ kind, window: { from, to } }) => [toIso(from), to === from ? "" : toIso(to), kind]),
  );
}

function resourceTable({ samples, growth }: Figures): string {
  const first = samples[0]?.at ?? 0;
  const rows = samples.map((sample) => [
    ...[((sample.at - first) / 3_600_000).toFixed(0), sample.calls, sample.heapMb, sample.rssMb, sample.s3Mb],
    ...[sample.temporaryFiles, sample.items, sample.lastingItems, sample.sockets],
  ]);
  const head = [
    "hour",
    "calls",
    "heap MB",
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
