/** One soak: boots a world, plays a draft on it, lets it come to rest, and tells what was seen. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { HOUR, type Instant, MINUTE } from "../../functions/domain/instant.ts";
import { cognitoCaller, isRefusal } from "../../local/demo/cognito-call.ts";
import { startWorld, type World } from "../../local/world.ts";
import { Apps } from "./app.ts";
import { attackerLines } from "./attackers.ts";
import { APP_CLIENT, PARTNER_CLIENT, START, soakConfig } from "./config.ts";
import { disturbances as deeds } from "./disturb.ts";
import { type Disturbance, type Draft, drawDraft } from "./draft.ts";
import type { Soaked } from "./figures.ts";
import { createInbox } from "./inbox.ts";
import { isBusy, leftoversIn } from "./leftovers.ts";
import { createOnCall } from "./on-call.ts";
import { attackCues, type Cue, callCues, peopleCues, playCues, type Tally } from "./play.ts";
import { type Folders, openHandles, type Sample, takeSample } from "./resources.ts";
import { truthsOf } from "./truths.ts";
import { createWitness, type SeenBan } from "./witness.ts";

export interface Progress {
  readonly tally: Tally;
  readonly bans: readonly SeenBan[];
}

export interface SoakOptions {
  readonly seed: number;
  readonly days: number;
  readonly users: number;
  readonly onHour: (now: Instant, progress: Progress) => void | Promise<void>;
}

/** In a documentation range, where nobody else of a soak is. */
const BY_HAND = "198.51.100.99";
/** Enough for every look, proposal and rollup that the last hour set off. */
const REST = 3 * HOUR;
/** After it somebody is still busy: the patrol comes every half hour, and its look is no leftover. */
const LAST_LOOKS = 10;
const SAMPLE_EVERY = 2 * HOUR;

export async function soak(options: SoakOptions): Promise<Soaked> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-soak-"));
  const folders = { world: join(folder, "world"), temporary: join(folder, "tmp") };
  mkdirSync(folders.temporary);
  const systems = process.env["TMPDIR"];
  process.env["TMPDIR"] = folders.temporary;
  try {
    const before = openHandles();
    const world = await startWorld({
      ...{ config: soakConfig, seed: options.seed, start: START, race: 1e7, settleMs: 1, folder: folders.world },
      pool: { otherClients: { [PARTNER_CLIENT]: { secrets: [] } } },
    });
    const seen = await soakWorld(world, folders, options).finally(() => world.stop());
    return { ...seen, leftovers: [...seen.leftovers, ...(await leftOnMachine(folders, before))] };
  } finally {
    if (systems === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = systems;
    rmSync(folder, { recursive: true, force: true });
  }
}

const patience = 20;

/** What a world that was stopped has left: files, and whatever would keep this process alive. Sockets take a moment to close. */
async function leftOnMachine({ temporary }: Folders, before: ReadonlyMap<string, number>): Promise<string[]> {
  const more = () =>
    [...openHandles()].filter(([kind, count]) => count > (before.get(kind) ?? 0) && kind !== "Immediate");
  for (let nth = 0; nth < patience && more().length > 0; nth += 1) await sleep(250);
  return [
    // What runs this process caches there.
    ...readdirSync(temporary)
      .filter((name) => !name.startsWith("tsx-"))
      .map((name) => `the temporary file ${name}`),
    ...more().map(([kind, count]) => `${count - (before.get(kind) ?? 0)} open ${kind} of the process`),
  ];
}

async function soakWorld(world: World, folders: Folders, options: SoakOptions): Promise<Soaked> {
  const { clock } = world;
  const { seed, days, users } = options;
  const draft = drawDraft(seed, START, days, users);
  const truths = truthsOf(draft, BY_HAND);
  const counts = { people: 0, attackers: 0, refusedPeople: 0, throttledPeople: 0, refusedAttackers: 0 };
  const tally: Tally = { ...counts, attempts: {} };
  const faults: string[] = [];
  world.on((event) => {
    if (event.kind === "fault") faults.push(String(event.error));
  });
  const witness = createWitness(world, truths);
  const onCall = createOnCall(world, draft.random.fork(), (source) => truths.of(source).label === "attack");
  const inbox = createInbox(world);
  const samples: Sample[] = [];
  const take = async () => void samples.push(await takeSample(world, tally.people + tally.attackers, folders));
  const every = (step: number, play: (at: Instant) => Promise<void>) =>
    instantsOf(draft, step).map((at) => ({ at, play: () => clock.during(() => play(at)) }));
  await playCues(
    clock,
    [
      ...trafficCues(world, draft, tally),
      ...every(HOUR, async (at) => await options.onHour(at, { tally, bans: witness.bans })),
      ...every(SAMPLE_EVERY, take),
    ],
    draft.span.to,
  );
  await clock.wait(Math.max(0, draft.span.to + REST - clock.now()));
  for (let nth = 0; nth < LAST_LOOKS && isBusy(world); nth += 1) await clock.wait(MINUTE);
  await clock.during(witness.look);
  await clock.during(take);
  const leftovers = await clock.during(() => leftoversIn(world));
  const { bans, blockedAt } = witness;
  return {
    ...{ seed, days, users, draft, tally, bans, blockedAt },
    ...{ decisions: onCall.decisions, inbox, samples, leftovers, faults },
  };
}

function instantsOf({ span }: Draft, step: number): Instant[] {
  return Array.from({ length: Math.ceil((span.to - span.from) / step) }, (_, nth) => span.from + nth * step);
}

function trafficCues(world: World, draft: Draft, tally: Tally): Cue[] {
  const apps = appsOf(world, draft, tally);
  const lines = attackerLines(world);
  return [
    ...peopleCues(draft.people, apps),
    ...callCues(draft.waves, apps),
    ...draft.attacks.flatMap((attack) =>
      attackCues(attack, lines, (answer) => countAttempt(tally, attack.name, isRefusal(answer))),
    ),
    ...draft.disturbances.flatMap((disturbance) => disturbanceCues(disturbance, world, apps)),
  ];
}

function countAttempt(tally: Tally, attack: string, isRefused: boolean): void {
  const { sent, refused } = tally.attempts[attack] ?? { sent: 0, refused: 0 };
  tally.attempts[attack] = { sent: sent + 1, refused: refused + (isRefused ? 1 : 0) };
  tally.attackers += 1;
  if (isRefused) tally.refusedAttackers += 1;
}

function appsOf(world: World, { random }: Draft, tally: Tally): Apps {
  return new Apps({
    ...{ world, appClient: APP_CLIENT, partnerClient: PARTNER_CLIENT, random: random.fork() },
    edge: cognitoCaller(world.viewerUrl, "soak-app/1.0"),
    pool: cognitoCaller(world.poolUrl, "soak-partner/1.0"),
    onAnswer(_call, answer) {
      tally.people += 1;
      if (isRefusal(answer)) tally.refusedPeople += 1;
      if (answer.errorType === "TooManyRequestsException") tally.throttledPeople += 1;
    },
  });
}

function disturbanceCues({ kind, window }: Disturbance, world: World, apps: Apps): Cue[] {
  let end: () => void | Promise<void> = () => {};
  const begin = async () => {
    end = await deeds[kind]({ world, apps, byHand: BY_HAND });
  };
  return [
    { at: window.from, play: () => world.clock.during(begin) },
    { at: window.to + (window.to === window.from ? MINUTE : 0), play: () => world.clock.during(async () => end()) },
  ];
}
