/** The one sentence that says what is going on. */
import type { Mode } from "../../functions/domain/ban.ts";
import { counted } from "../../functions/domain/wording.ts";
import type { LiveState } from "../../report/live-state.ts";
import type { ObservedStep, Step } from "./story.ts";

export type Headline = Pick<LiveState, "headline" | "tone">;

/** The latest turn of the story decides; the first that holds is shown. */
const turns: readonly (readonly [Step, LiveState["tone"], string])[] = [
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

export function storyHeadline(steps: readonly ObservedStep[]): Headline {
  const seen = new Set(steps.flatMap(({ step, observed }) => (observed ? [step] : [])));
  const [, tone, headline] = turns.find(([step]) => seen.has(step)) ?? [];
  return { tone: tone ?? "calm", headline: headline ?? "The world has been booted." };
}

export interface Situation {
  readonly mode: Mode;
  /** Titles of the attacks that are under way. */
  readonly loud: readonly string[];
  readonly alarms: number;
  readonly isRunning: boolean;
  readonly undecided: number;
  readonly blocked: number;
  readonly simulated: number;
}

/** When people play there is no story, only how things stand. */
export function playHeadline({ mode, loud, alarms, isRunning, undecided, blocked, simulated }: Situation): Headline {
  const held = blocked > 0 ? ` ${counted(blocked, "source is", "sources are")} blocked.` : "";
  if (undecided > 0)
    return alarming(`${counted(undecided, "source waits", "sources wait")} for your decision, below.${held}`);
  if (loud.length > 0 && blocked === 0)
    return alarming(
      alarms > 0 && isRunning
        ? `${loud.join(" and ")}: the alarm has fired, and a run waits for the logs, which arrive minutes late.`
        : `${loud.join(" and ")}: under way.`,
    );
  if (blocked > 0) return { tone: "good", headline: `${held.trim()} People sign in as before.` };
  if (simulated > 0)
    return { tone: "calm", headline: `${counted(simulated, "source")} would be blocked in mode enforce.` };
  if (isRunning) return { tone: "calm", headline: "A run reads the logs." };
  if (mode === "paused") return { tone: "calm", headline: "All is quiet. Nobody will be blocked in this mode." };
  return { tone: "calm", headline: "All is quiet. Launch an attack, or switch the mode." };
}

function alarming(headline: string): Headline {
  return { tone: "alarm", headline };
}
