/**
 * Sets the pace. Traffic comes in beats of the demo's clock: within a beat calls run side by side at wall speed, between
 * beats the clock races. In an attack a beat is a second and no more than `DEMO_QUOTA_RPS` of its calls count against
 * UserAuthentication, so the quota is nearly used up and yet nobody is throttled.
 */
import { MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { counted } from "../../functions/domain/wording.ts";
import type { Attack } from "./attack.ts";
import type { Visitor } from "./benign.ts";
import type { Cast, Offender } from "./cast.ts";
import type { Launches } from "./launches.ts";
import type { Observer } from "./observer.ts";
import type { Random } from "./random.ts";
import type { Stage } from "./stage.ts";
import type { Story } from "./story.ts";
import type { Tally } from "./tally.ts";

export interface Director {
  /** Plays until `over()` is true; resolves when the last call has its answer, or ought to have had it. */
  play(over: () => boolean): Promise<void>;
  /** From now on there are only people. */
  endAttack(): void;
}

export interface Production {
  readonly stage: Stage;
  readonly cast: Cast;
  readonly visitors: readonly [Visitor, ...Visitor[]];
  readonly attack: Attack;
  readonly observer: Observer;
  readonly story: Story;
  readonly tally: Tally;
  readonly random: Random;
  /** What the reader of the page has launched. */
  readonly launches: Launches;
  /** Nobody waits for anything: the clock goes with the wall, and beats are short so that the page is up to date. */
  isCalm(): boolean;
}

/** Long enough to see people flow, and late enough in a log slot of five minutes that the attack waits little for its logs. */
const OPENING = 170 * SECOND;
/** Nobody keeps a spray at full rate for ever; after this the attack goes on slowly, banned or not. */
const LONGEST_ATTACK = 12 * MINUTE;
/** Of the wall: a call that hangs must not hang the end of the story. */
const LAST_ANSWERS_MS = 5_000;
const FAST_BEAT = SECOND;
const SLOW_BEAT = 5 * SECOND;
const LOOK_EVERY = 5 * SECOND;
/** Beats begin well inside a second, for Cognito counts its quota in whole seconds. */
const BEAT_PHASE = 0.3 * SECOND;
const SPRAY_PER_BEAT = 3;
/** In so many of the attack's seconds a person does something; in the others the attack makes one call more. */
const PEOPLE_SHARE = 0.65;
/** What the story's attack uses while it is at full rate. */
const STORY_CATEGORIES = new Set(["UserAuthentication", "UserCreation"]);
const NOTHING_TAKEN = new Set<string>();

export function createDirector(production: Production): Director {
  const { stage, cast, visitors, attack, observer, story, tally, random, launches, isCalm } = production;
  const { clock } = stage;
  const openedAt = clock.now();
  const pending = new Set<Promise<unknown>>();
  const byKind = (kind: Offender["kind"]) => rotation(cast.offenders.filter((offender) => offender.kind === kind));
  const [sprays, signUps, directs] = [byKind("spray"), byKind("sign-up"), byKind("direct")];
  const everyone = rotation(random.shuffle(cast.offenders));
  let attackedSince: number | null = null;
  let lookedAt = 0;
  let gaveUp = false;

  function start(work: Promise<unknown>): void {
    pending.add(work);
    void work.finally(() => pending.delete(work));
  }

  async function attempt(offender: Offender): Promise<void> {
    const startedAt = clock.now();
    const result = await attack.attempt(offender);
    const { answer, refused } = result;
    const throttled = answer.errorType === "TooManyRequestsException";
    tally.count("attack", refused ? "refused" : throttled ? "throttled" : "answered", clock.now());
    story.observe("attack-starts", startedAt, counted(cast.offenders.length, "source"));
    observer.witness(result, startedAt);
  }

  function isFast(): boolean {
    if (clock.now() < openedAt + OPENING) return false;
    attackedSince ??= clock.now();
    const stopped = story.has("bans-applied") || story.has("bans-simulated") || story.has("nothing-refused");
    return !stopped && clock.now() < attackedSince + LONGEST_ATTACK;
  }

  /** One second of the attack at full rate. */
  function fastBeat(): void {
    for (let count = 0; count < SPRAY_PER_BEAT; count++) start(attempt(sprays()));
    start(attempt(directs()));
    start(attempt(signUps()));
    start(random.next() < PEOPLE_SHARE ? random.pick(visitors).act() : attempt(sprays()));
  }

  /** People as before; of the attack, if it has begun, now and then somebody who tries whether it works again. */
  function slowBeat(): void {
    start(random.pick(visitors).act());
    start(random.pick(visitors).act());
    if (attackedSince !== null && !gaveUp) for (let count = 0; count < 2; count++) start(attempt(everyone()));
  }

  /** A second in which only launched attacks are loud, or in which all is calm. */
  function shortBeat(): void {
    if (random.next() < PEOPLE_SHARE) start(random.pick(visitors).act());
  }

  /** Starts the calls of a beat and tells how long it is. */
  function startBeat(): number {
    const fast = isFast();
    launches.sendSecond(fast ? STORY_CATEGORIES : NOTHING_TAKEN).forEach(start);
    if (fast) fastBeat();
    else if (launches.isLoud() || isCalm()) shortBeat();
    else {
      slowBeat();
      launches.tryAgain().forEach(start);
      return SLOW_BEAT;
    }
    return FAST_BEAT;
  }

  async function beat(): Promise<void> {
    const length = startBeat();
    if (clock.now() >= lookedAt + (isCalm() ? FAST_BEAT : LOOK_EVERY)) {
      lookedAt = clock.now();
      await clock.during(() => observer.look());
    }
    await waitForBeat(length);
  }

  function waitForBeat(length: number): Promise<void> {
    const next = Math.floor((clock.now() + length) / SECOND) * SECOND + BEAT_PHASE;
    return clock.wait(Math.max(1, next - clock.now()));
  }

  return {
    async play(over) {
      while (!over()) await beat();
      await Promise.race([Promise.all(pending), wallPause(LAST_ANSWERS_MS)]);
    },
    endAttack() {
      gaveUp = true;
    },
  };
}

function wallPause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds).unref());
}

/** Deals the items in turn, for ever. */
function rotation<T>(items: readonly T[]): () => T {
  let next = 0;
  return () => {
    const item = items[next % items.length];
    next += 1;
    if (item === undefined) throw new Error("nobody is cast for this part of the attack");
    return item;
  };
}
