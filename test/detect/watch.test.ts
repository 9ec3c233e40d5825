import { admitRun } from "../../functions/detect/admit.ts";
import { claimLease } from "../../functions/detect/lease.ts";
import { nextRound } from "../../functions/detect/run.ts";
import { type AlarmState, decideWatch, LOGS_ARE_IN } from "../../functions/detect/watch.ts";
import { abandonRun, watchRun } from "../../functions/detect/watch-run.ts";
import { aLease, alarmFacts, aRun, iso, MINUTE, memoryLeases, NOW } from "./run-builders.ts";

const rounds = { roundSeconds: 60, maxRounds: 30 };
const name = "portcullis-UserAuthentication-50";

function state(parts: Partial<AlarmState> = {}): AlarmState {
  return { name, region: "eu-west-1", inAlarm: true, since: NOW, ...parts };
}

function lookedAt(at: number) {
  return {
    shortWindow: { from: iso(at - 10 * MINUTE), to: iso(at) },
    slowWindow: { from: iso(at - 24 * 60 * MINUTE), to: iso(at) },
  };
}

describe("whether a run looks again", () => {
  test("while the alarm lasts, one round after the last look", () => {
    const facts = { run: aRun(), lease: aLease(), alarms: [state()], now: NOW + 20_000 };
    expect(decideWatch(facts, rounds)).toMatchObject({ again: true, look: true, waitSeconds: 40 });
  });

  test("at once, if a round took longer than it should", () => {
    const facts = { run: aRun(), lease: aLease(), alarms: [state()], now: NOW + 5 * MINUTE };
    expect(decideWatch(facts, rounds)).toMatchObject({ again: true, look: true, waitSeconds: 0 });
  });

  test("after OK it asks for the alarm each round until the logs are in, then looks a last time", () => {
    const over = state({ inAlarm: false, since: NOW + 2 * MINUTE });
    const settled = NOW + 2 * MINUTE + LOGS_ARE_IN;
    const waiting = { run: aRun(), lease: aLease(), alarms: [over], now: NOW + 3 * MINUTE };
    expect(decideWatch(waiting, rounds)).toMatchObject({ again: true, look: false, waitSeconds: 60 });
    expect(decideWatch({ ...waiting, now: settled - 30_000 }, rounds)).toMatchObject({
      again: true,
      look: true,
      waitSeconds: 30,
    });
    const after = { ...waiting, run: aRun({ round: 2, ...lookedAt(settled) }), now: settled + 10_000 };
    expect(decideWatch(after, rounds)).toMatchObject({ again: false, reason: expect.stringContaining("logs") });
  });

  test("the last look still holds the burst that set the alarm off, however long the logs took", () => {
    const off = NOW + 2 * MINUTE;
    const facts = { run: aRun(), lease: aLease(), alarms: [state({ inAlarm: false, since: off })] };
    const decision = decideWatch({ ...facts, now: off + LOGS_ARE_IN - 30_000 }, rounds);
    expect(decision).toMatchObject({ look: true, shortTo: off });
    const { shortWindow, lookedAt } = nextRound(aRun(), off + LOGS_ARE_IN, off);
    expect(shortWindow).toEqual({ from: iso(off - 10 * MINUTE), to: iso(off) });
    expect(lookedAt).toBe(iso(off + LOGS_ARE_IN));
  });

  describe("when logs are late", () => {
    const off = NOW + 2 * MINUTE;
    const settled = off + LOGS_ARE_IN;
    const looked = { ...lookedAt(settled), shortWindow: lookedAt(off).shortWindow };
    const lacking = { coverage: 0.87, evidenceCompleteTo: iso(off - 4 * MINUTE) };
    const at = (run: Partial<Parameters<typeof aRun>[0]>, now = settled + 10_000) =>
      decideWatch(
        { run: aRun({ ...looked, ...run }), lease: aLease(), alarms: [state({ inAlarm: false, since: off })], now },
        rounds,
      );

    test("the same minutes are looked at again five minutes later", () => {
      expect(at(lacking)).toMatchObject({ again: true, look: true, waitSeconds: 300, shortTo: off });
    });

    test("also where no minute of them is complete", () => {
      expect(at({ coverage: 0, evidenceCompleteTo: null })).toMatchObject({ again: true, look: true });
    });

    test("until they are in, or nobody expects them any more", () => {
      expect(at({ coverage: 0.99, evidenceCompleteTo: iso(off) })).toMatchObject({ again: false });
      expect(at(lacking, off + 39 * MINUTE)).toMatchObject({ again: true });
      expect(at(lacking, off + 40 * MINUTE)).toMatchObject({ again: false });
    });

    test("but not where nobody can count them", () => {
      expect(at({ coverage: null, evidenceCompleteTo: null })).toMatchObject({ again: false });
    });
  });

  describe("when the quota is used by others", () => {
    const run = aRun({ notOurs: { calls: 10, theirs: 9, completeTo: iso(NOW + MINUTE), others: [] } });
    const joined = (at: number) => ({ name: "portcullis-UserAuthentication-70", region: "eu-west-1", at });
    const decide = (lease = aLease()) => decideWatch({ run, lease, alarms: [state()], now: NOW + 7 * MINUTE }, rounds);

    test("the run is over while the alarm lasts, and says why", () => {
      expect(decide()).toMatchObject({ again: false, ending: "not-ours" });
      expect(decide(aLease({ alarms: [joined(NOW + MINUTE)] }))).toMatchObject({ ending: "not-ours" });
    });

    test("an alarm that joined after what CloudTrail shows keeps it going", () => {
      expect(decide(aLease({ alarms: [joined(NOW + 2 * MINUTE)] }))).toMatchObject({ again: true });
    });

    test("another run's lease is not ended for it", () => {
      expect(decide(aLease({ owner: "run-2" }))).not.toHaveProperty("ending");
    });
  });

  test("an alarm that was over before the first look still gets a look at its logs", () => {
    const over = state({ inAlarm: false, since: NOW - 60 * MINUTE });
    const facts = { run: aRun(), lease: aLease(), alarms: [over], now: NOW + 10_000 };
    expect(decideWatch(facts, rounds)).toMatchObject({ again: true });
  });

  test("a deleted alarm counts as over since the run began", () => {
    const facts = { run: aRun(lookedAt(NOW + LOGS_ARE_IN)), lease: aLease(), alarms: [], now: NOW + LOGS_ARE_IN };
    expect(decideWatch(facts, rounds).again).toBe(false);
  });

  test("an alarm that joined keeps the run going after its own is over", () => {
    const joined = { name: "portcullis-UserAuthentication-90", region: "eu-west-1", at: NOW };
    const alarms = [state({ inAlarm: false, since: NOW - 60 * MINUTE }), state({ name: joined.name })];
    const run = aRun(lookedAt(NOW + 30 * MINUTE));
    const facts = { run, lease: aLease({ alarms: [joined] }), alarms, now: NOW + 30 * MINUTE };
    expect(decideWatch(facts, rounds)).toMatchObject({ again: true, look: true, reason: `in ALARM: ${joined.name}` });
  });

  test("no longer than the limit of rounds, and says so", () => {
    const facts = { run: aRun({ round: 30 }), lease: aLease(), alarms: [state()], now: NOW };
    expect(decideWatch(facts, rounds)).toEqual({
      again: false,
      reason: expect.stringContaining("30 rounds"),
      ending: "at-limit",
      burning: [state().name],
    });
    const over = { ...facts, alarms: [state({ inAlarm: false, since: NOW })] };
    expect(decideWatch(over, rounds)).toEqual({
      again: false,
      reason: expect.stringContaining("30 rounds"),
      ending: "over",
    });
  });

  test.each([
    { case: "taken over", lease: aLease({ owner: "run-9", fence: 2 }) },
    { case: "released", lease: aLease({ owner: null }) },
    { case: "gone", lease: null },
    { case: "its own under a newer fence", lease: aLease({ fence: 2 }) },
  ])("a run whose lease is $case stops", ({ lease }) => {
    const facts = { run: aRun(), lease, alarms: [state()], now: NOW };
    expect(decideWatch(facts, rounds)).toEqual({ again: false, reason: expect.stringContaining("lease") });
  });

  test.each(["patrol", "manual"] as const)("a %s looks once", (trigger) => {
    const run = aRun({ trigger, alarmName: null, alarmRegion: null });
    expect(decideWatch({ run, lease: aLease(), alarms: [], now: NOW }, rounds).again).toBe(false);
  });
});

test.each([
  { case: "every minute", everyMinutes: 1 },
  { case: "every three minutes", everyMinutes: 3 },
  { case: "as slowly as the cool-down lets it", everyMinutes: 7 },
])("an alarm that flaps $case is one run, which outlasts it and ends once", async ({ everyMinutes }) => {
  const { leases, stored } = memoryLeases(aLease());
  const end = NOW + 30 * MINUTE;
  const phase = (at: number) => Math.floor((at - NOW) / (everyMinutes * MINUTE));
  const alarmAt = (at: number) => {
    const last = Math.min(at, end);
    const since = NOW + phase(last) * everyMinutes * MINUTE;
    return at >= end ? state({ inAlarm: false, since: end }) : state({ inAlarm: phase(last) % 2 === 0, since });
  };
  let run = aRun();
  let now = NOW + 5_000;
  let fired = 0;
  const endings: unknown[] = [];
  for (let calls = 0; calls < 200 && endings.length === 0; calls += 1) {
    const before = now;
    const watched = await watchRun({ leases, alarms: { read: async () => [alarmAt(now)] } }, run, now, {
      ...rounds,
      maxRounds: 60,
    });
    run = watched.run;
    if (!watched.decision.again) endings.push(watched.decision);
    now += (watched.decision.again ? watched.decision.waitSeconds : 0) * 1_000 + 5_000;
    // Each time that it fires again in the meantime, EventBridge starts an execution.
    for (let at = before + 1_000; at < Math.min(now, end); at += 1_000) {
      if (phase(at) === phase(at - 1_000) || phase(at) % 2 !== 0 || endings.length > 0) continue;
      fired += 1;
      const trigger = {
        kind: "alarm",
        alarmName: name,
        alarmRegion: "eu-west-1",
        category: run.category,
        at,
        facts: alarmFacts,
      } as const;
      const admission = { trigger, runId: `run-${fired + 1}`, startedAt: at, now: at, roundSeconds: 60 };
      expect(await admitRun(leases, admission)).toMatchObject({ decision: "joined" });
    }
  }
  expect(fired).toBeGreaterThan(1);
  expect(endings).toMatchObject([{ ending: "over" }]);
  expect(now).toBeGreaterThan(end + LOGS_ARE_IN);
  expect(stored()).toMatchObject({ owner: null, fence: 1 });
});

describe("a round's end", () => {
  const alarms = (...states: AlarmState[]) => ({ read: async () => states });

  test("a run that goes on renews its lease past its wait and moves its windows to the look", async () => {
    const { leases, stored } = memoryLeases(aLease());
    const { run } = await watchRun({ leases, alarms: alarms(state()) }, aRun(), NOW + 20_000, rounds);
    expect(run).toMatchObject({ round: 2, shortWindow: { from: iso(NOW - 9 * MINUTE), to: iso(NOW + MINUTE) } });
    expect(stored()).toMatchObject({ owner: "run-1", expiresAt: NOW + MINUTE + 3 * MINUTE });
  });

  test("a round that only asks for the alarm is no round: windows and count stay", async () => {
    const { leases } = memoryLeases(aLease());
    const over = state({ inAlarm: false, since: NOW });
    const { run } = await watchRun({ leases, alarms: alarms(over) }, aRun(), NOW + 20_000, rounds);
    expect(run).toEqual(aRun());
  });

  test("a run that ends releases its lease", async () => {
    const { leases, stored } = memoryLeases(aLease());
    const { decision } = await watchRun({ leases, alarms: alarms() }, aRun({ round: 30 }), NOW, rounds);
    expect(decision.again).toBe(false);
    expect(stored()).toMatchObject({ owner: null, fence: 1 });
  });

  describe("that is decided twice, as a retry does", () => {
    const notOurs = { calls: 10, theirs: 9, completeTo: iso(NOW + MINUTE), others: [] };
    const ends = [
      { case: "not-ours", run: aRun({ notOurs }), ending: "not-ours" },
      { case: "at the limit", run: aRun({ round: 30 }), ending: "at-limit" },
      { case: "over", run: aRun({ round: 2, ...lookedAt(NOW + LOGS_ARE_IN) }), ending: "over" },
    ];
    const first = (given: { run: ReturnType<typeof aRun>; ending: string }) => {
      const inAlarm = given.ending !== "over";
      const store = memoryLeases(aLease());
      const watch = (at: number, alarm = state({ inAlarm, since: NOW })) =>
        watchRun({ leases: store.leases, alarms: alarms(alarm) }, given.run, at, rounds);
      return { ...store, watch };
    };

    test.each(ends)("$case: the second is told the same, whatever the alarm does meanwhile", async (given) => {
      const { watch, stored } = first(given);
      const { decision } = await watch(NOW + LOGS_ARE_IN);
      const released = stored();
      expect(decision).toMatchObject({ again: false, ending: given.ending });
      expect((await watch(NOW + LOGS_ARE_IN + MINUTE, state({ inAlarm: given.ending === "over" }))).decision).toEqual(
        decision,
      );
      expect(stored()).toEqual(released);
    });

    test.each(ends)("$case: also once another run holds the lease, which stays that run's", async (given) => {
      const { watch, leases, stored } = first(given);
      const { decision } = await watch(NOW + LOGS_ARE_IN);
      const claim = { category: "UserAuthentication", owner: "run-2", now: NOW, expiresAt: NOW + MINUTE, alarm: null };
      await leases.write(claimLease(stored(), claim).lease);
      expect((await watch(NOW + LOGS_ARE_IN + MINUTE)).decision).toEqual(decision);
      expect(stored()).toMatchObject({ owner: "run-2", fence: 2 });
    });
  });

  test("a run that has lost its lease leaves the lease alone", async () => {
    const held = aLease({ owner: "run-9", fence: 2 });
    const { leases, stored } = memoryLeases(held);
    await watchRun({ leases, alarms: alarms(state()) }, aRun(), NOW, rounds);
    await abandonRun(leases, aRun(), NOW);
    expect(stored()).toEqual(held);
  });

  test("an alarm that joins between the decision to end and the release keeps the run going", async () => {
    const { leases, stored, contend } = memoryLeases(aLease());
    const joined = { name: "portcullis-UserAuthentication-90", region: "eu-west-1", at: NOW + LOGS_ARE_IN };
    contend(
      (current) =>
        claimLease(current, { category: "UserAuthentication", owner: "run-2", now: NOW, expiresAt: NOW, alarm: joined })
          .lease,
    );
    const asked: string[][] = [];
    const states = {
      read: async (watched: readonly { name: string }[]) => {
        asked.push(watched.map((one) => one.name));
        return watched.map((one) => state({ name: one.name, inAlarm: one.name === joined.name, since: NOW }));
      },
    };
    const run = aRun(lookedAt(NOW + LOGS_ARE_IN));
    const { decision } = await watchRun({ leases, alarms: states }, run, NOW + LOGS_ARE_IN, rounds);
    expect(asked).toEqual([[name], [name, joined.name]]);
    expect(decision).toMatchObject({ again: true, look: true });
    expect(stored()?.owner).toBe("run-1");
  });

  test("a failed run frees its lease at once, and its alarms are the next run's", async () => {
    const alarm = { name, region: "eu-west-1", at: NOW - MINUTE };
    const { leases, stored } = memoryLeases(aLease({ alarms: [alarm] }));
    await abandonRun(leases, aRun(), NOW);
    await abandonRun(leases, aRun(), NOW + MINUTE);
    const claim = { category: "UserAuthentication", owner: "run-2", now: NOW, expiresAt: NOW + MINUTE, alarm: null };
    expect(claimLease(stored(), claim)).toMatchObject({ outcome: "taken", lease: { owner: "run-2", alarms: [alarm] } });
  });
});
