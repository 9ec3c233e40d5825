/** The ledger's rules at their rims: knocking, the weight of a ban, whose claim stands, what is kept and what is forgotten. */
import {
  applyClaim,
  extendKnocking,
  lastAutoClaim,
  noteKnock,
  releaseByPerson,
  releaseExpired,
  standingStrikes,
  undoClaim,
  weightOf,
} from "../../functions/block/ledger.ts";
import type { Ban } from "../../functions/domain/ban.ts";
import { DAY, HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { policySchema } from "../../functions/domain/policy.ts";
import { aBan, aClaim, anOrder, calm, NOON } from "./builders.ts";

const at = (minutes: number) => NOON + minutes * MINUTE;
const iso = (minutes: number) => toIso(at(minutes));
const knockAt = (minutes: number, calls = 40) => ({ at: iso(minutes), calls });

describe("a knock", () => {
  test("of a source that is kept out is noted", () => {
    expect(noteKnock(aBan(), knockAt(1))).toEqual({ ...aBan(), knock: knockAt(1), version: 2 });
  });

  test.each([
    { case: "of nobody who is banned", ban: null, minutes: 1 },
    { case: "of a source that was let go", ban: aBan({ status: "released" }), minutes: 1 },
    { case: "of one that a simulated ban lets through", ban: aBan({ simulated: true }), minutes: 1 },
    { case: "from before the ban", ban: aBan(), minutes: -1 },
    { case: "at the ban's very instant", ban: aBan(), minutes: 0 },
    { case: "less than five minutes after the last", ban: aBan({ knock: knockAt(10) }), minutes: 14.9 },
    { case: "that is older news than the last", ban: aBan({ knock: knockAt(10) }), minutes: 5 },
  ])("$case changes nothing", ({ ban, minutes }) => {
    expect(noteKnock(ban, knockAt(minutes))).toBe("unchanged");
  });

  test("five minutes after the last is worth a write", () => {
    expect(noteKnock(aBan({ knock: knockAt(10) }), knockAt(15, 3))).toMatchObject({ knock: knockAt(15, 3) });
  });
});

describe("a ban that is over, of a source that knocked", () => {
  const knocking = (over: Partial<Ban> = {}) => aBan({ knock: knockAt(50), ...over });

  test("goes on for the base time, by the claim that ended last, without a strike", () => {
    expect(extendKnocking(knocking(), at(60), calm)).toEqual({
      ...knocking(),
      claims: { "run-1": aClaim({ until: iso(120) }) },
      expiresAt: iso(120),
      extensions: 1,
      version: 2,
    });
  });

  test("goes on no longer than the cap, where that is less", () => {
    const short = policySchema.parse({ ban: { jitter: 0, capMinutes: 30, handsOffMinutes: 30, approvedMinutes: 30 } });
    const capped = { ...short, ban: { ...short.ban, handsOffMinutes: 60 } };
    expect(extendKnocking(knocking(), at(60), capped)).toMatchObject({ expiresAt: iso(90) });
  });

  test.each([
    { case: "it lasts still", ban: knocking(), now: 59 },
    { case: "it was let go", ban: knocking({ status: "released" }), now: 60 },
    { case: "it was simulated", ban: knocking({ simulated: true }), now: 60 },
    { case: "it went on three times", ban: knocking({ extensions: 3 }), now: 60 },
    { case: "nobody knocked", ban: aBan(), now: 60 },
    { case: "the knock was more than 45 minutes before its end", ban: knocking({ knock: knockAt(14.9) }), now: 60 },
    { case: "the sweep came when the longer one would be over, too", ban: knocking(), now: 120 },
    {
      case: "a person's claim ended last",
      ban: knocking({
        claims: { "run-1": aClaim(), "manual:ada": aClaim({ origin: "manual", until: iso(70) }) },
        expiresAt: iso(70),
      }),
      now: 70,
    },
  ])("ends all the same if $case", ({ ban, now }) => {
    expect(extendKnocking(ban, at(now), calm)).toBe("unchanged");
  });

  test.each([
    { case: "after a knock 45 minutes before its end", ban: knocking({ knock: knockAt(15) }), now: 60, times: 1 },
    { case: "a third time", ban: knocking({ extensions: 2 }), now: 60, times: 3 },
    { case: "up to the last minute", ban: knocking(), now: 119, times: 1 },
  ])("goes on $case", ({ ban, now, times }) => {
    expect(extendKnocking(ban, at(now), calm)).toMatchObject({ status: "active", extensions: times });
  });

  test("keeps its knock and its count while further runs claim it, and loses them with a new ban", () => {
    const going = aBan({ knock: knockAt(50), extensions: 2 });
    expect(applyClaim(going, anOrder({ key: "run-2" }), at(30), calm)).toMatchObject({
      knock: knockAt(50),
      extensions: 2,
    });
    const anew = applyClaim(going, anOrder({ key: "run-2", at: at(70) }), at(70), calm);
    expect(anew).not.toHaveProperty("knock");
    expect(anew).not.toHaveProperty("extensions");
  });
});

test("the claim that a ban lasts for is hands-off and ends with it", () => {
  const claims = { short: aClaim({ until: iso(30) }), asked: aClaim({ origin: "approved" }), last: aClaim() };
  expect(lastAutoClaim(aBan({ claims }))?.[0]).toBe("last");
  expect(lastAutoClaim(aBan({ claims: { short: claims.short, asked: claims.asked } }))).toBeUndefined();
});

test("a ban weighs as much as its best claim, and a person's is the best there is", () => {
  const ofScores = (...scores: number[]) =>
    weightOf(aBan({ claims: Object.fromEntries(scores.map((score, n) => [`run-${n}`, aClaim({ score })])) }));
  expect(ofScores(71, 93, 80)).toBe(93);
  expect(ofScores()).toBe(0);
  const manual = aClaim({ origin: "manual", score: 0 });
  expect(weightOf(aBan({ claims: { "manual:ada": manual, "run-1": aClaim({ score: 99 }) } }))).toBe(100);
});

describe("of two claims under one key", () => {
  const held = (over = {}) => aBan({ claims: { "run-1": aClaim(over) } });
  const order = (over = {}) => anOrder({ ...over });

  test.each([
    {
      case: "the same run's stands, however long the second",
      ban: held(),
      claim: order({ minutes: 300 }),
      stands: true,
    },
    {
      case: "an approval that ends later replaces it",
      ban: held(),
      claim: order({ origin: "approved", minutes: 61 }),
      stands: false,
    },
    {
      case: "an approval that ends with it replaces it",
      ban: held(),
      claim: order({ origin: "approved" }),
      stands: false,
    },
    {
      case: "an approval that ends before does not",
      ban: held(),
      claim: order({ origin: "approved", minutes: 59 }),
      stands: true,
    },
    {
      case: "hands-off never replaces an approval that ends with it",
      ban: held({ origin: "approved" }),
      claim: order(),
      stands: true,
    },
    {
      case: "hands-off that ends later does",
      ban: held({ origin: "approved" }),
      claim: order({ minutes: 61 }),
      stands: false,
    },
    {
      case: "a person may make it shorter",
      ban: held({ origin: "manual" }),
      claim: order({ origin: "manual", minutes: 10 }),
      stands: false,
    },
    {
      case: "a person who says the same changes nothing",
      ban: held({ origin: "manual" }),
      claim: order({ origin: "manual" }),
      stands: true,
    },
  ])("$case", ({ ban, claim, stands }) => {
    expect(applyClaim(ban, claim, NOON, calm) === "unchanged").toBe(stands);
  });
});

test("of claims that are over the twenty latest are kept, and of those that last all", () => {
  const over = Object.fromEntries(
    Array.from({ length: 25 }, (_, n) => [`old-${n}`, aClaim({ until: iso(n + 1), at: iso(-60) })]),
  );
  const ban = aBan({ claims: { ...over, last: aClaim({ until: iso(90) }) }, expiresAt: iso(90) });
  const next = applyClaim(ban, anOrder({ key: "run-2", at: at(30) }), at(30), calm) as Ban;
  const kept = Array.from({ length: 20 }, (_, n) => `old-${n + 5}`);
  expect(Object.keys(next.claims).sort()).toEqual([...kept, "last", "run-2"].sort());
});

test("twenty claims that are over are all kept", () => {
  const over = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`old-${n}`, aClaim({ until: iso(n + 1) })]));
  const ban = aBan({ claims: { ...over, last: aClaim({ until: iso(90) }) }, expiresAt: iso(90) });
  const next = applyClaim(ban, anOrder({ key: "run-2", at: at(30) }), at(30), calm) as Ban;
  expect(Object.keys(next.claims)).toHaveLength(22);
});

describe("strikes", () => {
  test("decay in full periods only, and none comes back with a clock that was set back", () => {
    const ban = aBan({ strikes: 3, lastStrikeAt: iso(0) });
    expect(standingStrikes(ban, NOON + 14 * DAY - 1, calm)).toBe(3);
    expect(standingStrikes(ban, NOON - 30 * DAY, calm)).toBe(3);
    expect(standingStrikes(ban, NOON + 28 * DAY, calm)).toBe(1);
    expect(standingStrikes(aBan({ strikes: 3 }), NOON, calm)).toBe(0);
    expect(standingStrikes(null, NOON, calm)).toBe(0);
  });

  test("of a simulated or a manual ban are not taken back, for none was counted", () => {
    const simulated = aBan({ strikes: 2, simulated: true });
    expect(releaseByPerson(simulated, at(1), at(60))).toMatchObject({ strikes: 2 });
    const manual = aBan({ strikes: 2, claims: { "manual:ada": aClaim({ origin: "manual" }) } });
    expect(releaseByPerson(manual, at(1), at(60))).toMatchObject({ strikes: 2 });
    expect(releaseByPerson(aBan({ strikes: 2 }), at(1), at(60))).toMatchObject({ strikes: 1 });
    expect(releaseByPerson(aBan({ strikes: 0 }), at(1), at(60))).toMatchObject({ strikes: 0 });
  });

  test("date from the latest claim that is no person's", () => {
    const first = aBan({ claims: { "run-1": aClaim({ at: iso(-5) }) }, lastStrikeAt: iso(-5) });
    const second = applyClaim(first, anOrder({ key: "run-2", at: at(0) }), at(0), calm);
    expect(second).toMatchObject({ strikes: 1, lastStrikeAt: iso(0) });
    const manual = anOrder({ key: "manual:ada", origin: "manual", at: at(3) });
    expect(applyClaim(second as Ban, manual, at(3), calm)).toMatchObject({ strikes: 1, lastStrikeAt: iso(0) });
  });
});

describe("a ban that somebody let go", () => {
  const released = aBan({
    status: "released",
    releasedAt: iso(30),
    expiresAt: iso(30),
    claims: {},
    noRebanBefore: iso(120),
  });

  test("is no ban to a claim of the instant at which nobody forbids it any more", () => {
    expect(applyClaim(released, anOrder({ key: "run-2", at: at(119) }), at(119), calm)).toBe("unchanged");
    const anew = applyClaim(released, anOrder({ key: "run-2", at: at(120) }), at(120), calm);
    expect(anew).toMatchObject({ status: "active", releasedAt: iso(30), bannedAt: iso(120), noRebanBefore: iso(120) });
  });

  test("may be banned by a person at once, who lifts the promise", () => {
    const order = anOrder({ key: "manual:ada", origin: "manual", at: at(20) });
    const anew = applyClaim(released, order, at(40), calm);
    expect(anew).toMatchObject({ status: "active" });
    expect(anew).not.toHaveProperty("noRebanBefore");
  });

  test("remembers its last release while the next ban lasts, and later claims of before it stay void", () => {
    const active = {
      ...released,
      status: "active" as const,
      claims: { "run-2": aClaim({ until: iso(200) }) },
      expiresAt: iso(200),
    };
    expect(
      applyClaim(active, anOrder({ key: "run-3", origin: "approved", at: at(29), minutes: 600 }), at(130), calm),
    ).toBe("unchanged");
    const next = applyClaim(
      active,
      anOrder({ key: "run-3", origin: "approved", at: at(30), minutes: 600 }),
      at(130),
      calm,
    );
    expect(next).toMatchObject({ releasedAt: iso(30) });
  });

  test("is not released again, and undoing one of its runs only deletes the claim", () => {
    expect(releaseExpired(released, at(200))).toBe("unchanged");
    const past = { ...released, claims: { "run-1": aClaim() } };
    expect(undoClaim(past, "run-1", at(200))).toMatchObject({
      status: "released",
      claims: {},
      releasedAt: iso(30),
      version: 2,
    });
  });
});

test("undoing the longest of several claims ends the ban with the next; one that is over already holds nothing", () => {
  const claims = { "run-1": aClaim({ until: iso(90) }), "run-2": aClaim({ until: iso(60) }) };
  const ban = aBan({ claims, expiresAt: iso(90) });
  expect(undoClaim(ban, "run-1", at(59))).toMatchObject({ status: "active", expiresAt: iso(60) });
  expect(undoClaim(ban, "run-1", at(60))).toMatchObject({
    status: "released",
    expiresAt: iso(60),
    releasedAt: iso(60),
  });
});

test("a claim escalates to the cap at most, and its jitter comes on top", () => {
  const before = aBan({
    status: "released",
    releasedAt: iso(-60),
    expiresAt: iso(-60),
    strikes: 9,
    lastStrikeAt: iso(-60),
  });
  const claimed = applyClaim(before, anOrder({ jitter: -0.1 }), NOON, calm) as Ban;
  expect(Date.parse(claimed.expiresAt) - NOON).toBe(0.9 * 7 * 24 * HOUR);
});

test("targets add up in one order, whoever claims first", () => {
  const pool = aBan({ targets: ["pool"] });
  expect(applyClaim(pool, anOrder({ key: "run-2", targets: ["edge"] }), NOON, calm)).toMatchObject({
    targets: ["edge", "pool"],
  });
});

test("a claim tells by which paths its calls came, where that is known", () => {
  const known = applyClaim(null, anOrder({ paths: ["proxied"] }), NOON, calm) as Ban;
  expect(known.claims["run-1"]).toMatchObject({ paths: ["proxied"], at: iso(0), by: "portcullis", score: 90 });
  expect((applyClaim(null, anOrder(), NOON, calm) as Ban).claims["run-1"]).not.toHaveProperty("paths");
});
