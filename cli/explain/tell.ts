/** A story as a terminal shows it. */

import { isInForce } from "../../functions/block/ledger.ts";
import type { Margin } from "../../functions/detect/margin.ts";
import type { Ban } from "../../functions/domain/ban.ts";
import type { DecisionRecord } from "../../functions/domain/decision.ts";
import type { Instant } from "../../functions/domain/instant.ts";
import { palette } from "../output.ts";
import { tellStanding } from "../standing.ts";
import { type Column, formatTable } from "../table.ts";
import type { Story } from "./story.ts";

export function tellStory(story: Story, now: Instant): string {
  const { bold } = palette(process.stdout);
  return [
    bold(story.source),
    "",
    ...banLines(story.ban, now),
    ...tellStanding(story.standing).map((line) => `${bold("also")}      ${line}`),
    "",
    bold("What was decided"),
    ...decisionLines(story.decisions),
    ...story.looks.flatMap((look) => ["", bold(titleOf(look)), ...lookLines(look)]),
    "",
    ...verdictLines(story),
  ].join("\n");
}

function banLines(ban: Ban | null, now: Instant): string[] {
  const { bold, red } = palette(process.stdout);
  if (ban === null) return [`${bold("ban")}       never banned`];
  const [until, since] = [ban.expiresAt, ban.bannedAt];
  const state = isInForce(ban, now)
    ? red(ban.simulated ? `would be banned until ${until} (mode observe)` : `banned until ${until}`)
    : `not banned; the last ban was from ${since} to ${ban.releasedAt ?? until}`;
  return [
    `${bold("ban")}       ${state}, at ${ban.targets.join(" and ")}`,
    `${bold("strikes")}   ${ban.strikes}`,
    ...(ban.noRebanBefore ? [`${bold("note")}      only people ban it again before ${ban.noRebanBefore}`] : []),
    ...Object.entries(ban.claims).flatMap(([id, claim]) => [
      `${bold("claim")}     ${id}: ${claim.origin} by ${claim.by}, score ${claim.score}, until ${claim.until}`,
      ...claim.reasons.map(
        (reason) => `          ${reason.detection}: ${reason.text} (${reason.window.from} to ${reason.window.to})`,
      ),
    ]),
  ];
}

function decisionLines(decisions: readonly DecisionRecord[]): string[] {
  if (decisions.length === 0) return ["nothing in these days"];
  const rows = decisions.map(({ at, event, by, runId = "", why }) => [at, event, by, runId, why]);
  return [
    formatTable(
      ["at", "decision", { title: "by", drop: 1 }, { title: "run", drop: 2 }, { title: "why", wraps: true }],
      rows,
    ),
  ];
}

type Look = Story["looks"][number];

const names = { short: "The short window", slow: "The slow window" } as const;

function titleOf({ size, window }: Look): string {
  return `${names[size]}, ${window.from} to ${window.to}`;
}

function lookLines({ gap, operations, detections }: Look): string[] {
  if (gap !== null) return [gap];
  if (operations.length === 0) return ["no calls"];
  const calls = operations.map((each) => [
    each.operation,
    each.path,
    ...[each.calls, each.successes, each.accepted, each.failures, each.faults, each.throttled + each.blocked].map(
      String,
    ),
    String(each.distinctUsers),
  ]);
  const counts = ["calls", "successes", "accepted", "failures", "faults", "refused", "users"];
  const head = ["operation", { title: "path", drop: 4 }, ...counts.map((title) => countColumn(title))];
  const rows = detections.map((margin) => [margin.detection, stateOf(margin), margin.text ?? ""]);
  return [
    formatTable(head, calls),
    "",
    formatTable(["detection", "state", { title: "what it saw", wraps: true }], rows),
  ];
}

/** What says least about an attack is left out first. */
function countColumn(title: string): Column {
  const drop = ["accepted", "faults", "refused"].indexOf(title);
  return { title, right: true, ...(drop >= 0 && { drop: 3 - drop }) };
}

function stateOf({ severity, reached }: Margin): string {
  if (severity > 0) return `fires, severity ${severity.toFixed(2)}`;
  if (reached === null) return "does not apply";
  return `at ${Math.round(100 * reached)} % of its threshold`;
}

function verdictLines({ verdict }: Story): string[] {
  const { bold } = palette(process.stdout);
  if (verdict === null) return [`${bold("now")}       a run would leave it alone`];
  const person = verdict.needsPerson.length > 0 ? ` by a person (${verdict.needsPerson.join(", ")})` : "";
  const what = verdict.verdict === "ban" ? `ban it${verdict.handsOff ? " hands-off" : person}` : "watch it";
  return [`${bold("now")}       a run would ${what}, score ${verdict.score}`];
}
