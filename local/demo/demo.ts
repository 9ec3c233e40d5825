/** The demo: one story on one stage, with a page to watch it and a document to prove it. */
import type { Mode } from "../../functions/domain/ban.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import type { Proposal } from "../../functions/domain/proposal.ts";
import { counted } from "../../functions/domain/wording.ts";
import { createAccounts } from "./accounts.ts";
import { planAttack } from "./attack.ts";
import type { Lines } from "./attempt.ts";
import { drawCast } from "./cast.ts";
import { type Chronicle, createChronicle } from "./chronicle.ts";
import { cognitoCaller } from "./cognito-call.ts";
import { createCrowd, held } from "./crowd.ts";
import { createDirector } from "./director.ts";
import { type DemoDocument, demoDocument } from "./document.ts";
import { createLaunches, type Launched, type Launches, type LaunchOptions } from "./launches.ts";
import { createObserver, type Observer, type Seen } from "./observer.ts";
import { createOnCall } from "./on-call.ts";
import { createRandom } from "./random.ts";
import type { Stage } from "./stage.ts";
import { createStory, type ObservedStep, type Story } from "./story.ts";
import { createTally, type Tally } from "./tally.ts";
import { undecidedOf } from "./undecided.ts";

export interface DemoOptions {
  readonly stage: Stage;
  readonly seed: number;
  readonly mode: Mode;
  /** Ends by itself once the story is told; otherwise people go on signing in until `stop` is called. */
  readonly once: boolean;
  readonly onStep: (step: ObservedStep) => void;
  /** From now on people play; never in a demo that ends by itself. */
  readonly onOpen: () => void;
  /** Warnings for a person, one line each. */
  readonly onNotice: (text: string) => void;
}

export interface Demo {
  readonly story: Story;
  readonly tally: Tally;
  readonly seen: Seen;
  readonly launches: Launches;
  readonly chronicle: Chronicle;
  proposals(): readonly Proposal[];
  /** As of the last look. */
  mode(): Mode;
  /** People play: the story is told, or somebody has taken over. */
  isOpen(): boolean;
  /** Plays the story; resolves when it is over or was stopped. */
  play(): Promise<void>;
  /** Switches the mode. Before the story is told that ends it, for it tells of another mode. */
  switchMode(mode: Mode): Promise<void>;
  /** Launches one of the offered attacks. */
  launch(id: string): Launched;
  /** Ends `play` at the next beat. */
  stop(): void;
  document(): DemoDocument;
}

/** A story that is not told by then never will be. */
const LONGEST_STORY = 90 * MINUTE;
/** From the launch of an attack to what its run files. */
const LONGEST_WAY = 12 * MINUTE;
/** When somebody takes over, the story's attack is left as much time as it may take. */
const LONGEST_TAKEN_OVER = 20 * MINUTE;

export async function openDemo(options: DemoOptions): Promise<Demo> {
  const { stage, seed, once } = options;
  const random = createRandom(seed);
  const cast = drawCast(random.fork());
  const story = createStory(options.mode, options.onStep);
  const tally = createTally();
  const observer = createObserver(stage, cast, story);
  const crowd = createCrowd({ ...options, cast, story, tally, random: random.fork() });
  for (const { name, password } of cast.people) await stage.addUser(name, password);
  const lines: Lines = {
    ...{ clientId: stage.clientId, poolName: stage.poolName, now: stage.clock.now },
    edge: held(stage, cognitoCaller(stage.viewerUrl, "python-requests/2.32")),
    pool: held(stage, cognitoCaller(stage.poolUrl, "python-requests/2.32")),
    accountOf: createAccounts((name) => stage.addUser(name, "Nobody-Knows-This-1!")),
  };
  const attack = planAttack(cast, lines, random.fork());
  const onCall = createOnCall({ ...options, story });
  const chronicle = createChronicle();
  const openedAt = stage.clock.now();
  let mode = options.mode;
  let [stopped, takenOver, told] = [false, false, false];

  const directing = random.fork();
  const launches = createLaunches({
    lines,
    random: random.fork(),
    ...{ free: cast.free, office: cast.office },
    onAnswer: tellAnswers(stage, tally, chronicle),
  });
  const director = createDirector({
    ...{ stage, cast, attack, story, tally, random: directing, visitors: crowd, launches },
    isCalm: () => told && !isBusy(),
    observer: {
      ...observer,
      async look() {
        await observer.look();
        noteWhatDidNotHappen({ stage, mode: options.mode, story, tally, observer });
        await onCall.look();
        if (!once) await lookAround();
      },
    },
  });

  const isOpen = () => told || takenOver;
  const isUndecided = () => undecidedOf(stage, onCall.proposals(), observer.seen.bans).length > 0;
  const active = () => observer.seen.bans.filter(({ status }) => status === "active");

  /** Launched since anything was filed: what a person is to decide about it is still to come. */
  function isOnItsWay(): boolean {
    const filedAt = Math.max(0, ...onCall.proposals().map(({ updatedAt }) => Date.parse(updatedAt)));
    const now = stage.clock.now();
    return launches.all().some(({ at, state }) => at > filedAt && now - at < LONGEST_WAY && state !== "over");
  }

  /** Something goes on that needs nobody. A proposal that waits an hour would be over in seconds, so it has the wall's time. */
  function isBusy(): boolean {
    const runs = stage.executions().some(({ machine, status }) => machine === "mitigate" && status === "RUNNING");
    const goesOn = !told || runs || launches.isLoud();
    if (isUndecided()) return goesOn && (mode !== "approve" || isOnItsWay());
    return goesOn || launches.isOn() || active().length > 0;
  }

  /** What nobody looks at in a demo that ends by itself. */
  async function lookAround(): Promise<void> {
    mode = await stage.mode();
    const now = stage.clock.now();
    const { bans } = observer.seen;
    chronicle.look({ now, alarms: stage.alarms(), bans, proposals: onCall.proposals() }, !isOpen());
    launches.look(
      active().map(({ source }) => source),
      isUndecided(),
    );
    if (takenOver && now > openedAt + LONGEST_TAKEN_OVER) endStory();
    stage.clock.setRace(isBusy() ? stage.race : 1);
  }

  function endStory(): void {
    told = true;
    director.endAttack();
  }
  function isTold(): boolean {
    const open = story.missing().filter((step) => step !== "benign-unharmed");
    return open.length === 0 || stage.clock.now() > openedAt + LONGEST_STORY;
  }
  function closeTheBooks(): void {
    const attackers = [...cast.offenders, ...launches.all().flatMap((each) => each.attackers)];
    const sources = new Set(attackers.map(({ source }) => source));
    const strangers = observer.seen.bans.filter((ban) => !sources.has(ban.source));
    const harmed = tally.total("benign") - tally.total("benign", "answered") + strangers.length;
    if (harmed === 0) story.observe("benign-unharmed", stage.clock.now(), `${tally.total("benign")} calls`);
    else
      options.onNotice(
        `benign calls not answered: ${harmed}; bans of others: ${strangers.map(({ source }) => source)}`,
      );
  }

  story.observe("world-booted", stage.clock.now(), stage.booted);
  return {
    ...{ story, tally, seen: observer.seen, launches, chronicle, isOpen, proposals: onCall.proposals },
    mode: () => mode,
    async play() {
      await director.play(() => stopped || takenOver || isTold());
      if (!takenOver) closeTheBooks();
      if (once || stopped) return;
      if (!takenOver) endStory();
      options.onOpen();
      await director.play(() => stopped);
    },
    async switchMode(next) {
      if (next === mode) return;
      await stage.clock.during(() => stage.setMode(next));
      chronicle.tell(stage.clock.now(), `Mode ${mode} → ${next}`, `mode ${next}`);
      mode = next;
      takenOver ||= !told;
    },
    launch(id) {
      const launched = launches.launch(id);
      chronicle.tell(
        launched.at,
        `${launched.offer.title}: launched from ${counted(launched.attackers.length, "source")}`,
        "attack",
      );
      stage.clock.setRace(stage.race);
      return launched;
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

/** Counts what launched attacks are answered, and tells of the first refusal of each. */
function tellAnswers({ clock }: Stage, tally: Tally, chronicle: Chronicle): LaunchOptions["onAnswer"] {
  const stopped = new Set<number>();
  return ({ number, offer }, { source }, { status, errorType }, refused) => {
    const throttled = errorType === "TooManyRequestsException";
    tally.count("attack", refused ? "refused" : throttled ? "throttled" : "answered", clock.now());
    if (!refused || stopped.has(number)) return;
    stopped.add(number);
    chronicle.tell(clock.now(), `${offer.title}: ${source} is the first to get ${status} ${errorType}`);
  };
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
