/**
 * From the first call of an attack to its first 403, in the local world and on its clock, whose logs arrive as late as AWS says that they do.
 * The attack begins at other moments of the five minutes in which logs are collected, for that decides how long they take.
 */
import { HOUR, MINUTE, SECOND } from "../functions/domain/instant.ts";
import { TRAIL_EVENT_DELAY } from "../local/log-delivery/trail-events.ts";
import type { ExecutionEvent } from "../local/step-functions.ts";
import type { WorldEvent } from "../local/world.ts";
import { aScenario, type Scenario, START, scenarioConfig } from "../test/scenarios/builders.ts";
import { attackOfDemo } from "./latency-demo.ts";
import type { Figure, Section } from "./section.ts";

const attackers = ["198.51.100.7", "198.51.100.8", "203.0.113.9"];
const phases = [0, 75, 150, 225, 290].map((seconds) => seconds * SECOND);
/** Of the slot, where the files of five minutes are the last to come. */
const WORST_PHASE = 290 * SECOND;

/** Moments of one attack, in milliseconds since its first call. */
interface Moments {
  readonly alarm: number;
  /** When its first record was there in a file: of the distribution's web ACL, of CloudTrail. */
  readonly waf: number | null;
  readonly trail: number | null;
  /** When the look began that found who it is. */
  readonly look: number;
  /** Null where it was told only some time later. */
  readonly applied: number | null;
  readonly refused: number;
}

interface Choice {
  readonly logs: "fast" | "direct";
  readonly eventDelay?: number;
}

const choices = [
  { logs: "fast", aimMinutes: 3 },
  { logs: "direct", aimMinutes: 8 },
] as const;
/** The last one stands for events that do not come at all. */
const eventDelays = [60 * SECOND, 90 * SECOND, 120 * SECOND, HOUR];

export async function benchLatency(): Promise<Section> {
  const rows: string[] = [];
  const figures: Figure[] = [];
  for (const { logs, aimMinutes } of choices) {
    const attacks: Moments[] = [];
    for (const phase of phases) attacks.push(await attack({ logs }, phase));
    const late = Math.max(...attacks.map(({ alarm, refused }) => refused - alarm));
    rows.push(...attacks.map((moments, index) => row(logs, phases[index] ?? 0, moments)));
    const what = `alarm to 403 with logs: ${logs}, the slowest of ${phases.length}`;
    figures.push({ what, beside: `${aimMinutes} minutes`, ratio: late / MINUTE / aimMinutes, aim: 1 });
  }
  for (const eventDelay of eventDelays)
    rows.push(row(nameOf(eventDelay), WORST_PHASE, await attack({ logs: "fast", eventDelay }, WORST_PHASE)));
  rows.push(row("direct, the demo", null, await attackOfDemo()));
  return { text: [...introduction, ...rows].join("\n"), figures };
}

const introduction = [
  "Seconds of the local world's clock since the first call of a password spray, of three sources over twice a quota of one call a second; in the last line that of",
  "the demo, of 27 sources over a quota of five. *Alarm*: CloudWatch's minute and its evaluation. *WAF*, *CloudTrail*: when the first file came that holds calls of it.",
  "*Look*: when the look began that found the offenders; there is one a minute. *Set*: UpdateIPSet. *403*: when an offender called again. The world delivers WAF's",
  "files of five minutes a minute after their end, Firehose's a minute after their first record and 20 seconds for WAF's way there, CloudTrail's two minutes after five minutes are over, and",
  `its events after ${TRAIL_EVENT_DELAY / SECOND} seconds. AWS says of CloudTrail's files five minutes on average and of its events nothing, so some lines have later ones. That a web ACL's change`,
  "takes seconds to minutes to arrive everywhere comes on top; the world does not imitate it.",
  "",
  "| logs | begun in the slot at | alarm | WAF | CloudTrail | look | set | 403 | from the alarm to the 403 |",
  "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
];

const nameOf = (eventDelay: number) =>
  eventDelay === HOUR ? "fast, no events" : `fast, events after ${eventDelay / SECOND}`;

function row(name: string, phase: number | null, { alarm, waf, trail, look, applied, refused }: Moments): string {
  const cells = [phase, alarm, waf, trail, look, applied, refused, refused - alarm];
  return `| ${[name, ...cells.map((cell) => (cell === null ? "–" : (cell / SECOND).toFixed(0)))].join(" | ")} |`;
}

async function attack({ logs, eventDelay }: Choice, phase: number): Promise<Moments> {
  const scenario = await aScenario({
    config: { ...scenarioConfig, logs },
    ...(eventDelay !== undefined && { trailEventDelay: eventDelay }),
  });
  try {
    await scenario.clock.wait(START + 10 * MINUTE + phase - scenario.clock.now());
    const start = scenario.clock.now();
    const moments = { alarm: 0, waf: 0, trail: 0, look: 0, applied: 0, refused: 0 };
    const note = (moment: keyof Moments) => {
      const isOver = moment === "look" ? moments.applied > 0 : moments[moment] > 0;
      if (!isOver) moments[moment] = scenario.clock.now() - start;
    };
    scenario.on((event) => {
      const moment = momentOf(event);
      if (moment !== null) note(moment);
    });
    const isOver = () => {
      for (const log of logsThere(scenario)) note(log);
      return moments.refused > 0;
    };
    await scenario.spray(attackers, isOver, { minutes: 30 });
    if (moments.refused === 0) throw new Error(`with logs: ${logs} nobody was refused in 30 minutes`);
    return moments;
  } finally {
    await scenario.stop();
  }
}

/** Nobody has called before the attack. */
function logsThere({ store, names }: Scenario): ("waf" | "trail")[] {
  const isIn = (bucket: string) => store.list(bucket).length > 0;
  return [
    ...(isIn(names.edgeWafLogs) ? (["waf"] as const) : []),
    ...(isIn(names.trailLogs) || isIn(names.fastTrailLogs) ? (["trail"] as const) : []),
  ];
}

/** Looks come again and again: the last one before the ban counts, of all else the first. */
function momentOf(event: WorldEvent): keyof Moments | null {
  if (event.kind === "alarm" && event.state === "ALARM") return "alarm";
  if (event.kind === "execution" && isLook(event.event)) return "look";
  if (event.kind === "api" && isSetWritten(event)) return "applied";
  return event.kind === "inspection" && event.inspection.action === "BLOCK" ? "refused" : null;
}

const isLook = ({ state, type }: ExecutionEvent) => state === "Query" && type === "StateEntered";
const isSetWritten = ({ call, answer }: Extract<WorldEvent, { kind: "api" }>) =>
  String(call.headers["x-amz-target"]).endsWith(".UpdateIPSet") && answer.status === 200;
