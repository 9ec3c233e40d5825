/**
 * Attacks that a reader launches. Each is loud or slow for a while, tries again now and then while anybody of it is banned, and is
 * over some time after that. They leave people room: of each quota one attack at a time uses a part.
 */
import { overlaps, parseCidr } from "../../functions/domain/cidr.ts";
import { ConflictError, NotFoundError } from "../../functions/domain/errors.ts";
import { type Instant, MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { attemptOf } from "./attack.ts";
import type { Lines } from "./attempt.ts";
import { type Attacker, drawAttackers } from "./cast.ts";
import type { Answer } from "./cognito-call.ts";
import { DEMO_QUOTA_RPS } from "./config.ts";
import type { Script } from "./offences.ts";
import { type Offer, offers } from "./offers.ts";
import type { Random } from "./random.ts";

export interface Launched {
  readonly number: number;
  readonly offer: Offer;
  readonly at: Instant;
  readonly attackers: readonly Attacker[];
  readonly calls: number;
  readonly refused: number;
  readonly state: "waits" | "runs" | "tries-again" | "over";
}

export interface Launches {
  /** Throws if there is no such attack, or if it is still under way. */
  launch(id: string): Launched;
  all(): readonly Launched[];
  /** Somebody attacks at full rate, or is about to. */
  isLoud(): boolean;
  isOn(): boolean;
  /** What all of them send in this second; those of a category in `taken` wait. */
  sendSecond(taken: ReadonlySet<string>): Promise<void>[];
  /** One try of each that has been stopped or has given up. */
  tryAgain(): Promise<void>[];
  /** Ends what is over, given who is banned and whether a decision is still to come. */
  look(banned: readonly string[], isUndecided: boolean): void;
}

export interface LaunchOptions {
  readonly lines: Lines;
  readonly random: Random;
  /** IPv4 addresses to use up. */
  readonly free: readonly string[];
  /** The one address that many people share. */
  readonly office: string;
  readonly onAnswer: (launched: Launched, attacker: Attacker, answer: Answer, refused: boolean) => void;
}

/** Calls a second of the loudest attack; the rest of the quota is for people, whose sign-ins are two or three calls. */
const PER_SECOND = DEMO_QUOTA_RPS - 2;
/** Who is not banned by then has got away. */
const PATIENCE = 12 * MINUTE;

interface Draft extends Launched {
  state: Launched["state"];
  calls: number;
  refused: number;
  readonly scripts: readonly Script[];
  /** Calls of one attempt of each. */
  readonly widths: readonly number[];
  readonly stopped: Set<string>;
  next: number;
  loudSeconds: number;
  attemptedAt: Instant;
  quietSince: Instant;
}

export function createLaunches({ lines, random, free, office, onAnswer }: LaunchOptions): Launches {
  const places = { free: [...free], office };
  const launched: Draft[] = [];
  const underWay = () => launched.filter(({ state }) => state === "waits" || state === "runs");
  const loud = () => underWay().filter(({ offer }) => offer.everySeconds === undefined);

  async function attempt(draft: Draft, index: number): Promise<void> {
    const [attacker, script] = [draft.attackers[index], draft.scripts[index]];
    if (!attacker || !script) throw new Error(`nobody is number ${index} of ${draft.offer.title}`);
    const nth = Math.floor((draft.next - 1) / draft.attackers.length);
    const { answer, refused } = await attemptOf(attacker, script, nth, lines);
    draft.calls += 1;
    if (refused) {
      draft.refused += 1;
      draft.stopped.add(attacker.source);
    }
    onAnswer(draft, attacker, answer, refused);
  }

  function attemptNext(draft: Draft): Promise<void> {
    draft.next += 1;
    return attempt(draft, draft.next % draft.attackers.length);
  }

  function quieten(draft: Draft): void {
    draft.state = "tries-again";
    draft.quietSince = lines.now();
  }

  function secondOf(draft: Draft): Promise<void>[] {
    draft.state = "runs";
    draft.loudSeconds += 1;
    if (draft.loudSeconds > draft.offer.seconds || draft.stopped.size === draft.attackers.length) quieten(draft);
    const sent: Promise<void>[] = [];
    let left = PER_SECOND;
    for (;;) {
      left -= draft.widths[(draft.next + 1) % draft.attackers.length] ?? 1;
      if (left < 0) return sent;
      sent.push(attemptNext(draft));
    }
  }

  /** Now and then an attempt, whoever else attacks. */
  function trickle(draft: Draft, everySeconds: number): Promise<void>[] {
    draft.state = "runs";
    const now = lines.now();
    const isOver = now - draft.at > draft.offer.seconds * SECOND || draft.stopped.size === draft.attackers.length;
    if (isOver) quieten(draft);
    if (isOver || now - draft.attemptedAt < everySeconds * SECOND) return [];
    draft.attemptedAt = now;
    return [attemptNext(draft)];
  }

  /** Of each category the one that was launched first; the others wait for it. */
  function ableOf(taken: ReadonlySet<string>): Draft[] {
    const able = loud().filter(({ offer }) => !taken.has(offer.category));
    return able.filter(
      ({ offer }, index) => able.findIndex((each) => each.offer.category === offer.category) === index,
    );
  }

  return {
    launch(id) {
      const offer = offers.find((each) => each.id === id);
      if (!offer) throw new NotFoundError(`There is no attack ${id}`);
      if (underWay().some((each) => each.offer === offer)) throw new ConflictError(`${offer.title} is still under way`);
      const number = launched.length + 1;
      const attackers = drawAttackers(offer.sources, places, random.fork());
      const scripts = attackers.map((_, index) => offer.script(`${id}-${number}-${index}`, random.fork()));
      const now = lines.now();
      const widths = scripts.map((script) => script({ ip: "" }, now, 0).length);
      const draft: Draft = {
        ...{ number, offer, at: now, attackers, scripts, widths, calls: 0, refused: 0, state: "waits" },
        ...{ stopped: new Set(), next: 0, loudSeconds: 0, attemptedAt: -Infinity, quietSince: now },
      };
      launched.push(draft);
      return draft;
    },
    all: () => launched,
    isLoud: () => loud().length > 0,
    isOn: () => launched.some(({ state }) => state !== "over"),
    sendSecond: (taken) => [
      ...ableOf(taken).flatMap(secondOf),
      ...underWay().flatMap((draft) =>
        draft.offer.everySeconds === undefined ? [] : trickle(draft, draft.offer.everySeconds),
      ),
    ],
    tryAgain: () =>
      launched
        .filter(({ state }) => state === "tries-again")
        .map((draft) => attempt(draft, random.int(0, draft.attackers.length - 1))),
    look(banned, isUndecided) {
      const ranges = banned.flatMap((source) => parseCidr(source) ?? []);
      const isHeld = ({ attackers }: Draft) =>
        attackers.some(({ source }) => {
          const own = parseCidr(source);
          return own !== null && ranges.some((range) => overlaps(range, own));
        });
      for (const draft of launched.filter(({ state }) => state === "tries-again")) {
        const patience = draft.refused > 0 ? MINUTE / 2 : PATIENCE;
        if (!isUndecided && !isHeld(draft) && lines.now() - draft.quietSince > patience) draft.state = "over";
      }
    },
  };
}
