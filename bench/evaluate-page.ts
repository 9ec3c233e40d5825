/** The text of docs/evaluation.md. */

import { besideFigures } from "./beside-figures.ts";
import {
  barsOf,
  delays,
  detectionFigures,
  groupBy,
  isBanned,
  isHandsOff,
  isSeen,
  quantile,
  ratio,
} from "./evaluate-figures.ts";
import type { Judged, MixResult } from "./evaluate-mix.ts";
import { benignKinds, offenceKinds } from "./traffic/actor.ts";
import type { MixRequest } from "./traffic/mix.ts";

export interface EvaluationRequest extends Omit<MixRequest, "seed"> {
  readonly seeds: readonly number[];
  /** Whether the corpus' crowd took part. */
  readonly corpus: boolean;
}

export function evaluationPage(request: EvaluationRequest, results: readonly MixResult[]): string {
  const sources = results.flatMap((result) => result.sources);
  const offenders = sources.filter(({ truth }) => !truth.benign);
  const benign = sources.filter(({ truth }) => truth.benign);
  return [
    introduction(request, results),
    `## Bars\n\n${table(
      ["bar", "found", "met"],
      barsOf(sources).map(({ name, found, met }) => [name, found, met ? "yes" : "**no**"]),
    )}`,
    `## Detections\n\n${detectionText}\n\n${table(
      ["detection", "window", "offenders", "benign", "precision", "recall"],
      detectionFigures(results).map(({ detection, size, offenders, benign, precision, recall }) => [
        ...[`\`${detection}\``, size, String(offenders), String(benign), precision, recall],
      ]),
    )}`,
    `## Time to detection\n\n${timeText}\n\n${timeTable(offenders)}`,
    `## Offenders\n\n${offenderText}\n\n${offenderTable(offenders)}`,
    `## Innocents\n\n${innocentTable(benign)}`,
    `## Beside other rules\n\n${besideText}\n\n${besideTable(results)}`,
    `## What the labels are\n\n${labelText}`,
  ].join("\n\n");
}

function introduction({ seeds, hours, users, offenders, corpus }: EvaluationRequest, results: readonly MixResult[]) {
  const calls = results.reduce((sum, result) => sum + result.calls, 0);
  const background = corpus
    ? "The labelled benign crowd of the corpus (a public web site's visitors) was in every mix as well."
    : "**Skipped:** the labelled crowd of `../shared/corpus`, which was not there.";
  return `# Evaluation

Made by \`npm run evaluate\`; do not edit. It draws labelled mixes of traffic from seeds (\`bench/traffic/\`), writes them as WAF and
CloudTrail files, and judges the files as \`portcullis analyze\` does, with the default policy.

Seeds ${seedText(seeds)}, ${hours} hours each, with ${users} users and ${offenders} offending parties a mix: ${calls} calls in all.
${background}`;
}

function seedText(seeds: readonly number[]): string {
  return seeds.length > 2 ? `${seeds[0]} to ${seeds.at(-1)}` : seeds.join(" and ");
}

const detectionText = `A detection *fired* if it gave a source any severity in any window of that size, whatever came of it. Precision is the share of
offenders, of whatever kind, among the sources for which it fired. Recall is its share of the offenders that it is there for and that
made at least ten offending calls, at any rate: a short window cannot see who makes one call in half an hour, nor is it meant to, and
an offender whom another detection finds is a miss here. What became of them in the end stands under *Offenders*.
For ranges and fingerprints the offending party is counted, not each of its sources.`;

const timeText = `Minutes from the first offending call to the end of the first window that yields watch or ban; sources with at least ten
offending calls. The logs' delivery, about five minutes on AWS, comes on top.`;

const offenderText = `Sources with at least ten offending calls, and all members of distributed attacks; *hands-off* is the part of *banned* that needs no
person. *Group* are those of whom only the range or the fingerprint was found.`;

const labelText = `The generator knows who is who because it made them: a label says what a party was drawn to be, not what somebody found out about real
traffic. The crowd follows published shapes (a rhythm of the day, offices behind one address, a carrier's NAT, failed logins as AWS, CrowdSec
and Auth0 set their limits for), the look-alikes are those that others were burnt by. Four mixes in five have ten minutes in which the fault
is ours (a wrong secret, a trigger that throws, a release with a wrong app client that Cognito or the edge refuses) and everybody's calls
but the offenders' fail. An attack that nobody here thought of is in
none of it. Whoever wrote the detections could read the generator: figures near 100 % say that both agree, not that the world does. The
corpus' visitors are real clients with their real rhythm, but what they do here is made up: the site had no sign-in.`;

const besideText = `The same mixes under the rules of two peers, as they publish them, in \`bench/peers/\`. They are told each caller's true address, user name and
error, which their own parsers do not find in the logs of a proxied pool, and as ours they wait for no log. *Precision* is the share of offenders
among all sources blocked, *recall* the blocked share of sources with at least ten failing calls. *Shut out* are innocent users, each once for a
source, who would have got through in the time of a source's first block: an hour hands-off, four hours in all other rows.
Whoever asks a person asks about each block that would shut somebody out, and shows whom.`;

/** Our rules first. */
function besideTable(results: readonly MixResult[]): string {
  const sources = results.flatMap((result) => result.sources);
  const tenfold = sources.filter(({ truth }) => !truth.benign && truth.failures.length >= 10).map(({ truth }) => truth);
  const rows = besideFigures(results, tenfold).map(({ rules, precision, recall, delays, benign, shutOut }) => [
    ...[
      rules,
      precision,
      recall,
      minutes(quantile(delays, 0.5)),
      minutes(quantile(delays, 0.9)),
      String(benign),
      String(shutOut),
    ],
  ]);
  const head = [
    "rules",
    "precision",
    "recall",
    "minutes to the block, median",
    "9 of 10",
    "innocent sources blocked",
    "shut out",
  ];
  return table(head, rows);
}

function timeTable(offenders: readonly Judged[]): string {
  const enough = offenders.filter(({ truth }) => truth.offences >= 10);
  const byRate = [...groupBy(enough, ({ truth }) => truth.perMinute ?? 0)].sort(([a], [b]) => b - a);
  const lone = byRate.filter(([, own]) => own.some(({ truth }) => !truth.kind.startsWith("distributed-")));
  return table(
    ["calls a minute", "sources", "seen", "median", "9 of 10", "banned", "median", "9 of 10"],
    lone.map(([rate, own]) => {
      const [seen, banned] = [delays(own, "seenAt"), delays(own, "bannedAt")];
      const columns = [seen, banned].flatMap((times) => [
        ratio(times.length, own.length),
        minutes(quantile(times, 0.5)),
        minutes(quantile(times, 0.9)),
      ]);
      return [rateText(rate), String(own.length), ...columns];
    }),
  );
}

function rateText(perMinute: number): string {
  return perMinute >= 1 ? String(perMinute) : `1 in ${Math.round(1 / perMinute)} min`;
}

function minutes(value: number | null): string {
  return value === null ? "–" : value.toFixed(0);
}

function offenderTable(offenders: readonly Judged[]): string {
  const rows = offenceKinds.flatMap((kind) => {
    const own = offenders.filter(
      ({ truth }) => truth.kind === kind && (truth.offences >= 10 || kind.startsWith("distributed-")),
    );
    if (own.length === 0) return [];
    const watched = own.filter((judged) => judged.verdict !== null && !isBanned(judged)).length;
    const group = own.filter((judged) => judged.verdict === null && isSeen(judged)).length;
    return [
      [
        ...[kind, String(own.length), ratio(own.filter(isBanned).length, own.length)],
        ...[own.filter(isHandsOff).length, watched, group, own.filter((judged) => !isSeen(judged)).length].map(String),
      ],
    ];
  });
  return table(["kind", "sources", "banned", "hands-off", "watched", "group", "missed"], rows);
}

function innocentTable(benign: readonly Judged[]): string {
  const rows = benignKinds.flatMap((kind) => {
    const own = benign.filter(({ truth }) => truth.kind === kind);
    if (own.length === 0) return [];
    const handsOff = own.filter(isHandsOff).length;
    const asked = own.filter(isBanned).length - handsOff;
    const watched = own.filter((judged) => judged.verdict?.verdict === "watch").length;
    return [[kind, ...[own.length, handsOff, asked, watched, own.length - handsOff - asked - watched].map(String)]];
  });
  return table(["kind", "sources", "banned hands-off", "a person is asked", "watched", "ignored"], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
