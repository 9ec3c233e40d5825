/**
 * The story that a demo has to tell: which steps there are in each mode, and when each was observed. A step is only
 * ever observed in what the world did (an answer, an alarm's state, an execution, the ledger), never assumed.
 */
import type { Mode } from "../../functions/domain/ban.ts";
import { type Instant, toIso } from "../../functions/domain/instant.ts";

export const stepTexts = {
  "world-booted": "The world is booted from the synthesised templates",
  "benign-flows": "People sign in, refresh and sign out",
  "attack-starts": "An attack begins",
  "alarm-fires": "The quota alarm fires",
  "run-starts": "The workflow starts a run",
  "offenders-found": "The logs name the offenders",
  "proposal-filed": "The bans are filed for a person",
  "proposal-approved": "The on-call approves on the page",
  "bans-applied": "Every offender is banned",
  "bans-simulated": "Every ban is simulated, nothing is written to the web ACLs",
  "edge-refuses": "The edge answers 403 with JSON",
  "pool-refuses": "The pool answers 403 with JSON to the caller that goes round the proxy",
  "nothing-refused": "No request is refused: this mode does not block",
  "bans-expired": "The bans have expired",
  "bans-released": "The sweep has released them",
  "passes-again": "A former offender gets through again",
  "benign-unharmed": "No benign call was blocked",
} as const;
export type Step = keyof typeof stepTexts;

const opening = ["world-booted", "benign-flows", "attack-starts", "alarm-fires", "run-starts"] as const;
const enforced = [
  "bans-applied",
  "edge-refuses",
  "pool-refuses",
  "bans-expired",
  "bans-released",
  "passes-again",
] as const;

const stepsOfMode: Readonly<Record<Mode, readonly Step[]>> = {
  enforce: [...opening, "offenders-found", ...enforced, "benign-unharmed"],
  approve: [...opening, "offenders-found", "proposal-filed", "proposal-approved", ...enforced, "benign-unharmed"],
  observe: [
    ...opening,
    "offenders-found",
    "bans-simulated",
    "nothing-refused",
    "bans-expired",
    "bans-released",
    "benign-unharmed",
  ],
  paused: [...opening, "offenders-found", "nothing-refused", "benign-unharmed"],
};

export interface ObservedStep {
  readonly step: Step;
  readonly observed: boolean;
  readonly at: Instant | null;
  /** What was seen, in words. */
  readonly detail: string;
}

export interface Story {
  /** Marks a step; the first observation counts. Steps of other modes are ignored. True if it was new. */
  observe(step: Step, at: Instant, detail?: string): boolean;
  has(step: Step): boolean;
  steps(): readonly ObservedStep[];
  missing(): readonly Step[];
}

export function createStory(mode: Mode, onStep: (step: ObservedStep) => void = () => {}): Story {
  const plan = stepsOfMode[mode];
  const seen = new Map<Step, { at: Instant; detail: string }>();
  const describe = (step: Step): ObservedStep => {
    const found = seen.get(step);
    return { step, observed: found !== undefined, at: found?.at ?? null, detail: found?.detail ?? "" };
  };
  return {
    observe(step, at, detail = "") {
      if (!plan.includes(step) || seen.has(step)) return false;
      seen.set(step, { at, detail });
      onStep(describe(step));
      return true;
    },
    has: (step) => seen.has(step),
    steps: () => plan.map(describe),
    missing: () => plan.filter((step) => !seen.has(step)),
  };
}

/** One line of the terminal's story: the demo's clock, the step, what was seen. */
export function tellStep(step: ObservedStep): string {
  const time = step.at === null ? "--:--:--" : toIso(step.at).slice(11, 19);
  return `${time}  ${stepTexts[step.step]}${step.detail ? `: ${step.detail}` : ""}`;
}
