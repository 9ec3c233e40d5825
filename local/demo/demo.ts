/** The demo: one story on one stage, with a page to watch it and a document to prove it. */
import type { Mode } from "../../functions/domain/ban.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { planAttack } from "./attack.ts";
import { type AppUse, openApp, type Visitor } from "./benign.ts";
import { type Cast, drawCast } from "./cast.ts";
import { type CognitoCall, cognitoCaller } from "./cognito-call.ts";
import { createDirector } from "./director.ts";
import { type DemoDocument, demoDocument } from "./document.ts";
import { createObserver, type Observer, type Seen } from "./observer.ts";
import { createOnCall, type OpenApproval } from "./on-call.ts";
import { createRandom, type Random } from "./random.ts";
import type { Stage } from "./stage.ts";
import { createStory, type ObservedStep, type Story } from "./story.ts";
import { createTally, type Tally } from "./tally.ts";

export interface DemoOptions {
  readonly stage: Stage;
  readonly seed: number;
  readonly mode: Mode;
  /** Ends by itself once the story is told; otherwise people go on signing in until `stop` is called. */
  readonly once: boolean;
  readonly onStep: (step: ObservedStep) => void;
  /** Warnings for a person, one line each. */
  readonly onNotice: (text: string) => void;
}

export interface Demo {
  readonly story: Story;
  readonly tally: Tally;
  readonly seen: Seen;
  approval(): OpenApproval | null;
  /** Plays the story; resolves when it is over or was stopped. */
  play(): Promise<void>;
  /** Ends `play` at the next beat. */
  stop(): void;
  document(): DemoDocument;
}

/** A story that is not told by then never will be. */
const LONGEST_STORY = 90 * MINUTE;

export async function openDemo(options: DemoOptions): Promise<Demo> {
  const { stage, seed, mode, once } = options;
  const random = createRandom(seed);
  const cast = drawCast(random.fork());
  const story = createStory(mode, options.onStep);
  const tally = createTally();
  const observer = createObserver(stage, cast, story);
  const crowd = createCrowd({ ...options, cast, story, tally, random: random.fork() });
  for (const { name, password } of cast.people) await stage.addUser(name, password);
  const edge = held(stage, cognitoCaller(stage.viewerUrl, "python-requests/2.32"));
  const pool = held(stage, cognitoCaller(stage.poolUrl, "python-requests/2.32"));
  const attack = planAttack(cast, { clientId: stage.clientId, random: random.fork(), edge, pool });
  const onCall = createOnCall({ ...options, story });
  const openedAt = stage.clock.now();
  let stopped = false;

  const director = createDirector({
    ...{ stage, cast, attack, story, tally, random: random.fork(), visitors: crowd },
    observer: {
      ...observer,
      async look() {
        await observer.look();
        noteWhatDidNotHappen({ stage, mode, story, tally, observer });
        await onCall.look();
      },
    },
  });

  function isTold(): boolean {
    const open = story.missing().filter((step) => step !== "benign-unharmed");
    return open.length === 0 || stage.clock.now() > openedAt + LONGEST_STORY;
  }
  function closeTheBooks(): void {
    const strangers = observer.seen.bans.filter((ban) => !cast.offenders.some(({ source }) => source === ban.source));
    const harmed = tally.total("benign") - tally.total("benign", "answered") + strangers.length;
    if (harmed === 0) story.observe("benign-unharmed", stage.clock.now(), `${tally.total("benign")} calls`);
    else
      options.onNotice(
        `benign calls not answered: ${harmed}; bans of others: ${strangers.map(({ source }) => source)}`,
      );
  }

  story.observe("world-booted", stage.clock.now(), stage.booted);
  return {
    story,
    tally,
    seen: observer.seen,
    approval: onCall.approval,
    async play() {
      await director.play(() => stopped || isTold());
      closeTheBooks();
      if (once || stopped) return;
      // Nobody waits for anything any more: people go on at the speed of the wall.
      stage.clock.setRace(1);
      director.endAttack();
      await director.play(() => stopped);
    },
    stop() {
      stopped = true;
    },
    document: () =>
      demoDocument({
        ...{ seed, offenders: cast.offenders, steps: story.steps(), runs: runsOf(stage) },
        ...observer.seen,
        benign: { calls: tally.total("benign"), blocked: tally.total("benign", "refused") },
      }),
  };
}

/** Every request holds the clock at wall speed until it is answered. */
function held(stage: Stage, call: CognitoCall): CognitoCall {
  return (operation, body, from) => stage.clock.during(() => call(operation, body, from));
}

interface Crowd extends DemoOptions {
  readonly cast: Cast;
  readonly story: Story;
  readonly tally: Tally;
  readonly random: Random;
}

/** How much has to go right before people count as flowing: both families, and several from the one office. */
const FLOWING = { calls: 15, fromOffice: 2 };

function createCrowd({ stage, onNotice, cast, story, tally, random }: Crowd): readonly [Visitor, ...Visitor[]] {
  const signedIn = new Set<string>();
  const call = held(stage, cognitoCaller(stage.viewerUrl, "aws-amplify/6.22.1 auth/1 framework/100"));
  const use: AppUse = {
    ...{ clientId: stage.clientId, poolName: stage.poolName, call, random },
    now: stage.clock.now,
    wait: (ms) => stage.clock.wait(ms),
    count(fate, what) {
      tally.count("benign", fate, stage.clock.now());
      if (fate !== "answered") onNotice(`a benign call was ${fate}: ${what}`);
    },
    signedIn(person) {
      signedIn.add(person.name);
      const people = cast.people.filter(({ name }) => signedIn.has(name));
      const fromOffice = people.filter(({ address }) => address === cast.office).length;
      const bothFamilies = people.some(({ address }) => address.includes(":"));
      if (tally.total("benign", "answered") >= FLOWING.calls && fromOffice >= FLOWING.fromOffice && bothFamilies)
        story.observe(
          "benign-flows",
          stage.clock.now(),
          `${people.length} people, ${fromOffice} behind one office address`,
        );
    },
  };
  const [first, ...rest] = cast.people.map((person) => openApp(person, use));
  if (!first) throw new Error("nobody is cast as a user");
  return [first, ...rest];
}

interface Quiet {
  readonly stage: Stage;
  readonly mode: Mode;
  readonly story: Story;
  readonly tally: Tally;
  readonly observer: Observer;
}

/** In modes that do not block, the proof is that nothing was refused for as long as a ban would have lasted. */
function noteWhatDidNotHappen({ stage, mode, story, tally, observer }: Quiet): void {
  const alarm = observer.seen.alarm;
  const waited =
    mode === "observe" ? story.has("bans-expired") : alarm !== null && stage.clock.now() > alarm.at + 15 * MINUTE;
  const refused = tally.total("attack", "refused") + tally.total("benign", "refused");
  if (waited && refused === 0)
    story.observe("nothing-refused", stage.clock.now(), `${tally.total("attack")} attack calls answered`);
}

function runsOf(stage: Stage): readonly { readonly id: string; readonly status: string }[] {
  return stage.executions().flatMap(({ id, machine, status }) => (machine === "mitigate" ? [{ id, status }] : []));
}
