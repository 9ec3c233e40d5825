/**
 * The innocent: a crowd after the shapes that `docs/evaluation.md` names, with every look-alike that detection must
 * leave alone.
 */
import { HOUR, type Instant, MINUTE, SECOND } from "../../functions/domain/instant.ts";
import type { Random } from "../../local/demo/random.ts";
import { type Actor, type BenignKind, type Caller, callOf, crowdFingerprint, type Stage, srp } from "./actor.ts";
import { hostIn } from "./addresses.ts";
import { type Call, errors } from "./log-records.ts";
import { firstDay, forgottenPassword, session, signIn } from "./people.ts";
import { drawInstants, type Rhythm } from "./rhythm.ts";

/** People behind one address, besides the others of a mix: three hundred where a mix has a thousand. */
const LARGEST_OFFICE = 0.3;
/** Part of a whole crowd that one mix has, so that a small mix keeps its proportions. */
const shares = { forgotten: 0.012, oldDevice: 0.003, deadTab: 0.01, newcomer: 0.008 } as const;

export function drawCrowd(stage: Stage, users: number): Actor[] {
  const { random } = stage;
  const release = stage.span.from + Math.floor(random.next() * (stage.span.to - stage.span.from));
  const part = (share: number) => Math.max(1, Math.round(users * share));
  const many = (count: number, make: (index: number) => Actor) =>
    Array.from({ length: count }, (_, index) => make(index));
  const officeUsers = Math.round(users * 0.15);
  const carrierUsers = Math.round(users * 0.2);
  return [
    ...many(users - officeUsers - carrierUsers, (index) => home(stage, index, release)),
    ...[...officeSizes(officeUsers, random), Math.round(users * LARGEST_OFFICE)].map((size, index) =>
      office(stage, index, size, release),
    ),
    carrierNat(stage, carrierUsers, release),
    ...many(part(shares.forgotten), (index) => oneTrouble(stage, "forgotten-password", `forgetful-${index}`)),
    ...many(part(shares.newcomer), (index) => oneTrouble(stage, "newcomer", `newcomer-${index}`)),
    ...many(part(shares.oldDevice), (index) => oldDevice(stage, index)),
    ...many(part(shares.deadTab), (index) => deadTab(stage, index)),
    ...many(2, (index) => workshop(stage, index)),
    healthCheck(stage),
    loadBalancer(stage),
    partnerServer(stage, "proxied"),
    partnerServer(stage, "direct"),
  ];
}

/** From one address, or from hosts of one /64 as a home with IPv6. */
function callerAt(stage: Stage, share6 = 0.3): { caller: () => Caller; addresses: string[] } {
  const { random, addresses } = stage;
  const ja4 = crowdFingerprint(random);
  if (random.next() >= share6) {
    const ip = addresses.v4();
    return { caller: () => ({ ip, ja4 }), addresses: [ip] };
  }
  const network = addresses.v6Network();
  const hosts = [hostIn(network, random), hostIn(network, random)];
  return { caller: () => ({ ip: hosts[random.int(0, 1)] ?? "", ja4 }), addresses: hosts };
}

function benign(kind: BenignKind, addresses: readonly string[], calls: readonly Call[]): Actor {
  return { kind, benign: true, perMinute: null, addresses, offences: [], calls };
}

interface Habit {
  readonly perDay: number;
  readonly rhythm: Rhythm;
  /** Whether the app was updated in the release that signs everybody out. */
  readonly updates: boolean;
}

/** The sessions of one person; after the release the first thing to do is to sign in again. */
function dayOf(stage: Stage, caller: () => Caller, user: string, release: Instant, habit: Habit): Call[] {
  const { span, random } = stage;
  const zone = random.next() < 0.85 ? 1 : random.int(-8, 9);
  const starts = drawInstants(span, habit.perDay, { rhythm: habit.rhythm, zone }, random);
  const calls = starts.flatMap((at) => session(caller(), user, at, random));
  if (habit.updates) calls.push(...signIn(caller(), user, release + random.int(0, 90 * 60) * SECOND, random));
  return calls;
}

function home(stage: Stage, index: number, release: Instant): Actor {
  const { caller, addresses } = callerAt(stage);
  const habit: Habit = { perDay: 0.5 + 3 * stage.random.next(), rhythm: "home", updates: stage.random.next() < 0.3 };
  return benign("home", addresses, dayOf(stage, caller, `home-${index}`, release, habit));
}

/** Sizes from ten to eighty that add up to about `users`. */
function officeSizes(users: number, random: Random): number[] {
  const sizes: number[] = [];
  for (let left = users; left > 0; left -= sizes.at(-1) ?? 0) sizes.push(Math.min(left, random.int(10, 80)));
  return sizes;
}

function office(stage: Stage, index: number, size: number, release: Instant): Actor {
  const ip = stage.addresses.v4();
  return benign("office", [ip], manyPeople(stage, ip, `office-${index}`, size, "office", release));
}

export function manyPeople(
  stage: Stage,
  ip: string,
  name: string,
  size: number,
  rhythm: Rhythm,
  release: Instant,
): Call[] {
  return Array.from({ length: size }, (_, person) => {
    const ja4 = crowdFingerprint(stage.random);
    const habit: Habit = { perDay: 2, rhythm, updates: stage.random.next() < 0.3 };
    return dayOf(stage, () => ({ ip, ja4 }), `${name}-${person}`, release, habit);
  }).flat();
}

/** A mobile operator puts its customers behind a few addresses, and moves a person from one to the next. */
function carrierNat(stage: Stage, users: number, release: Instant): Actor {
  const addresses = stage.addresses.neighbours(4);
  const calls = Array.from({ length: users }, (_, person) => {
    const ja4 = crowdFingerprint(stage.random);
    const caller = () => ({ ip: addresses[stage.random.int(0, addresses.length - 1)] ?? "", ja4 });
    const habit: Habit = { perDay: 3, rhythm: "home", updates: stage.random.next() < 0.6 };
    return dayOf(stage, caller, `mobile-${person}`, release, habit);
  });
  return benign("carrier-nat", addresses, calls.flat());
}

function oneTrouble(stage: Stage, kind: "forgotten-password" | "newcomer", user: string): Actor {
  const { caller, addresses } = callerAt(stage);
  const act = kind === "newcomer" ? firstDay : forgottenPassword;
  return benign(kind, addresses, act(caller(), user, someTime(stage), stage.random));
}

/** The old password, every five minutes, all day long; its owner signs in with the new one on another device. */
function oldDevice(stage: Stage, index: number): Actor {
  const { caller, addresses } = callerAt(stage);
  const { span, random } = stage;
  const user = `old-device-${index}`;
  const calls: Call[] = [];
  for (let at = span.from + random.int(0, 299) * SECOND; at < span.to; at += 5 * MINUTE)
    calls.push(...srp(caller(), at, user, errors.wrongPassword));
  if (random.next() < 0.5) calls.push(...signIn(caller(), user, someTime(stage), random));
  return benign("old-device", addresses, calls);
}

/** A browser tab whose refresh token is dead retries six times whenever it is looked at. */
function deadTab(stage: Stage, index: number): Actor {
  const { caller, addresses } = callerAt(stage);
  const user = `tab-${index}`;
  const looks = drawInstants(stage.span, 6, { rhythm: "home", zone: 1 }, stage.random);
  const calls = looks.flatMap((at) =>
    Array.from({ length: 6 }, (_, retry) =>
      callOf(caller(), at + retry * retry * 300, { user, flow: "REFRESH_TOKEN_AUTH", error: errors.deadRefresh }),
    ),
  );
  return benign("dead-refresh-tab", addresses, calls);
}

/** Two dozen people sign up together behind one address. */
function workshop(stage: Stage, index: number): Actor {
  const ip = stage.addresses.v4();
  const start = someTime(stage);
  const calls = Array.from({ length: stage.random.int(10, 25) }, (_, person) => {
    const caller = { ip, ja4: crowdFingerprint(stage.random) };
    return firstDay(caller, `workshop-${index}-${person}`, start + stage.random.int(0, 15 * 60) * SECOND, stage.random);
  });
  return benign("workshop", [ip], calls.flat());
}

/** A monitor asks for a user without a token every thirty seconds, and signs in for good every ten minutes. */
function healthCheck(stage: Stage): Actor {
  const caller: Caller = { ip: stage.addresses.v4(), ja4: crowdFingerprint(stage.random) };
  const calls: Call[] = [];
  for (let at = stage.span.from; at < stage.span.to; at += 30 * SECOND)
    calls.push(callOf(caller, at, { operation: "GetUser", error: errors.badAccessToken }));
  for (let at = stage.span.from + 7 * SECOND; at < stage.span.to; at += 10 * MINUTE)
    calls.push(...srp(caller, at, "monitor"));
  return benign("health-check", [caller.ip], calls);
}

/** A load balancer's health check signs in all day with credentials that somebody made up. */
function loadBalancer(stage: Stage): Actor {
  const { span, random, addresses } = stage;
  const caller: Caller = { ip: addresses.v4(), ja4: crowdFingerprint(random) };
  const every = random.pick([10, 30]) * SECOND;
  const error = random.next() < 0.5 ? errors.unknownUser : errors.wrongPassword;
  const calls: Call[] = [];
  for (let at = span.from + 3 * SECOND; at < span.to; at += every)
    calls.push(callOf(caller, at, { user: "health-check", known: false, flow: "USER_PASSWORD_AUTH", error }));
  return benign("load-balancer", [caller.ip], calls);
}

/** A server of a partner signs its customers in with an app client of its own; some of them mistype. */
function partnerServer(stage: Stage, path: Call["path"]): Actor {
  const { span, random } = stage;
  const caller: Caller = {
    ip: stage.addresses.v4(),
    ja4: crowdFingerprint(random),
    clientId: "2partner3456789abcdefghijk",
    path,
  };
  const starts = drawInstants(span, 1500, { rhythm: "home", zone: 1 }, random);
  const calls = starts.map((at) => {
    const user = `partner-${random.int(0, 799)}`;
    return callOf(caller, at, {
      user,
      flow: "USER_PASSWORD_AUTH",
      error: random.next() < 0.05 ? errors.wrongPassword : null,
    });
  });
  return benign("partner-server", [caller.ip], calls);
}

/** Not in the last hour, so that the story has time to end. */
function someTime({ span, random }: Stage): Instant {
  return span.from + Math.floor(random.next() * Math.max(MINUTE, span.to - span.from - HOUR));
}
