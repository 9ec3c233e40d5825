/**
 * From the first call of an attack to its first 403, in the local world and on its clock, whose logs arrive as late as AWS says that they do.
 * The attack begins at other moments of the five minutes in which logs are collected, for that decides how long they take.
 */
import { MINUTE, SECOND } from "../functions/domain/instant.ts";
import type { ExecutionEvent } from "../local/step-functions.ts";
import type { WorldEvent } from "../local/world.ts";
import { aScenario, START, scenarioConfig } from "../test/scenarios/builders.ts";
import type { Figure, Section } from "./section.ts";

const attackers = ["198.51.100.7", "198.51.100.8", "203.0.113.9"];
const phases = [0, 75, 150, 225, 290].map((seconds) => seconds * SECOND);

/** Moments of one attack, in milliseconds since its first call. */
interface Moments {
  readonly alarm: number;
  /** When the look began that found who it is. */
  readonly look: number;
  readonly applied: number;
  readonly refused: number;
}

const choices = [
  { logs: "fast", aimMinutes: 3 },
  { logs: "direct", aimMinutes: 8 },
] as const;

export async function benchLatency(): Promise<Section> {
  const rows: string[] = [];
  const figures: Figure[] = [];
  for (const { logs, aimMinutes } of choices) {
    const attacks: Moments[] = [];
    for (const phase of phases) attacks.push(await attack(logs, phase));
    const late = Math.max(...attacks.map(({ alarm, refused }) => refused - alarm));
    rows.push(...attacks.map((moments, index) => row(logs, phases[index] ?? 0, moments)));
    const what = `alarm to 403 with logs: ${logs}, the slowest of ${phases.length}`;
    figures.push({ what, beside: `${aimMinutes} minutes`, ratio: late / MINUTE / aimMinutes, aim: 1 });
  }
  return { text: [...introduction, ...rows].join("\n"), figures };
}

const introduction = [
  "Seconds of the local world's clock, for a password spray of three sources over twice a quota of one call a second. *To the alarm*: CloudWatch's",
  "minute and its evaluation. *To the logs*: until the look begins that finds the offenders, which waits for WAF's and CloudTrail's logs. *Look*: queries, score,",
  "plan, ledger and UpdateIPSet. *To the 403*: until an offender calls again. The world delivers WAF's files of five minutes a minute after their end, Firehose's after",
  "80 seconds, CloudTrail's two minutes after five minutes are over; AWS says five minutes on average, and that a web ACL's change takes seconds to minutes to",
  "arrive everywhere, which the world does not imitate and which comes on top.",
  "",
  "| logs | begun in the slot at | to the alarm | to the logs | look | to the 403 | from the alarm | from the first call |",
  "|---|---:|---:|---:|---:|---:|---:|---:|",
];

function row(logs: string, phase: number, { alarm, look, applied, refused }: Moments): string {
  const spans = [phase, alarm, look - alarm, applied - look, refused - applied, refused - alarm, refused];
  return `| ${[logs, ...spans.map((span) => (span / SECOND).toFixed(0))].join(" | ")} |`;
}

async function attack(logs: "direct" | "fast", phase: number): Promise<Moments> {
  const scenario = await aScenario({ config: { ...scenarioConfig, logs } });
  try {
    await scenario.clock.wait(START + 10 * MINUTE + phase - scenario.clock.now());
    const start = scenario.clock.now();
    const moments = { alarm: 0, look: 0, applied: 0, refused: 0 };
    scenario.on((event) => {
      const moment = momentOf(event);
      if (moment === null) return;
      const isOver = moment === "look" ? moments.applied > 0 : moments[moment] > 0;
      if (!isOver) moments[moment] = scenario.clock.now() - start;
    });
    await scenario.spray(attackers, () => moments.refused > 0, { minutes: 30 });
    if (moments.refused === 0) throw new Error(`with logs: ${logs} nobody was refused in 30 minutes`);
    return moments;
  } finally {
    await scenario.stop();
  }
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
