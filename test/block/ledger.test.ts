import fc from "fast-check";
import {
  answeredBy,
  applyClaim,
  type Changed,
  isInForce,
  type Order,
  releaseByPerson,
  releaseExpired,
  standingStrikes,
  undoClaim,
} from "../../functions/block/ledger.ts";
import type { Ban } from "../../functions/domain/ban.ts";
import { DAY, HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { aBan, aClaim, anOrder, calm, NOON } from "./builders.ts";

/** Applies one order after the other at `now`, as the ledger would. */
function ledgerAfter(orders: readonly Order[], now = NOON, start: Ban | null = null): Ban | null {
  return orders.reduce<Ban | null>((ban, order) => keep(ban, applyClaim(ban, order, now, calm)), start);
}
function keep(ban: Ban | null, changed: Changed): Ban | null {
  return changed === "unchanged" ? ban : changed;
}
function banned(...orders: Order[]): Ban {
  const ban = ledgerAfter(orders);
  if (!ban) throw new Error("nothing was banned");
  return ban;
}
const endsIn = (ban: Ban | null) => ban && (Date.parse(ban.expiresAt) - NOON) / MINUTE;

test("the first claim bans for the base time and counts a strike", () => {
  expect(banned(anOrder())).toMatchObject({ status: "active", strikes: 1, version: 1, bannedAt: toIso(NOON) });
  expect(endsIn(banned(anOrder()))).toBe(60);
});

test("the same claim again changes nothing, also when it is written later", () => {
  const ban = banned(anOrder());
  expect(applyClaim(ban, anOrder(), NOON + 5 * MINUTE, calm)).toBe("unchanged");
});

test("a second run extends the ban to the later end, without a second strike", () => {
  const ban = ledgerAfter([anOrder(), anOrder({ key: "run-2", minutes: 90 })]);
  expect(endsIn(ban)).toBe(90);
  expect(ban?.strikes).toBe(1);
});

test("a ban is over at its expiry instant, not after it", () => {
  const ban = banned(anOrder());
  expect(isInForce(ban, NOON + HOUR - 1)).toBe(true);
  expect(isInForce(ban, NOON + HOUR)).toBe(false);
  expect(releaseExpired(ban, NOON + HOUR - 1)).toBe("unchanged");
  expect(releaseExpired(ban, NOON + HOUR)).toMatchObject({ status: "released", releasedAt: toIso(NOON + HOUR) });
});

test("each new ban of the same source doubles the time, up to the cap", () => {
  let ban: Ban | null = null;
  let now = NOON;
  const minutes: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    ban = ledgerAfter([anOrder({ key: `run-${round}`, at: now })], now, ban);
    const end = Date.parse(ban?.expiresAt ?? "");
    minutes.push((end - now) / MINUTE);
    now = end + MINUTE;
    ban = keep(ban, ban ? releaseExpired(ban, now) : "unchanged");
  }
  expect(minutes).toEqual([60, 120, 240, 480, 960, 1920, 3840, 7680, 10_080, 10_080]);
});

test.each([
  { case: "right after", days: 0, strikes: 3 },
  { case: "just before a decay period is over", days: 13.9, strikes: 3 },
  { case: "after one period", days: 14, strikes: 2 },
  { case: "after three", days: 42, strikes: 0 },
  { case: "much later", days: 400, strikes: 0 },
])("strikes decay one by one: $case", ({ days, strikes }) => {
  const ban = { ...banned(anOrder()), strikes: 3, lastStrikeAt: toIso(NOON) };
  expect(standingStrikes(ban, NOON + days * DAY, calm)).toBe(strikes);
});

test("jitter shortens or lengthens the time by its share", () => {
  expect(endsIn(banned(anOrder({ jitter: 0.1 })))).toBeCloseTo(66);
  expect(endsIn(banned(anOrder({ jitter: -0.1 })))).toBeCloseTo(54);
});

test("a claim that was decided before the last release is void", () => {
  const released = releaseExpired(banned(anOrder({ minutes: 10 })), NOON + 10 * MINUTE) as Ban;
  const late = anOrder({ key: "run-2", at: NOON + 5 * MINUTE });
  expect(applyClaim(released, late, NOON + 11 * MINUTE, calm)).toBe("unchanged");
  expect(applyClaim(released, { ...late, at: NOON + 10 * MINUTE }, NOON + 11 * MINUTE, calm)).toMatchObject({
    status: "active",
    strikes: 2,
  });
});

test("a claim whose time is over already bans nobody", () => {
  expect(applyClaim(null, anOrder({ minutes: 10 }), NOON + 10 * MINUTE, calm)).toBe("unchanged");
});

test("an expired ban that no sweep has seen yet is a new ban when claimed again", () => {
  const ban = ledgerAfter([anOrder({ key: "run-2", at: NOON + 2 * HOUR })], NOON + 2 * HOUR, banned(anOrder()));
  expect(ban).toMatchObject({ strikes: 2, bannedAt: toIso(NOON + 2 * HOUR), releasedAt: toIso(NOON + HOUR) });
  expect(Object.keys(ban?.claims ?? {})).toEqual(["run-2"]);
});

test("a run that goes on after its ban has expired bans again", () => {
  const later = NOON + 2 * HOUR;
  const released = releaseExpired(banned(anOrder()), later) as Ban;
  expect(applyClaim(released, anOrder({ at: later }), later, calm)).toMatchObject({ status: "active", strikes: 2 });
});

describe("release by a person", () => {
  const ban = banned(anOrder(), anOrder({ key: "run-2" }));
  const released = releaseByPerson(ban, NOON + MINUTE, NOON + DAY) as Ban;

  test("deletes every claim and takes the strike back", () => {
    expect(released).toMatchObject({ status: "released", claims: {}, strikes: 0, noRebanBefore: toIso(NOON + DAY) });
  });
  test("keeps hands-off claims out until then", () => {
    const again = anOrder({ key: "run-3", at: NOON + HOUR });
    expect(applyClaim(released, again, NOON + HOUR, calm)).toBe("unchanged");
    expect(applyClaim(released, { ...again, at: NOON + DAY }, NOON + DAY, calm)).toMatchObject({ status: "active" });
  });
  test.each(["approved", "manual"] as const)("lets a person ban again: %s", (origin) => {
    const order = anOrder({ key: "manual:ada", origin, at: NOON + HOUR });
    expect(applyClaim(released, order, NOON + HOUR, calm)).toMatchObject({ status: "active" });
  });
  test("of what is not banned changes nothing", () => {
    expect(releaseByPerson(released, NOON, NOON)).toBe("unchanged");
    expect(releaseByPerson(null, NOON, NOON)).toBe("unchanged");
  });
});

describe("undo", () => {
  test("deletes the run's claim and leaves the others", () => {
    const ban = banned(anOrder({ key: "run-1", minutes: 90 }), anOrder({ key: "run-2", minutes: 60 }));
    const after = undoClaim(ban, "run-1", NOON + MINUTE) as Ban;
    expect(Object.keys(after.claims)).toEqual(["run-2"]);
    expect(endsIn(after)).toBe(60);
    expect(after).toMatchObject({ status: "active", strikes: 1 });
  });
  test("of the only claim ends the ban, with its strike", () => {
    expect(undoClaim(banned(anOrder()), "run-1", NOON + MINUTE)).toMatchObject({
      status: "released",
      strikes: 0,
      releasedAt: toIso(NOON + MINUTE),
    });
  });
  test("leaves a person's claim standing, but not the strike", () => {
    const ban = banned(anOrder(), anOrder({ key: "manual:ada", origin: "manual", minutes: 30 }));
    expect(undoClaim(ban, "run-1", NOON)).toMatchObject({ status: "active", strikes: 0 });
  });
  test("of a run without a claim changes nothing", () => {
    expect(undoClaim(banned(anOrder()), "run-9", NOON)).toBe("unchanged");
    expect(undoClaim(null, "run-9", NOON)).toBe("unchanged");
  });
});

describe("simulated bans", () => {
  const simulated = banned(anOrder({ simulated: true }));

  test("count no strike", () => expect(simulated).toMatchObject({ simulated: true, strikes: 0 }));
  test("give way to a real claim, which inherits none of their time", () => {
    const real = ledgerAfter([anOrder({ key: "run-2", minutes: 10 })], NOON, simulated);
    expect(real).toMatchObject({ simulated: false, strikes: 1 });
    expect(endsIn(real)).toBe(10);
  });
  test("never weaken a real ban", () => {
    const order = anOrder({ key: "run-2", simulated: true, minutes: 600 });
    expect(applyClaim(banned(anOrder()), order, NOON, calm)).toBe("unchanged");
  });
});

test("an approval of the same run replaces its hands-off claim if it ends later", () => {
  const ban = banned(anOrder(), anOrder({ origin: "approved", by: "ada", minutes: 240 }));
  expect(ban.claims["run-1"]).toMatchObject({ origin: "approved", by: "ada" });
  expect(endsIn(ban)).toBe(240);
});

test("a person's ban neither escalates nor counts as a strike", () => {
  const before = { ...banned(anOrder()), strikes: 3 };
  const released = releaseExpired(before, NOON + HOUR) as Ban;
  const order = anOrder({ key: "manual:ada", origin: "manual", minutes: 30, at: NOON + 2 * HOUR });
  const ban = applyClaim(released, order, NOON + 2 * HOUR, calm) as Ban;
  expect(ban.expiresAt).toBe(toIso(NOON + 2 * HOUR + 30 * MINUTE));
  expect(ban.strikes).toBe(3);
});

test("a thousand expired claims of one endless ban do not outgrow the item", () => {
  let ban: Ban | null = null;
  for (let run = 0; run < 1000; run += 1) {
    const now = NOON + run * 10 * MINUTE;
    ban = ledgerAfter([anOrder({ key: `run-${run}`, at: now, minutes: 20 })], now, ban);
  }
  expect(Object.keys(ban?.claims ?? {}).length).toBeLessThan(30);
  expect(ban?.strikes).toBe(1);
});

describe("laws", () => {
  const order = fc.record({
    key: fc.constantFrom("run-1", "run-2", "run-3", "run-4", "manual:ada"),
    minutes: fc.integer({ min: 1, max: 300 }),
    score: fc.integer({ min: 0, max: 100 }),
    simulated: fc.boolean(),
    at: fc.integer({ min: NOON - 30 * MINUTE, max: NOON }),
  });
  const orders = fc
    .uniqueArray(order, { selector: ({ key }) => key, maxLength: 5 })
    .map((list) => list.map((over) => anOrder({ ...over, origin: over.key.startsWith("manual") ? "manual" : "auto" })));
  /** What must not depend on the order of arrival. */
  const essence = (ban: Ban | null) =>
    ban && [
      Object.entries(ban.claims).sort(),
      ban.expiresAt,
      ban.strikes,
      ban.lastStrikeAt,
      ban.simulated,
      ban.targets,
    ];

  test("claims commute", () => {
    fc.assert(
      fc.property(orders, fc.infiniteStream(fc.nat()), (list, dice) => {
        const shuffled = [...list].sort(() => ((dice.next().value ?? 0) % 2 ? 1 : -1));
        expect(essence(ledgerAfter(shuffled))).toEqual(essence(ledgerAfter(list)));
      }),
    );
  });
  test("applying twice is applying once", () => {
    fc.assert(
      fc.property(orders, (list) => {
        expect(ledgerAfter([...list, ...list])).toEqual(ledgerAfter(list));
      }),
    );
  });
  test("undo leaves exactly what the other claims alone would have made", () => {
    fc.assert(
      fc.property(orders, (list) => {
        const real = list.map((one) => ({ ...one, simulated: false }));
        const undone = real[0]?.key ?? "run-1";
        const with_ = ledgerAfter(real);
        const after = keep(with_, undoClaim(with_, undone, NOON));
        const without = ledgerAfter(real.filter(({ key }) => key !== undone));
        expect(Object.entries(after?.claims ?? {}).sort()).toEqual(Object.entries(without?.claims ?? {}).sort());
        expect(after ? isInForce(after, NOON) : false).toBe(without ? isInForce(without, NOON) : false);
        expect(after?.strikes ?? 0).toBe(without?.strikes ?? 0);
      }),
    );
  });
  test("no claim shortens a ban", () => {
    fc.assert(
      fc.property(orders, order, (list, extra) => {
        const before = ledgerAfter(list);
        const claim = anOrder({ ...extra, key: "run-9" });
        const after = keep(before, applyClaim(before, claim, NOON, calm));
        if (before && !before.simulated && isInForce(before, NOON))
          expect((after?.expiresAt ?? "") >= before.expiresAt).toBe(true);
      }),
    );
  });
});

describe("what a ban has answered", () => {
  const at = (minutes: number) => NOON + minutes * MINUTE;
  const iso = (minutes: number) => toIso(at(minutes));
  const claims = { first: aClaim({ at: iso(0), until: iso(60) }), second: aClaim({ at: iso(30), until: iso(90) }) };
  const ban = aBan({ status: "active", bannedAt: iso(1), expiresAt: iso(90), claims });

  test("is everything to its last claim; and while it lasts, nothing more", () => {
    expect(answeredBy(ban, at(45), "enforce")).toEqual({ bannedAt: null, claimedAt: at(30) });
  });

  test("is, once it is over, what the short window saw of the time before it", () => {
    expect(answeredBy(ban, at(90), "enforce")).toEqual({ bannedAt: at(1), claimedAt: at(30) });
  });

  test("is, once a person has released it, everything to its beginning", () => {
    const released = aBan({ ...ban, status: "released", claims: {}, expiresAt: iso(40), releasedAt: iso(40) });
    expect(answeredBy(released, at(45), "enforce")).toEqual({ bannedAt: at(1), claimedAt: at(1) });
  });

  test.each([
    { case: "while it lasts and bans are simulated", minutes: 45, mode: "observe", bannedAt: null },
    { case: "once it is over, whatever the mode", minutes: 90, mode: "enforce", bannedAt: at(1) },
  ] as const)("is, by a simulated ban $case, what a real one has answered", ({ minutes, mode, bannedAt }) => {
    const simulated = aBan({ ...ban, simulated: true });
    expect(answeredBy(simulated, at(minutes), mode)).toEqual({ bannedAt, claimedAt: at(30) });
  });

  test.each(["enforce", "approve"] as const)("is nothing where a simulated ban lasts and the mode is %s", (mode) => {
    expect(answeredBy(aBan({ ...ban, simulated: true }), at(45), mode)).toBeNull();
  });
});
