import fc from "fast-check";

import { admitRun } from "../../functions/detect/admit.ts";
import { claimLease, holds, type Lease, releaseLease, renewLease } from "../../functions/detect/lease.ts";
import { aLease, alarmFacts, MINUTE, memoryLeases, NOW } from "./run-builders.ts";

const alarm = { name: "portcullis-UserAuthentication-70", region: "eu-west-1", at: NOW };

function claim(parts: Partial<Parameters<typeof claimLease>[1]> = {}) {
  return { category: "UserAuthentication", owner: "run-2", now: NOW, expiresAt: NOW + 3 * MINUTE, alarm, ...parts };
}

describe("claiming", () => {
  test("a free category is taken with the first fence", () => {
    const { outcome, lease } = claimLease(null, claim());
    expect(outcome).toBe("taken");
    expect(lease).toMatchObject({ owner: "run-2", fence: 1, version: 1, alarms: [alarm] });
  });

  test("a held lease is joined: the holder stays, the alarm is recorded once", () => {
    const once = claimLease(aLease(), claim());
    expect(once).toMatchObject({ outcome: "joined", lease: { owner: "run-1", fence: 1, alarms: [alarm], version: 2 } });
    const twice = claimLease(once.lease, claim({ owner: "run-3" }));
    expect(twice.lease.alarms).toEqual([alarm]);
  });

  test("a lease is over at its expiry and is taken over with a higher fence, and with the alarms of the run that died", () => {
    const old = { ...alarm, name: "old" };
    const stale = aLease({ fence: 4, expiresAt: NOW, alarms: [old] });
    expect(claimLease(stale, claim())).toMatchObject({
      outcome: "taken",
      lease: { owner: "run-2", fence: 5, alarms: [old, alarm] },
    });
  });

  test("the owner gets its own lease again, with the same fence", () => {
    const again = claimLease(aLease({ owner: "run-2", fence: 7 }), claim());
    expect(again).toMatchObject({ outcome: "taken", lease: { owner: "run-2", fence: 7 } });
  });

  test("a released lease is free, and its fence goes on rising", () => {
    expect(claimLease(releaseLease(aLease({ fence: 3 })), claim())).toMatchObject({
      outcome: "taken",
      lease: { fence: 4 },
    });
  });

  test("however many alarms join, the record stays small and keeps the latest", () => {
    let lease: Lease = aLease();
    for (let index = 0; index < 200; index += 1)
      lease = claimLease(lease, claim({ alarm: { ...alarm, name: `a${index}` } })).lease;
    expect(lease.alarms.length).toBeLessThanOrEqual(20);
    expect(lease.alarms.at(-1)?.name).toBe("a199");
  });

  test("whatever runs claim, renew and release in any order, a fence never belongs to two runs", () => {
    const step = fc.record({
      owner: fc.constantFrom("a", "b", "c"),
      wait: fc.integer({ min: 0, max: 5 * MINUTE }),
      next: fc.constantFrom("nothing", "renew", "release"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const owners = new Map<number, string>();
        let lease: Lease | null = null;
        let now = NOW;
        for (const { owner, wait, next } of steps) {
          now += wait;
          const claimed = claimLease(lease, claim({ owner, now, expiresAt: now + 3 * MINUTE }));
          expect(claimed.lease.version).toBe(((lease as Lease | null)?.version ?? 0) + 1);
          lease = claimed.lease;
          if (claimed.outcome === "taken") {
            expect(owners.get(lease.fence) ?? owner).toBe(owner);
            owners.set(lease.fence, owner);
          }
          if (!holds(lease, { owner, fence: lease.fence })) continue;
          if (next === "renew") lease = renewLease(lease, now + 3 * MINUTE);
          if (next === "release") lease = releaseLease(lease);
        }
      }),
    );
  });
});

describe("admission", () => {
  const admission = {
    trigger: {
      kind: "alarm" as const,
      alarmName: alarm.name,
      alarmRegion: alarm.region,
      category: "UserAuthentication",
      at: NOW,
      facts: alarmFacts,
    },
    runId: "run-2",
    startedAt: NOW,
    now: NOW + 1000,
    roundSeconds: 60,
  };

  test("a run looks back ten minutes from now and a day from the last hour that is rolled up, and knows its alarm", async () => {
    const { leases } = memoryLeases();
    const admitted = await admitRun(leases, admission);
    expect(admitted).toMatchObject({
      decision: "run",
      run: {
        runId: "run-2",
        round: 1,
        fence: 1,
        alarmName: alarm.name,
        alarmRegion: "eu-west-1",
        alarm: { at: "2026-11-22T12:00:00.000Z", ...alarmFacts },
        startedAt: "2026-11-22T12:00:00.000Z",
        shortWindow: { from: "2026-11-22T11:50:01.000Z", to: "2026-11-22T12:00:01.000Z" },
        slowWindow: { from: "2026-11-21T11:00:00.000Z", to: "2026-11-22T11:00:00.000Z" },
        lookedAt: "2026-11-22T12:00:01.000Z",
      },
    });
  });

  test("a lease lasts two rounds, and three minutes at least", async () => {
    const short = memoryLeases();
    await admitRun(short.leases, admission);
    expect(short.stored()?.expiresAt).toBe(admission.now + 3 * MINUTE);
    const long = memoryLeases();
    await admitRun(long.leases, { ...admission, roundSeconds: 300 });
    expect(long.stored()?.expiresAt).toBe(admission.now + 10 * MINUTE);
  });

  test("of two executions that claim at the same moment one runs and the other joins it", async () => {
    const { leases, stored, contend } = memoryLeases();
    contend((current) => claimLease(current, claim({ owner: "run-1" })).lease);
    const admitted = await admitRun(leases, admission);
    expect(admitted).toMatchObject({ decision: "joined", reason: expect.stringContaining("run-1") });
    expect(stored()).toMatchObject({ owner: "run-1", alarms: [alarm] });
  });

  test("a patrol does not meet the leases of alarms", async () => {
    const seen: string[] = [];
    const { leases } = memoryLeases();
    const watched = {
      ...leases,
      read: (category: string) => {
        seen.push(category);
        return leases.read();
      },
    };
    const admitted = await admitRun(watched, { ...admission, trigger: { kind: "patrol" } });
    expect(seen).toEqual(["patrol"]);
    expect(admitted).toMatchObject({ decision: "run", run: { category: "all", alarmName: null } });
  });

  test("a lease that never stops changing is an error worth trying again", async () => {
    const { leases } = memoryLeases();
    await expect(admitRun({ ...leases, write: async () => false }, admission)).rejects.toThrow(
      expect.objectContaining({ name: "RetryableError" }),
    );
  });
});
