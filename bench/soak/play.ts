/** Plays a draft on a world: people's calls in beats, attackers' at their instants, disturbances when they are due. */
import { type Instant, MINUTE, SECOND } from "../../functions/domain/instant.ts";
import type { WorldClock } from "../../local/clock.ts";
import { type Lines, sendAttempt } from "../../local/demo/attempt.ts";
import type { Call } from "../../local/demo/calls.ts";
import { type Answer, isRefusal } from "../../local/demo/cognito-call.ts";
import type { Actor } from "../traffic/actor.ts";
import type { Apps } from "./app.ts";
import type { Attack } from "./draft.ts";

/** Something that is due at an instant. */
export interface Cue {
  readonly at: Instant;
  play(): Promise<unknown>;
}

/** What was sent and what came of it. */
export interface Tally {
  people: number;
  attackers: number;
  refusedPeople: number;
  throttledPeople: number;
  refusedAttackers: number;
  /** Of each attack. */
  readonly attempts: Record<string, Attempts>;
}

export interface Attempts {
  readonly sent: number;
  /** Answered by the deny list. */
  readonly refused: number;
}

/** People's calls of so long a time are sent together: each moment in which the clock stands still costs. */
const BEAT = SECOND;
/** Machines that call all day long are there for their kind, not for their number. */
const THINNED = new Set(["health-check", "load-balancer", "partner-server"]);
const EVERY = 6;

export function peopleCues(people: readonly Actor[], apps: Apps): Cue[] {
  return people.flatMap(({ kind, calls }) =>
    callCues(
      calls.filter(({ at }) => !THINNED.has(kind) || Math.floor(at / MINUTE) % EVERY === 0),
      apps,
    ),
  );
}

export function callCues(calls: readonly Call[], apps: Apps): Cue[] {
  return calls.map((call) => ({ at: Math.floor(call.at / BEAT) * BEAT, play: () => apps.play(call) }));
}

/** An attempt of SRP is two calls; whoever is refused tries only now and then whether it works again. */
export function attackCues({ actor }: Attack, lines: Lines, onAnswer: (answer: Answer) => void): Cue[] {
  let refused = 0;
  return attemptsOf(actor.offences).map((calls) => ({
    at: calls[0]?.at ?? 0,
    async play() {
      if (refused > 0 && refused++ % 20 !== 0) return;
      const answer = await sendAttempt(calls, lines);
      onAnswer(answer);
      refused = isRefusal(answer) ? Math.max(1, refused) : 0;
    },
  }));
}

function attemptsOf(calls: readonly Call[]): Call[][] {
  const attempts: Call[][] = [];
  for (const call of calls) {
    const last = attempts.at(-1);
    if (call.operation === "RespondToAuthChallenge" && last) last.push(call);
    else attempts.push([call]);
  }
  return attempts;
}

/** One after the other in order of time; those of one instant side by side. Resolves when the last is over. */
export async function playCues(clock: WorldClock, cues: readonly Cue[], until: Instant): Promise<void> {
  const ordered = cues.filter(({ at }) => at < until).sort((a, b) => a.at - b.at);
  const pending = new Set<Promise<unknown>>();
  for (const [index, { at, play }] of ordered.entries()) {
    const isNext = index === 0 || ordered[index - 1]?.at !== at;
    if (isNext && at > clock.now()) await clock.wait(at - clock.now());
    const playing = play();
    pending.add(playing);
    void playing.finally(() => pending.delete(playing)).catch(() => {});
  }
  await Promise.all(pending);
}
