/** Which figure of a soak fails it, and why that one. */
import { MINUTE, toIso } from "../../functions/domain/instant.ts";
import type { AttackFigure, BanFigure, DisturbanceFigure, Figures } from "./figures.ts";
import { limits } from "./limits.ts";

export interface Rule {
  readonly id: string;
  /** What is allowed, in words. */
  readonly limit: string;
  readonly why: string;
  /** Every breach in words; none: the rule is kept. */
  breaches(figures: Figures): readonly string[];
}

export interface Violation {
  readonly rule: string;
  readonly what: string;
}

export function judge(figures: Figures): Violation[] {
  return rules.flatMap(({ id, breaches }) => breaches(figures).map((what) => ({ rule: id, what })));
}

const one = (isBroken: boolean, what: string) => (isBroken ? [what] : []);

export const rules: readonly Rule[] = [
  {
    id: "wrong-ban",
    limit: "nobody innocent is banned, hands-off or by approval",
    why: "First, do no harm: rotations, releases, triggers and outages of our own ban nobody.",
    breaches: ({ bans }) => bans.filter(({ of }) => of === "benign").map(wrongBanText),
  },
  {
    id: "refused",
    limit: "no call of an innocent meets the deny list",
    why: "What users feel, whatever the ledger says.",
    breaches: ({ tally }) => one(tally.refusedPeople > 0, `${tally.refusedPeople} calls of people were refused`),
  },
  {
    id: "unblocked",
    limit: `an attack of ${limits.loudPerMinute} attempts a minute or more is blocked within ${limits.minutesToBlock} minutes`,
    why: "An alarm, logs of five minutes, a look; or the patrol of the half hour where no quota is at stake, during whatever else goes on.",
    breaches: ({ attacks }) => attacks.filter(isLoud).filter(isUnblocked).map(unblockedText),
  },
  {
    id: "late-release",
    limit: `a ban leaves the IP sets within ${limits.secondsToRelease} seconds after its end; while WAF is out of order the clock stands`,
    why: "The sweep comes every minute, and writes a set a second at most.",
    breaches: ({ bans }) =>
      bans
        .filter(({ secondsLate }) => (secondsLate ?? 0) > limits.secondsToRelease)
        .map(({ source, secondsLate }) => `${source} was released ${secondsLate?.toFixed(0)} s late`),
  },
  {
    id: "early-release",
    limit: "no ban leaves the IP sets before its end",
    why: "Nobody releases by hand in a soak: whoever is missing was lost.",
    breaches: ({ bans }) =>
      bans
        .filter(({ secondsLate }) => (secondsLate ?? 0) < -limits.secondsEarly)
        .map(
          ({ source, secondsLate }) => `${source} left the sets ${(-(secondsLate ?? 0)).toFixed(0)} s before its end`,
        ),
  },
  {
    id: "manual-edit",
    limit: "what somebody writes into a machine's set is adopted as a ban with an end",
    why: "Else reconcile would erase a person's ban, or keep it for ever.",
    breaches({ disturbances, bans }) {
      const edits = disturbances.filter(({ kind }) => kind === "manual-edit").length;
      const adopted = bans.filter(({ of }) => of === "by-hand").length;
      return one(edits > 0 && adopted === 0, `none of ${edits} edits was adopted`);
    },
  },
  {
    id: "told",
    limit: `people are told within ${limits.minutesToTell} minutes that no logs come`,
    why: "An hour without logs is an hour in which nobody can be banned: silence would be taken for peace.",
    breaches: ({ disturbances }) =>
      disturbances
        .filter((each) => each.kind === "lost-logs" && !isToldInTime(each))
        .map(({ window }) => `nobody was told of the logs that were lost at ${toIso(window.from)}`),
  },
  {
    id: "memory",
    limit: `the heap grows by ${limits.heapMbPerDay} MB a day at most, resident memory by ${limits.rssMbPerDay} MB`,
    why: "Histories of runs, queries and mails are kept as AWS keeps them; a leak comes on top of that.",
    breaches: ({ growth: { heapMb, rssMb } }) => [
      ...one(heapMb > limits.heapMbPerDay, `the heap grows by ${heapMb.toFixed(1)} MB a day`),
      ...one(rssMb > limits.rssMbPerDay, `resident memory grows by ${rssMb.toFixed(1)} MB a day`),
    ],
  },
  {
    id: "sockets",
    limit: `connections grow by ${limits.socketsPerDay} a day at most`,
    why: "A function that makes clients anew for each invocation leaves its connections behind.",
    breaches: ({ growth: { sockets } }) =>
      one(sockets > limits.socketsPerDay, `${sockets.toFixed(0)} connections more a day`),
  },
  {
    id: "disk",
    limit: `S3 holds ${limits.s3KbPerCall} KB a call at most and ${limits.s3MbPerDay} MB a day besides; temporary files never pass ${limits.temporaryFiles}`,
    why: "Logs and evidence grow with calls and are dropped by the buckets' lifecycle; nothing else may grow.",
    breaches: diskBreaches,
  },
  {
    id: "table",
    limit: `items without an end in the ledger's table grow by ${limits.lastingItemsPerDay} a day at most`,
    why: "Whatever comes with each ban, run or mail has a time after which DynamoDB drops it.",
    breaches: ({ growth: { lastingItems } }) =>
      one(lastingItems > limits.lastingItemsPerDay, `${lastingItems.toFixed(0)} items without an end more a day`),
  },
  {
    id: "left-behind",
    limit:
      "nothing is left: executions, leases, bans past their end, notices, writes of unknown end, entries without a ban, bans without an entry, " +
      "dead letters, temporary files, processes, sockets",
    why: "What is left once is left every day.",
    breaches: ({ leftovers }) => leftovers,
  },
  {
    id: "fault",
    limit: "no stand-in of the local world breaks",
    why: "A soak of a broken world proves nothing.",
    breaches: ({ faults }) => faults,
  },
];

function wrongBanText({ source, at, origin, reasons }: BanFigure): string {
  return `${source} was banned at ${toIso(at)} (${origin}): ${reasons.join("; ") || "without a reason"}`;
}

/** Attacks by many quiet sources never are: a person decides on those. */
export function isLoud({ kind, perMinute }: AttackFigure): boolean {
  return !kind.startsWith("distributed-") && perMinute >= limits.loudPerMinute;
}

/** One of the sensors' alarms, soon enough. */
function isToldInTime({ window, alarms }: DisturbanceFigure): boolean {
  return alarms.some(({ id, at }) => id.endsWith("-silent") && at <= window.from + limits.minutesToTell * MINUTE);
}

const isUnblocked = ({ minutesToBlock }: AttackFigure) => (minutesToBlock ?? Infinity) > limits.minutesToBlock;

function unblockedText({ name, perMinute, minutesToBlock }: AttackFigure): string {
  const end = minutesToBlock === null ? "never blocked" : `blocked after ${minutesToBlock.toFixed(1)} minutes`;
  return `${name}, ${perMinute} a minute: ${end}`;
}

function diskBreaches({ samples, days, tally }: Figures): string[] {
  const { s3Mb = 0 } = samples.at(-1) ?? {};
  const calls = tally.people + tally.attackers;
  const most = (calls * limits.s3KbPerCall) / 1000 + days * limits.s3MbPerDay;
  const files = Math.max(0, ...samples.map(({ temporaryFiles }) => temporaryFiles));
  return [
    ...one(s3Mb > most, `S3 holds ${s3Mb} MB of ${calls} calls in ${days} days`),
    ...one(files > limits.temporaryFiles, `${files} temporary files at once`),
  ];
}
