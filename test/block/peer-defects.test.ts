/**
 * What has gone wrong in others' tools that block by log, each defect by its name. AWS-SA is Security Automations for
 * AWS WAF 4.0.4, GuardDuty the sample amazon-guardduty-waf-acl. Paging is tried in the ledger's contract on engines.
 */
import fc from "fast-check";

import { applyClaim, releaseByPerson } from "../../functions/block/ledger.ts";
import { writeListing } from "../../functions/block/listing-text.ts";
import { planBans } from "../../functions/block/plan.ts";
import { evidenceValues } from "../../functions/detect/evidence-query.ts";
import { parseRows } from "../../functions/detect/profile-rows.ts";
import type { Ban } from "../../functions/domain/ban.ts";
import { ConflictError, RetryableError } from "../../functions/domain/errors.ts";
import { DAY, HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { sourceOf } from "../../functions/domain/source.ts";
import { aBan, aClaim, anOrder, aRun, aVerdict, calm, exclusions, loneSource, NOON, sets } from "./builders.ts";
import { aScene } from "./scene.ts";

const [A, B, C] = [loneSource(1), loneSource(2), loneSource(3)];
const oneShard = { edge: { ...sets.edge, auto: { v4: ["auto-v4-1"], v6: ["auto-v6-1"] } }, pool: null };
const at = (minutes: number) => NOON + minutes * MINUTE;

describe("not so here, writing the IP set", () => {
  test("AWS-SA: a lock conflict ends the update after one attempt, and the caller goes on as if it were written", async () => {
    let conflicts = 0;
    const scene = aScene({
      fault: (call, phase) => {
        if (call !== "UpdateIPSet" || phase !== "before" || conflicts === 3) return;
        conflicts += 1;
        throw new ConflictError("WAFOptimisticLockException");
      },
    });
    scene.ledger.put(aBan({ source: A }));
    await scene.reconcile();
    expect([conflicts, scene.waf.all("edge")]).toEqual([3, [A]]);
  });

  test("AWS-SA: what fails for good is swallowed", async () => {
    for (const failure of [new ConflictError("lost for ever"), new Error("AccessDeniedException")]) {
      const scene = aScene({
        fault: (call) => {
          if (call === "UpdateIPSet") throw failure;
        },
      });
      scene.ledger.put(aBan());
      await expect(scene.reconcile()).rejects.toThrow();
    }
  });

  test("AWS-SA: the list of before the conflict is sent again with the new token, and the other writer's lines are lost", async () => {
    const other = "203.0.113.50/32";
    let raced = false;
    const scene = aScene({
      sets: oneShard,
      fault: (call, phase) => {
        if (call !== "UpdateIPSet" || phase !== "before" || raced) return;
        raced = true;
        scene.waf.edit("edge", "auto-v4-1", (lines) => [...lines, other]);
      },
    });
    scene.ledger.put(aBan({ source: A }));
    await scene.reconcile();
    expect(scene.waf.all("edge").sort()).toEqual([A, other].sort());
  });

  test("AWS-SA and GuardDuty: the whole set is overwritten, and what people put there is gone", async () => {
    const scene = aScene({ sets: oneShard });
    scene.waf.edit("edge", "auto-v4-1", () => ["203.0.113.50/32"]);
    scene.ledger.put(aBan({ source: A }));
    await scene.reconcile();
    scene.ledger.put(aBan({ source: B }));
    await scene.reconcile();
    expect(scene.waf.all("edge").sort()).toEqual([A, B, "203.0.113.50/32"].sort());
  });

  test("AWS-SA: of 10,001 offenders nobody is blocked", async () => {
    const scene = aScene({ sets: oneShard });
    scene.ledger.put(...Array.from({ length: 10_001 }, (_, n) => aBan({ source: loneSource(n) })));
    const [edge] = await scene.reconcile();
    expect(scene.waf.all("edge")).toHaveLength(10_000);
    expect(edge?.overflow).toHaveLength(1);
  });

  test("GuardDuty: the last entry is never unblocked", async () => {
    const scene = aScene();
    scene.ledger.put(aBan({ source: A }));
    await scene.reconcile();
    scene.at(at(60));
    await scene.sweep();
    expect([...scene.waf.all("edge"), ...scene.waf.all("pool")]).toEqual([]);
  });

  test("GuardDuty: an IPv6 address gets /32", () => {
    expect(sourceOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
  });
});

describe("not so here, choosing whom to ban", () => {
  const row = (source: string, calls: string) => ({ source_ip: source, path: "proxied", whole: "1", calls });

  test('AWS-SA: counters stay text, so "99" ranks above "100"', () => {
    const [small, large] = parseRows([row("198.51.100.1", "99"), row("198.51.100.2", "100")]);
    expect([small?.calls, large?.calls]).toEqual([99, 100]);
    expect(() => parseRows([row("198.51.100.1", "many")])).toThrow("calls");
  });

  test("AWS-SA: of five live blocks one is left after a merge", () => {
    const claim = fc.record({ run: fc.nat(9), minutes: fc.integer({ min: 1, max: 600 }), decided: fc.nat(59) });
    fc.assert(
      fc.property(fc.uniqueArray(claim, { selector: ({ run }) => run, minLength: 1 }), (claims) => {
        let ban: Ban | null = null;
        for (const { run, minutes, decided } of claims) {
          const next = applyClaim(ban, anOrder({ key: `run-${run}`, at: at(decided - 60), minutes }), NOON, calm);
          if (next !== "unchanged") ban = next;
        }
        const live = claims.filter(({ minutes, decided }) => decided - 60 + minutes > 0);
        expect(Object.keys(ban?.claims ?? {}).sort()).toEqual(live.map(({ run }) => `run-${run}`).sort());
        const last = Math.max(...live.map(({ minutes, decided }) => decided - 60 + minutes));
        if (ban) expect(ban.expiresAt).toBe(toIso(at(last)));
      }),
    );
  });

  test("AWS-SA: detection ignores the allow list, so the block list fills with those whom it lets through", () => {
    const verdicts = Array.from({ length: 600 }, (_, n) => aVerdict({ source: `203.0.113.${n % 256}/32`, score: 99 }));
    const plan = planBans({
      ...{ run: aRun(), verdicts: [...verdicts, aVerdict({ source: A, score: 71 })], missing: [], totalCalls: 10_000 },
      ...{ mode: "enforce", policy: calm, exclusions: exclusions({ allow: ["203.0.113.0/24"] }), targets: ["edge"] },
      ...{ bans: new Map(), bansInHour: 0, undone: false, declined: new Set(), establishedUsers: null },
      ...{ usersInHour: 0, at: NOON, random: () => 0.5 },
    });
    expect(plan.apply.map(({ source }) => source)).toEqual([A]);
  });

  test.each([
    { case: "days 8 and 9 of June", from: "2026-06-07T10:00:00Z", to: "2026-06-10T10:00:00Z" },
    { case: "the turn of a month", from: "2026-04-30T23:30:00Z", to: "2026-05-01T00:30:00Z" },
    { case: "the turn of a year", from: "2026-12-31T12:00:00Z", to: "2027-01-01T12:00:00Z" },
    { case: "a leap day", from: "2028-02-28T12:00:00Z", to: "2028-03-01T12:00:00Z" },
    { case: "the night in which clocks go back", from: "2026-10-24T22:00:00Z", to: "2026-10-25T04:00:00Z" },
  ])("AWS-SA: a window drops partitions in its middle: $case", ({ from, to }) => {
    const window = { from: Date.parse(from), to: Date.parse(to) };
    const values = evidenceValues(window, { clientIds: [], gateHashes: [] });
    const [firstDay = "", lastDay = ""] = values;
    const [first = "", last = ""] = values.slice(11, 13);
    for (let time = window.from; time <= window.to; time += 5 * MINUTE) {
      const [day = "", clock = ""] = toIso(time).split("T");
      const partition = `${day.replaceAll("-", "/")}/${clock.slice(0, 2)}/${clock.slice(3, 5)}`;
      expect(partition >= first && partition <= last).toBe(true);
      expect(partition.slice(0, 10) >= firstDay && partition.slice(0, 10) <= lastDay).toBe(true);
    }
  });
});

describe("not so here, letting go", () => {
  test("AWS-SA: a batch ends at the first event that is nothing to remove, and the rest is lost for good", async () => {
    const scene = aScene();
    const over = (source: string) => aBan({ source, expiresAt: toIso(at(60)) });
    scene.ledger.put(over(A), over(B), aBan({ source: C, expiresAt: toIso(at(90)) }));
    await scene.reconcile();
    scene.ledger.lag();
    // The index still shows A, which somebody has let go meanwhile.
    scene.ledger.put(releaseByPerson(over(A), at(59), at(59)) as Ban);
    scene.at(at(60));
    expect(await scene.sweep()).toMatchObject({ released: 1 });
    expect(scene.waf.all("edge")).toEqual([C]);
  });

  test("AWS-SA: what one event has missed no later one makes good", async () => {
    let broken = true;
    const scene = aScene({
      fault: (call) => {
        if (broken && call === "UpdateIPSet") throw new RetryableError("WAF is away");
      },
    });
    broken = false;
    scene.ledger.put(aBan({ source: A }));
    await scene.reconcile();
    broken = true;
    scene.at(at(61));
    await expect(scene.sweep()).rejects.toThrow();
    broken = false;
    await scene.sweep();
    expect(scene.waf.all("edge")).toEqual([]);
  });

  test("AWS-SA: a block made anew is removed at the expiry of the one before", async () => {
    const scene = aScene();
    const first = aBan({ source: A, expiresAt: toIso(at(60)) });
    const released = releaseByPerson(first, at(10), at(10)) as Ban;
    const order = anOrder({ source: A, key: "run-2", at: at(50), minutes: 60 });
    scene.ledger.put(applyClaim(released, order, at(50), calm) as Ban);
    for (const minute of [60, 61, 109]) {
      scene.at(at(minute));
      expect(await scene.sweep()).toMatchObject({ released: 0 });
      expect(scene.waf.all("edge")).toEqual([A]);
    }
  });

  test("AWS-SA: a full set of IPv6 does not fit into one item, so it never expires", async () => {
    const source = (n: number) => `2001:db8:${(n >>> 12).toString(16)}:${(0x1000 + (n & 0xfff) * 2).toString(16)}::/64`;
    const scene = aScene({ sets: oneShard });
    const full = Array.from({ length: 10_000 }, (_, n) => aBan({ source: source(n), expiresAt: toIso(at(60)) }));
    scene.ledger.put(...full);
    await scene.reconcile();
    for (const { written } of scene.ledger.stored.states.values())
      expect(Buffer.byteLength(writeListing(written))).toBeLessThan(400 * 1024);
    expect(scene.waf.all("edge")).toHaveLength(10_000);
    scene.at(at(60));
    expect(await scene.sweep()).toMatchObject({ released: 10_000 });
    expect(scene.waf.all("edge")).toEqual([]);
  });

  test.each(["activeBans", "getBans", "GetIPSet", "getSetState"])(
    "AWS-SA: an input that cannot be read makes the set shorter: %s",
    async (input) => {
      let broken = false;
      const scene = aScene({
        fault: (call) => {
          if (broken && call === input) throw new RetryableError("not now");
        },
      });
      scene.ledger.put(aBan({ source: A }), aBan({ source: B }));
      await scene.reconcile();
      scene.ledger.put(aBan({ source: C }));
      broken = true;
      await expect(scene.reconcile()).rejects.toThrow(RetryableError);
      expect(scene.waf.all("edge").sort()).toEqual([A, B].sort());
    },
  );

  test("AWS-SA: a run that finds nothing unblocks everybody", async () => {
    const scene = aScene();
    scene.ledger.put(
      aBan({ source: A, expiresAt: toIso(NOON + DAY), claims: { r: aClaim({ until: toIso(NOON + DAY) }) } }),
    );
    await scene.reconcile();
    for (let hour = 1; hour < 24; hour += 1) {
      scene.at(NOON + hour * HOUR);
      await scene.sweep();
      expect(scene.waf.all("edge")).toEqual([A]);
    }
  });
});
