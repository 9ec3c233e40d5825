/** Turns what the demo sees into one frame of the live page. */
import { toIso } from "../../functions/domain/instant.ts";
import type { Proposal } from "../../functions/domain/proposal.ts";
import type { LiveProposal, LiveRun, LiveState } from "../../report/live-state.ts";
import type { ChronicleEvent } from "./chronicle.ts";
import type { Demo } from "./demo.ts";
import { type Headline, playHeadline, storyHeadline } from "./headline.ts";
import { namedSources } from "./named-sources.ts";
import type { ExecutionView, Stage } from "./stage.ts";
import { type ObservedStep, type Step, stepTexts } from "./story.ts";
import { SLOT } from "./tally.ts";
import { undecidedOf } from "./undecided.ts";

export interface LiveSources {
  readonly stage: Stage;
  readonly demo: Demo;
  readonly thresholds: readonly number[];
  readonly categories: readonly string[];
  /** How fast the clock goes now, measured. */
  speed(): number;
}

const SHOWN_SLOTS = 240;
const SHOWN_EVENTS = 30;
const SHOWN_REPORTS = 10;

export function liveState(sources: LiveSources): LiveState {
  const { stage, demo, speed } = sources;
  const now = stage.clock.now();
  const steps = demo.story.steps();
  const events = demo.chronicle.events();
  const proposals = demo.proposals();
  const undecided = undecidedOf(stage, proposals, demo.seen.bans);
  const proposed = stage.proposed(undecided);
  const named = namedSources({ ...demo.seen, proposed }, now);
  return {
    ...{ now: toIso(now), speed: speed(), mode: demo.mode(), isTold: demo.isOpen() },
    ...headlineOf(sources, { named, undecided: proposed.size }, steps),
    gauges: gaugesOf(sources),
    traffic: trafficOf(sources, steps, events),
    run: runOf(stage.executions(), "mitigate"),
    asking: askingOf(stage.executions()),
    reports: reportsOf(stage),
    sources: named,
    steps: steps
      .toSorted((a, b) => (a.at ?? Number.MAX_VALUE) - (b.at ?? Number.MAX_VALUE))
      .map(({ step, at, detail }) => ({ text: stepTexts[step], detail, at: at === null ? null : toIso(at) })),
    log: events
      .map(({ at, text }) => ({ at: toIso(at), text }))
      .toReversed()
      .slice(0, SHOWN_EVENTS),
    inbox: proposals.map((proposal) => inboxEntry(proposal, stage, undecided.includes(proposal))).toSorted(openFirst),
    launches: demo.launches
      .all()
      .map(({ number, offer, at, attackers, calls, refused, state }) => {
        return { number, title: offer.title, at: toIso(at), sources: attackers.length, calls, refused, state };
      })
      .toReversed(),
  };
}

function headlineOf(
  { stage, demo }: LiveSources,
  { named, undecided }: { readonly named: LiveState["sources"]; readonly undecided: number },
  steps: readonly ObservedStep[],
): Headline {
  if (!demo.isOpen()) return storyHeadline(steps);
  const count = (state: LiveState["sources"][number]["state"]) => named.filter((each) => each.state === state).length;
  return playHeadline({
    mode: demo.mode(),
    loud: demo.launches
      .all()
      .filter(({ state }) => state === "runs")
      .map(({ offer }) => offer.title),
    alarms: stage.alarms().filter(({ inAlarm }) => inAlarm).length,
    isRunning: stage.executions().some(({ machine, status }) => machine === "mitigate" && status === "RUNNING"),
    undecided,
    blocked: count("blocked"),
    simulated: count("simulated"),
  });
}

function gaugesOf({ stage, categories, thresholds }: LiveSources): LiveState["gauges"] {
  const firing = new Set(stage.alarms().flatMap(({ name, inAlarm }) => (inAlarm ? [name] : [])));
  return categories.map((category) => ({
    category,
    percent: stage.usePercent(category),
    inAlarm: thresholds.filter((percent) => firing.has(stage.alarmName(category, percent))),
  }));
}

const markTexts: Partial<Record<Step, string>> = {
  "attack-starts": "attack",
  "alarm-fires": "alarm",
  "bans-applied": "ban",
  "bans-simulated": "ban (simulated)",
  "bans-released": "release",
};

function trafficOf(
  { stage, demo: { tally } }: LiveSources,
  steps: readonly ObservedStep[],
  events: readonly ChronicleEvent[],
): LiveState["traffic"] {
  const told = steps.flatMap(({ step, at }) => {
    const text = markTexts[step];
    return at !== null && text ? [{ at, text }] : [];
  });
  const since = events.flatMap(({ at, mark }) => (mark === null ? [] : [{ at, text: mark }]));
  return {
    slots: tally.slots(stage.clock.now(), SHOWN_SLOTS).map((slot) => ({ ...slot, at: toIso(slot.at) })),
    slotSeconds: SLOT / 1000,
    marks: [...told, ...since].toSorted((a, b) => a.at - b.at).map(({ at, text }) => ({ at: toIso(at), text })),
    totals: {
      benignCalls: tally.total("benign"),
      benignBlocked: tally.total("benign", "refused"),
      attackCalls: tally.total("attack"),
      attackRefused: tally.total("attack", "refused"),
    },
  };
}

/** The execution that is going on, else the last one; runs that only joined another are left out. */
function runOf(executions: readonly ExecutionView[], of: ExecutionView["machine"]): LiveRun | null {
  const runs = executions.filter(({ machine, visited }) => machine === of && !visited.includes("NotAdmitted"));
  const run = runs.findLast(({ status }) => status === "RUNNING") ?? runs.at(-1);
  if (!run) return null;
  const round = run.visited.filter((state) => state === "Query").length;
  return { id: run.id, status: run.status, round, current: run.current, passed: run.visited };
}

function reportsOf(stage: Stage): LiveState["reports"] {
  return stage
    .executions()
    .filter(({ machine, id }) => machine === "mitigate" && stage.report(id) !== null)
    .map(({ id, startedAt, startedBy }) => ({ runId: id, at: toIso(startedAt), startedBy }))
    .toReversed()
    .slice(0, SHOWN_REPORTS);
}

function askingOf(executions: readonly ExecutionView[]): LiveRun | null {
  const run = runOf(executions, "approve");
  return run?.status === "RUNNING" ? run : null;
}

function inboxEntry(proposal: Proposal, stage: Stage, isUndecided: boolean): LiveProposal {
  const { id, category, version, sources, topScore, status, updatedAt, decision } = proposal;
  return {
    ...{ id, category, version, sources, topScore, status, updatedAt },
    url: status === "open" ? stage.approvalLink(id) : null,
    isMoot: status === "open" && !isUndecided,
    approved: decision?.approved ?? 0,
    rejected: decision?.rejected ?? 0,
    by: decision?.by ?? "",
  };
}

function openFirst(a: LiveProposal, b: LiveProposal): number {
  return Number(b.status === "open") - Number(a.status === "open") || b.updatedAt.localeCompare(a.updatedAt);
}
