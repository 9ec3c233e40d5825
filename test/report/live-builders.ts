import type { LiveSetting } from "../../report/live-page.ts";
import type { LiveSource, LiveState } from "../../report/live-state.ts";
import { machineOf } from "../../report/machine.ts";
import { planMachine } from "../../report/machine-drawing.ts";

export function aLiveState(over: Partial<LiveState> = {}): LiveState {
  return {
    ...{ now: "2026-03-03T10:05:00.000Z", speed: 1, mode: "enforce", tone: "calm", headline: "All is quiet." },
    ...{
      gauges: [],
      run: null,
      asking: null,
      reports: [],
      sources: [],
      steps: [],
      log: [],
      inbox: [],
      launches: [],
      isTold: false,
    },
    traffic: {
      ...{ slots: [], slotSeconds: 10, marks: [] },
      totals: { benignCalls: 0, benignBlocked: 0, attackCalls: 0, attackRefused: 0 },
    },
    ...over,
  };
}

export function aLiveSource(over: Partial<LiveSource> = {}): LiveSource {
  return {
    ...{ source: "203.0.113.7/32", state: "blocked", targets: ["edge", "pool"], score: 95, decidedBy: "hands-off" },
    reasons: ["19 failed sign-ins on 19 different users, 0 successful"],
    ...{ until: "2026-03-03T10:15:00.000Z", secondsLeft: 65, totalSeconds: 600 },
    ...over,
  };
}

export function aLiveSetting(over: Partial<LiveSetting> = {}): LiveSetting {
  const definition = {
    StartAt: "Query",
    States: {
      Query: { Type: "Task", Next: "Score" },
      Score: { Type: "Task", Next: "Done" },
      Done: { Type: "Succeed" },
    },
  };
  const machine = machineOf(definition);
  const plans = { across: planMachine(machine, "across"), down: planMachine(machine, "down") };
  return {
    ...{ mitigate: plans, approve: plans, thresholds: [50, 70, 90], seed: 1 },
    offers: [{ id: "spray", title: "Password spray", does: "Tries passwords.", expect: "Bans." }],
    ...over,
  };
}
