import { type Figures, figuresOf, type Soaked, slopeOf } from "../../bench/soak/figures.ts";
import { limits } from "../../bench/soak/limits.ts";
import { soakReport } from "../../bench/soak/report.ts";
import type { Sample } from "../../bench/soak/resources.ts";
import { judge, rules } from "../../bench/soak/rules.ts";
import type { SeenBan } from "../../bench/soak/witness.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../functions/domain/instant.ts";
import type { Call } from "../../local/demo/calls.ts";

const START = Date.UTC(2026, 10, 23);
const call: Call = {
  at: START + HOUR,
  ip: "203.0.113.7",
  path: "proxied",
  operation: "InitiateAuth",
  user: "a",
  error: null,
};

const aBan = (ban: Partial<SeenBan> = {}): SeenBan => ({
  ...{
    source: "203.0.113.7/32",
    at: START + HOUR,
    of: "attack",
    origin: "auto",
    reasons: ["password-spray: 40 users"],
  },
  ...{ expiresAt: START + 2 * HOUR, leftAt: START + 2 * HOUR + 30 * SECOND },
  ...ban,
});

const aSample = (hour: number, sample: Partial<Sample> = {}): Sample => ({
  ...{
    at: START + hour * HOUR,
    calls: 1000 * hour,
    heapMb: 80,
    historyMb: 3,
    rssMb: 600,
    s3Mb: 0.5,
    temporaryFiles: 1,
  },
  ...{ items: 100, lastingItems: 20, sockets: 40 },
  ...sample,
});
const hours = Array.from({ length: 13 }, (_, index) => 2 * index);

/** A day as it ought to be. */
function aSoak(soaked: Partial<Soaked> = {}): Soaked {
  const actor = {
    kind: "spray",
    benign: false,
    perMinute: 60,
    addresses: [call.ip],
    offences: [call],
    calls: [],
  } as const;
  return {
    ...{ seed: 1, days: 1, users: 120, leftovers: [], faults: [] },
    draft: {
      attacks: [{ name: "spray-1", kind: "spray", actor }],
      disturbances: [{ kind: "manual-edit", window: { from: START + HOUR, to: START + HOUR } }],
    },
    tally: {
      people: 4000,
      attackers: 8000,
      refusedPeople: 0,
      throttledPeople: 3,
      refusedAttackers: 200,
      attempts: { "spray-1": { sent: 500, refused: 20 } },
    },
    bans: [aBan(), aBan({ source: "198.51.100.99/32", of: "by-hand", origin: "manual", leftAt: null })],
    blockedAt: new Map([["spray-1", START + HOUR + 8 * MINUTE]]),
    decisions: { approved: 1, rejected: 1, late: 0, guiltySources: 4, innocentSources: 2 },
    inbox: { mails: { "Portcullis: 2 banned": 3 }, alarms: [] },
    samples: hours.map((hour) => aSample(hour)),
    ...soaked,
  };
}
const broken = (soaked: Partial<Soaked>) => judge(figuresOf(aSoak(soaked)));

test("a day as it ought to be breaks no rule", () => {
  expect(broken({})).toEqual([]);
});

const wafOutage = {
  kind: "waf-outage",
  window: { from: START + 2 * HOUR, to: START + 2 * HOUR + 20 * MINUTE },
} as const;
const lostLogs = { kind: "lost-logs", window: { from: START + 4 * HOUR, to: START + 5 * HOUR } } as const;
const anAlarm = (id: string, at: number) => ({ id, at, until: at + 5 * MINUTE });
const outageDraft = { attacks: [], disturbances: [wafOutage] };
const rising = (key: keyof Sample, perDay: number) =>
  hours.map((hour) => aSample(hour, { [key]: 50 + (perDay * hour) / 24 }));

test.each<{ case: string; rule: string; soaked: Partial<Soaked>; what: RegExp }>([
  {
    case: "a wrong ban, with its reason",
    rule: "wrong-ban",
    soaked: {
      bans: [...aSoak().bans, aBan({ source: "192.0.2.1/32", of: "benign", reasons: ["call-rate: 900 calls"] })],
    },
    what: /^192\.0\.2\.1\/32 was banned at 2026-11-23T01:00:00.000Z \(auto\): call-rate: 900 calls$/,
  },
  {
    case: "a refused user",
    rule: "refused",
    soaked: { tally: { ...aSoak().tally, refusedPeople: 1 } },
    what: /^1 call/,
  },
  { case: "an attack that nobody blocked", rule: "unblocked", soaked: { blockedAt: new Map() }, what: /never blocked/ },
  {
    case: "an attack that was blocked late",
    rule: "unblocked",
    soaked: { blockedAt: new Map([["spray-1", START + HOUR + (limits.minutesToBlock + 1) * MINUTE]]) },
    what: /blocked after \d+\.0 minutes/,
  },
  {
    case: "a late release",
    rule: "late-release",
    soaked: {
      bans: [aSoak().bans[1] ?? aBan(), aBan({ leftAt: START + 2 * HOUR + (limits.secondsToRelease + 1) * SECOND })],
    },
    what: /^203\.0\.113\.7\/32 was released 121 s late$/,
  },
  {
    case: "a release that is late even without the outage",
    rule: "late-release",
    soaked: { draft: outageDraft, bans: [aBan({ leftAt: START + 2 * HOUR + 25 * MINUTE })] },
    what: /was released 300 s late$/,
  },
  {
    case: "a ban that was lost",
    rule: "early-release",
    soaked: { bans: [aSoak().bans[1] ?? aBan(), aBan({ leftAt: START + HOUR + 5 * MINUTE })] },
    what: /left the sets 3300 s before its end$/,
  },
  { case: "an edit that nobody adopted", rule: "manual-edit", soaked: { bans: [aBan()] }, what: /none of 1 edits/ },
  {
    case: "an hour without logs that nobody was told of",
    rule: "told",
    soaked: { draft: { attacks: [], disturbances: [lostLogs] }, inbox: { mails: {}, alarms: [] } },
    what: /^nobody was told of the logs that were lost at 2026-11-23T04:00:00.000Z$/,
  },
  {
    case: "an hour without logs that people are told of when it is nearly over",
    rule: "told",
    soaked: {
      draft: { attacks: [], disturbances: [lostLogs] },
      inbox: { mails: {}, alarms: [anAlarm("trail-logging-silent", lostLogs.window.from + 50 * MINUTE)] },
    },
    what: /^nobody was told/,
  },
  {
    case: "a heap that grows",
    rule: "memory",
    soaked: { samples: rising("heapMb", limits.heapMbPerDay + 1) },
    what: /heap/,
  },
  {
    case: "memory that grows",
    rule: "memory",
    soaked: { samples: rising("rssMb", limits.rssMbPerDay + 1) },
    what: /resident/,
  },
  {
    case: "sockets that pile up",
    rule: "sockets",
    soaked: { samples: rising("sockets", limits.socketsPerDay + 1) },
    what: /connections/,
  },
  {
    case: "items that pile up",
    rule: "table",
    soaked: { samples: rising("lastingItems", limits.lastingItemsPerDay + 1) },
    what: /items without an end/,
  },
  { case: "a full disk", rule: "disk", soaked: { samples: [aSample(24, { s3Mb: 5000 })] }, what: /S3 holds 5000 MB/ },
  {
    case: "temporary files",
    rule: "disk",
    soaked: { samples: [aSample(2, { temporaryFiles: 90 }), aSample(24)] },
    what: /^90 temp/,
  },
  {
    case: "something left behind",
    rule: "left-behind",
    soaked: { leftovers: ["the execution a runs"] },
    what: /^the execution/,
  },
  { case: "a stand-in that broke", rule: "fault", soaked: { faults: ["TypeError: x"] }, what: /^TypeError/ },
])("$case fails the soak", ({ rule, soaked, what }) => {
  const violations = broken(soaked);
  expect(violations).toEqual([{ rule, what: expect.stringMatching(what) }]);
  const found = soakReport(figuresOf(aSoak(soaked)), violations);
  expect(found.split("\n").filter((line) => line.includes("**"))).toEqual([expect.stringContaining(`| ${rule} |`)]);
});

test("a release in an outage of WAF has its time after the outage", () => {
  const soaked = { draft: outageDraft, bans: [aBan({ leftAt: wafOutage.window.to + 60 * SECOND })] };
  expect(broken(soaked)).toEqual([]);
  expect(figuresOf(aSoak(soaked)).bans[0]?.secondsLate).toBe(60);
});

test("an alarm on ourselves is laid at the door of what began last before it, or explained by nothing", () => {
  const at = lostLogs.window.from + 16 * MINUTE;
  const alarms = [anAlarm("sweep-failing", START + HOUR / 2), anAlarm("trail-logging-silent", at)];
  const soaked = { draft: { attacks: [], disturbances: [wafOutage, lostLogs] }, inbox: { mails: {}, alarms } };
  const figures = figuresOf(aSoak(soaked));
  expect(broken(soaked)).toEqual([]);
  expect(figures.disturbances.map((each) => each.alarms.map(({ id }) => id))).toEqual([[], ["trail-logging-silent"]]);
  const report = soakReport(figures, []);
  expect(report).toContain("| lost-logs | 1 | 60 min | trail-logging-silent |");
  expect(report).toContain("that none of it explains: sweep-failing at 2026-11-23T00:30:00.000Z.");
});

test("the report tells what each kind of attack came to, and names every one that was never blocked", () => {
  const [spray] = aSoak().draft.attacks;
  const quiet = { name: "spray-2", kind: "spray", actor: { ...spray?.actor, perMinute: 2 } } as NonNullable<
    typeof spray
  >;
  const attacks = [...aSoak().draft.attacks, quiet];
  const report = soakReport(figuresOf(aSoak({ draft: { ...aSoak().draft, attacks } })), []);
  expect(report).toContain("| spray | 2 | 2 to 60 | 1 | 8.0, at most 8.0 | 500 | 20 | 2 of 2 |");
  expect(report).toContain("| 2026-11-23T01:00:00.000Z | spray | 2 | 1 | 0 | below the rate that must be blocked |");
});

test("quiet attacks and those of many sources need not be blocked", () => {
  const { attacks } = aSoak().draft;
  const quiet = attacks.map((attack) => ({ ...attack, actor: { ...attack.actor, perMinute: 6 } }));
  const many = attacks.map((attack) => ({ ...attack, kind: "distributed-range" as const }));
  for (const changed of [quiet, many])
    expect(broken({ draft: { ...aSoak().draft, attacks: changed }, blockedAt: new Map() })).toEqual([]);
});

test("growth is that of the line through the samples, without those of the first hours", () => {
  expect(
    slopeOf([
      [0, 1],
      [1, 3],
      [2, 5],
    ]),
  ).toBe(2);
  expect(slopeOf([[1, 4]])).toBe(0);
  expect(slopeOf([])).toBe(0);
  const { growth }: Figures = figuresOf(
    aSoak({ samples: hours.map((hour) => aSample(hour, { rssMb: hour < 6 ? hour * 90 : 600 })) }),
  );
  expect(growth.rssMb).toBeCloseTo(0);
  expect(aSoak().samples.at(-1)?.at).toBe(START + DAY);
});

test("every rule has a name of its own and a reason", () => {
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  for (const { limit, why } of rules) expect(limit.length * why.length).toBeGreaterThan(0);
});
