/** Turns what the demo sees into one frame of the live page. */
import type { Mode } from "../../functions/domain/ban.ts";
import { fromIso, type Instant, SECOND, toIso } from "../../functions/domain/instant.ts";
import type { LiveState } from "../../report/live-page.ts";
import type { Seen } from "./observer.ts";
import type { ExecutionView, Stage } from "./stage.ts";
import { type ObservedStep, type Step, stepTexts } from "./story.ts";
import type { Tally } from "./tally.ts";

export interface LiveSources {
  readonly stage: Stage;
  readonly mode: Mode;
  readonly seen: Seen;
  readonly tally: Tally;
  readonly thresholds: readonly number[];
  readonly categories: readonly string[];
  steps(): readonly ObservedStep[];
  alarmName(category: string, percent: number): string;
  /** How fast the clock goes now, measured. */
  speed(): number;
  /** Bans that wait for a person, or null. */
  approval(): LiveState["approval"];
}

const SHOWN_SLOTS = 240;

export function liveState(sources: LiveSources): LiveState {
  const now = sources.stage.clock.now();
  const steps = sources.steps();
  const { tally } = sources;
  return {
    now: toIso(now),
    speed: sources.speed(),
    mode: sources.mode,
    ...headlineOf(sources, steps),
    gauges: gaugesOf(sources),
    traffic: tally.slots(now, SHOWN_SLOTS).map((slot) => ({ ...slot, at: toIso(slot.at) })),
    marks: marksOf(steps),
    run: runOf(sources.stage.executions()),
    offenders: offendersOf(sources.seen),
    denyList: denyListOf(sources.seen, now),
    steps: steps.map(({ step, at, detail }) => ({ text: stepTexts[step], detail, at: at === null ? null : toIso(at) })),
    approval: sources.approval(),
    totals: {
      benignCalls: tally.total("benign"),
      benignBlocked: tally.total("benign", "refused"),
      attackCalls: tally.total("attack"),
      attackRefused: tally.total("attack", "refused"),
    },
  };
}

function gaugesOf({ stage, categories, thresholds, alarmName }: LiveSources): LiveState["gauges"] {
  const firing = new Set(stage.alarms().flatMap(({ name, inAlarm }) => (inAlarm ? [name] : [])));
  return categories.map((category) => ({
    category,
    percent: stage.usePercent(category),
    inAlarm: thresholds.filter((percent) => firing.has(alarmName(category, percent))),
  }));
}

/** The latest turn of the story decides the headline; the first that holds is shown. */
const headlines: readonly (readonly [Step, LiveState["tone"], string])[] = [
  ["passes-again", "good", "The ban is over and the sources get through again. Nobody else noticed anything."],
  ["bans-released", "good", "The bans have ended by themselves."],
  ["bans-expired", "calm", "The bans are over; the next sweep releases them."],
  ["edge-refuses", "good", "The offenders are blocked. People sign in as before."],
  ["bans-applied", "good", "The offenders are on the deny list."],
  ["bans-simulated", "calm", "Mode observe: the offenders would be banned now."],
  ["proposal-approved", "good", "The bans are approved and on their way to the firewall."],
  ["proposal-filed", "alarm", "The offenders are known. A person has to approve the bans."],
  ["offenders-found", "alarm", "The logs have named the offenders."],
  ["run-starts", "alarm", "A run has started; it waits for the logs, which arrive minutes late."],
  ["alarm-fires", "alarm", "The alarm has fired: the sign-in quota is nearly used up."],
  ["attack-starts", "alarm", "Somebody guesses passwords from two dozen addresses."],
  ["benign-flows", "calm", "All is quiet: people sign in and out."],
];

function headlineOf(_: LiveSources, steps: readonly ObservedStep[]): Pick<LiveState, "headline" | "tone"> {
  const seen = new Set(steps.flatMap(({ step, observed }) => (observed ? [step] : [])));
  const [, tone, headline] = headlines.find(([step]) => seen.has(step)) ?? ["", "calm", "The world has been booted."];
  return { tone: tone === "alarm" || tone === "good" ? tone : "calm", headline };
}

const markTexts: Partial<Record<Step, string>> = {
  "attack-starts": "attack",
  "alarm-fires": "alarm",
  "bans-applied": "ban",
  "bans-simulated": "ban (simulated)",
  "bans-released": "release",
};

function marksOf(steps: readonly ObservedStep[]): LiveState["marks"] {
  return steps.flatMap(({ step, at }) => {
    const text = markTexts[step];
    return at !== null && text ? [{ at: toIso(at), text }] : [];
  });
}

/** The run that is going on, else the last one; runs that only joined another are left out. */
function runOf(executions: readonly ExecutionView[]): LiveState["run"] {
  const runs = executions.filter(({ machine, visited }) => machine === "mitigate" && !visited.includes("NotAdmitted"));
  const run = runs.find(({ status }) => status === "RUNNING") ?? runs.at(-1);
  if (!run) return null;
  const round = run.visited.filter((state) => state === "Query").length;
  return { id: run.id, status: run.status, round, current: run.current, visited: [...new Set(run.visited)] };
}

function offendersOf({ verdicts }: Seen): LiveState["offenders"] {
  return verdicts
    .filter(({ verdict }) => verdict === "ban")
    .toSorted((a, b) => b.score - a.score)
    .map(({ source, paths, score, reasons }) => ({ source, paths, score, reasons: reasons.map(({ text }) => text) }));
}

function denyListOf({ bans }: Seen, now: Instant): LiveState["denyList"] {
  return bans
    .filter(({ status }) => status === "active")
    .map(({ source, targets, simulated, bannedAt, expiresAt }) => {
      const [from, to] = [fromIso(bannedAt) ?? now, fromIso(expiresAt) ?? now];
      return {
        source,
        targets,
        simulated,
        secondsLeft: Math.max(0, Math.round((to - now) / SECOND)),
        totalSeconds: Math.max(1, Math.round((to - from) / SECOND)),
      };
    });
}
