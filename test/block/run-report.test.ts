import type { Ban } from "../../functions/domain/ban.ts";
import { DAY, HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import type { RefusedBan } from "../../functions/domain/plan.ts";
import type { Proposal } from "../../functions/domain/proposal.ts";
import { reliefKey, reportKey, verdictsKey } from "../../functions/domain/run-keys.ts";
import { aBan, aClaim, aFiledBan, aPlan, aPlannedBan, aReason, aRun, aVerdict, NOON } from "./builders.ts";
import { aReportScene } from "./report-scene.ts";

const offender = "198.51.100.7/32";
const other = "198.51.100.8/32";
const fatesOf = (report: { offenders: readonly { source: string; fate: { state: string } }[] }) =>
  report.offenders.map(({ source, fate }) => [source, fate.state]);

function aProposal(over: Partial<Proposal> = {}): Proposal {
  return {
    ...{ schema: 1, id: "p-1", category: "UserAuthentication", version: 1, hash: "h", entriesKey: "e" },
    ...{ sources: 2, topScore: 93, status: "open", run: aRun(), createdAt: toIso(NOON), updatedAt: toIso(NOON) },
    decision: null,
    ...over,
  };
}

describe("a run that bans", () => {
  test("tells the alarm, who was banned until when and by what, and how it is taken back", async () => {
    const scene = aReportScene();
    const alarm = { at: toIso(NOON), metric: "Use of the quota in %", value: 93.5, threshold: 50, reason: "Crossed" };
    const run = scene.leave({ run: { alarm } });
    await scene.ledger.bans.putBan(aBan());
    const report = await scene.report({ run });
    expect(report).toMatchObject({
      ...{ schema: 1, runId: "run-1", deployment: "portcullis", mode: "enforce", end: null },
      trigger: {
        ...{ kind: "alarm", category: "UserAuthentication" },
        alarm: { name: "portcullis-UserAuthentication-90", region: "eu-west-1", ...alarm },
      },
      rounds: [{ round: 1, found: { ban: 1 }, planned: { apply: 1 }, applied: { banned: 1 } }],
      undo: "npx portcullis bans undo run-1",
    });
    expect(report.offenders).toMatchObject([
      {
        ...{ source: offender, score: 93, round: 1, establishedUsers: null, reasons: [aReason()] },
        fate: { state: "banned", bannedAt: toIso(NOON), until: toIso(NOON + HOUR), origin: "auto", strikes: 1 },
      },
    ]);
    expect(report.marks).toMatchObject([
      { kind: "alarm", at: toIso(NOON) },
      { kind: "ban", at: toIso(NOON + MINUTE), sources: 1 },
    ]);
  });

  test("counts users behind a ban as its evidence does", async () => {
    const scene = aReportScene();
    const reasons = [aReason({ observed: { failures: 240, establishedUsers: 4 } })];
    const run = scene.leave({ judged: { verdicts: [aVerdict({ reasons })] } });
    expect((await scene.report({ run })).offenders[0]).toMatchObject({ establishedUsers: 4 });
  });

  const ends: readonly { case: string; ban: Partial<Ban>; state: string }[] = [
    { case: "its end has come", ban: { status: "released", releasedAt: toIso(NOON + HOUR) }, state: "over" },
    { case: "nobody has swept yet", ban: {}, state: "over" },
    { case: "it was made longer", ban: { expiresAt: toIso(NOON + 2 * DAY) }, state: "banned" },
    {
      case: "a person released it",
      ban: {
        ...{ status: "released", claims: {}, releasedAt: toIso(NOON + MINUTE), expiresAt: toIso(NOON + MINUTE) },
        noRebanBefore: toIso(NOON + DAY),
      },
      state: "released",
    },
  ];
  test.each(ends)("a day later, when $case, tells so", async ({ ban, state }) => {
    const scene = aReportScene();
    const run = scene.leave({});
    await scene.ledger.bans.putBan(aBan(ban));
    const report = await scene.report({ run }, NOON + DAY);
    expect(fatesOf(report)).toEqual([[offender, state]]);
    expect(report.marks.some(({ kind }) => kind === "release")).toBe(state !== "banned");
  });

  test("that was undone tells so, with the others' claims left alone", async () => {
    const scene = aReportScene();
    const run = scene.leave({ judged: { verdicts: [aVerdict(), aVerdict({ source: other })] } });
    await scene.ledger.bans.putBan(aBan());
    const before = await scene.report({ run });
    expect(before.offenders.find(({ source }) => source === offender)?.fate.state).toBe("banned");
    await scene.ledger.bans.putBan(aBan({ claims: { "run-2": aClaim() }, version: 2 }));
    await scene.ledger.bans.markUndone("run-1", "anna", NOON + 3 * MINUTE);
    const report = await scene.report({ run }, NOON + 4 * MINUTE);
    expect(report.offenders[0]?.fate).toMatchObject({ state: "undone", until: toIso(NOON + 3 * MINUTE) });
    expect(report.marks).toContainEqual(expect.objectContaining({ kind: "undo" }));
  });

  test("in mode observe says that nothing was blocked", async () => {
    const scene = aReportScene();
    const run = scene.leave({ plan: { mode: "observe", simulated: true } });
    await scene.ledger.bans.putBan(aBan({ simulated: true }));
    const report = await scene.report({ run });
    expect(report.offenders[0]?.fate).toMatchObject({ state: "banned", simulated: true });
    expect(report.marks.find(({ kind }) => kind === "ban")?.text).toContain("would be banned");
  });
});

describe("what is not banned", () => {
  const kept: RefusedBan = { source: other, score: 95, why: "allow-listed", matched: "198.51.100.8/29" };

  test("is told with the guard and what it matched, also where the look would only watch it", async () => {
    const scene = aReportScene();
    const watched = aVerdict({ source: other, verdict: "watch", score: 95 });
    const run = scene.leave({
      judged: { verdicts: [aVerdict(), watched, aVerdict({ source: "203.0.113.5/32", verdict: "watch", score: 50 })] },
      plan: { refuse: [kept] },
    });
    const report = await scene.report({ run });
    expect(report.offenders[0]).toMatchObject({
      source: other,
      fate: { state: "kept", why: "allow-listed", matched: kept.matched },
    });
    expect(report.watched.map(({ source }) => source)).toEqual(["203.0.113.5/32"]);
  });

  test("because a guard stopped it at the last moment is told so", async () => {
    const scene = aReportScene();
    const run = scene.leave({ applied: { stopped: [{ ...kept, source: offender }] } });
    expect(fatesOf(await scene.report({ run }))).toEqual([[offender, "kept"]]);
  });

  test("because it is banned already does not hide what the run did to it before", async () => {
    const scene = aReportScene();
    scene.leave({ plan: { apply: [], file: [aFiledBan()], proposalId: "p-1" } });
    await scene.ledger.proposals.open(aProposal(), null);
    const run = scene.leave({
      run: { round: 2 },
      plan: { apply: [], refuse: [{ ...kept, source: offender, why: "declined-by-person", matched: "" }] },
    });
    expect((await scene.report({ run })).offenders[0]?.fate).toMatchObject({
      ...{ state: "waiting", because: ["shared-address"], proposalId: "p-1" },
    });
  });

  test("of a look whose plan was never made is told without a fate", async () => {
    const scene = aReportScene();
    const run = scene.leave({ plan: null, applied: null });
    const report = await scene.report({ run, failure: { Error: "InvalidInputError", Cause: "secret" } });
    expect(fatesOf(report)).toEqual([[offender, "noPlan"]]);
    expect(report.end).toMatchObject({ how: "failed", reason: "a round failed: InvalidInputError" });
    expect(JSON.stringify(report)).not.toContain("secret");
  });
});

describe("a proposal", () => {
  const filed = [aFiledBan(), aFiledBan({ source: other })];
  const verdicts = [aVerdict(), aVerdict({ source: other, score: 80 })];

  test("of which a part is approved: one is banned, the other rejected, with who decided and why", async () => {
    const scene = aReportScene();
    const run = scene.leave({
      judged: { verdicts },
      plan: { apply: [], file: filed, proposalId: "p-1" },
      applied: null,
    });
    await scene.ledger.proposals.open(aProposal(), null);
    expect(fatesOf(await scene.report({ run }))).toEqual([
      [offender, "waiting"],
      [other, "waiting"],
    ]);
    scene.put("decided", aPlan({ origin: "approved", by: "anna" }));
    const at = toIso(NOON + 30 * MINUTE);
    const decision = { at, by: "anna", approved: 1, rejected: 1, comment: "the office", planKey: "decided" };
    await scene.ledger.proposals.put(aProposal({ status: "approved", decision }), 1);
    const claims = { "run-1": aClaim({ origin: "approved", by: "anna", at }) };
    await scene.ledger.bans.putBan(aBan({ claims }));
    const report = await scene.report({ run }, NOON + 31 * MINUTE);
    expect(fatesOf(report)).toEqual([
      [offender, "banned"],
      [other, "rejected"],
    ]);
    const { planKey: _, ...told } = decision;
    expect(report.proposals).toMatchObject([{ id: "p-1", status: "approved", decision: told }]);
    expect(report.marks).toContainEqual({ at, kind: "approval", text: "1 approved, 1 rejected by anna", sources: 1 });
    expect(report.offenders[0]?.fate).toMatchObject({ origin: "approved", by: "anna", bannedAt: at });
  });

  test.each([
    { status: "expired" as const, by: "time-out", says: "nobody decided in time" },
    { status: "overtaken" as const, by: "portcullis", says: "all banned meanwhile, nobody had to decide" },
  ])("that nobody decided is $status", async ({ status, by, says }) => {
    const scene = aReportScene();
    const run = scene.leave({
      judged: { verdicts },
      plan: { apply: [], file: filed, proposalId: "p-1" },
      applied: null,
    });
    scene.put("decided", aPlan({ apply: [] }));
    const decision = { at: toIso(NOON), by, approved: 0, rejected: 2, comment: "", planKey: "decided" };
    await scene.ledger.proposals.open(aProposal({ status, decision }), null);
    const report = await scene.report({ run });
    expect(fatesOf(report).map(([, state]) => state)).toEqual([status, status]);
    expect(report.marks).toContainEqual({ at: toIso(NOON), kind: "approval", text: says, sources: 0 });
  });
});

describe("what the report rests on", () => {
  test("each query is named by Athena's id with what it scanned and cost, and a failed one by its error", async () => {
    const scene = aReportScene();
    const run = scene.leave({
      judged: {
        queries: [
          { window: "short", queryExecutionId: "q-1", bytesScanned: 2e12 },
          { window: "slow", part: "half", queryExecutionId: "q-2", bytesScanned: 3 },
          { window: "history", error: { Error: "States.Timeout" } },
        ],
      },
    });
    const { queries, cost } = await scene.report({ run });
    expect(queries).toEqual([
      { round: 1, name: "short", part: "whole", id: "q-1", bytesScanned: 2e12, usd: 10, error: null },
      { round: 1, name: "slow", part: "half", id: "q-2", bytesScanned: 3, usd: 0.00005, error: null },
      { round: 1, name: "history", part: "whole", id: null, bytesScanned: 0, usd: 0, error: "States.Timeout" },
    ]);
    expect(cost).toEqual({ bytesScanned: 2e12 + 3, usd: 10.00005, pricesOf: "2026-11-23" });
  });

  test("what evidence lacked stands once, with the rounds that lacked it; faults and fingerprints stand by themselves", async () => {
    const scene = aReportScene();
    const missing = ["CloudTrail holds 40 % of the 900 calls; complete to 2026-11-22T11:55Z."];
    const faults = ["12 of 20 sources were in trouble at once"];
    const print = aVerdict({
      ...{ source: "t13d1516h2_8daaf6152771_02713d6af862", verdict: "watch", score: 60 },
      reasons: [aReason({ text: "14 of 15 sources. Proposed: a WAF rate rule of 10 requests" })],
    });
    const notes = [...faults, `A person should look at the TLS fingerprint ${print.source}: x`, "look here"];
    scene.leave({ judged: { missing, faults, fingerprints: [print], notes }, plan: { missing, notes } });
    const run = scene.leave({ run: { round: 2 }, judged: { missing, verdicts: [] }, plan: { missing, apply: [] } });
    const report = await scene.report({ run });
    expect(report.missing).toEqual([{ text: missing[0], rounds: [1, 2] }]);
    expect(report.faults).toEqual([{ text: faults[0], rounds: [1] }]);
    expect(report.notes).toEqual([{ text: "look here", rounds: [1] }]);
    expect(report.groups).toMatchObject([
      { kind: "fingerprint", name: print.source, rule: "a WAF rate rule of 10 requests" },
    ]);
  });

  test("a range is an offender and a group", async () => {
    const scene = aReportScene();
    const run = scene.leave({
      judged: {
        verdicts: [
          aVerdict({ source: "198.51.100.0/24", needsPerson: ["range"] }),
          aVerdict({ source: "2001:db8:1:2::/64" }),
        ],
      },
      plan: { apply: [], file: [aFiledBan({ source: "198.51.100.0/24", because: ["range"] })] },
    });
    const { groups } = await scene.report({ run });
    expect(groups.map(({ kind, name }) => [kind, name])).toEqual([["range", "198.51.100.0/24"]]);
  });

  test("how near each quota was is what CloudWatch counted, the run's own category first", async () => {
    const minutes = new Map([
      ["UserCreation", new Map([[NOON, 5]])],
      [
        "UserAuthentication",
        new Map([
          [NOON - MINUTE, 570],
          [NOON, 60],
        ]),
      ],
    ]);
    const scene = aReportScene(minutes);
    const run = scene.leave({});
    const { quotas } = await scene.report({ run });
    expect(quotas.map(({ category, peak }) => [category, peak?.percent])).toEqual([
      ["UserAuthentication", 95],
      ["UserCreation", null],
    ]);
    expect(quotas[0]).toMatchObject({ from: toIso(NOON - 15 * MINUTE), stepMinutes: 1, callsPerSecond: 10 });
    expect(quotas[0]?.calls.slice(14, 16)).toEqual([570, 60]);
  });

  test("where CloudWatch does not answer, what an earlier report knew stays", async () => {
    const scene = aReportScene(new Map([["UserAuthentication", new Map([[NOON, 60]])]]));
    const run = scene.leave({});
    scene.put(reliefKey("run-1"), { "round 1": { at: NOON + MINUTE, sources: 1, share: 0.9 } });
    const before = await scene.report({ run }, NOON + 15 * MINUTE);
    expect(before.relief).toMatchObject({ sources: 1, predicted: expect.any(Number), measured: expect.anything() });
    scene.state.metricsFail = true;
    const after = await scene.report({ run }, NOON + 16 * MINUTE);
    expect(after.quotas).toEqual(before.quotas);
    expect(after.relief).toEqual(before.relief);
    const asked = scene.asked.length;
    await scene.report({ run }, NOON + 30 * DAY);
    expect(scene.asked).toHaveLength(asked);
  });

  test("windows that overlap give one series, of each minute what the fuller look saw", async () => {
    const scene = aReportScene();
    const series = (from: number, calls: number[]) => ({
      ...{ from: toIso(from), stepMinutes: 1, calls, failures: calls, successes: calls.map(() => 0) },
      refused: calls.map(() => 0),
    });
    scene.leave({ judged: { series: series(NOON - 3 * MINUTE, [5, 9, 1]) } });
    const run = scene.leave({ run: { round: 2 }, judged: { series: series(NOON - 2 * MINUTE, [8, 4, 3]) } });
    expect((await scene.report({ run })).series).toMatchObject({ from: toIso(NOON - 3 * MINUTE), calls: [5, 9, 4, 3] });
  });
});

describe("rounds", () => {
  test("are read once: a later report goes on from the one before", async () => {
    const scene = aReportScene();
    const first = scene.leave({});
    await scene.report({ run: first });
    const second = scene.leave({
      run: { round: 2 },
      judged: { verdicts: [aVerdict({ source: other })] },
      plan: { apply: [aPlannedBan({ source: other })] },
    });
    await scene.report({ run: second });
    scene.reads.length = 0;
    const third = scene.leave({
      run: { round: 3 },
      judged: { verdicts: [aVerdict({ score: 71, calls: 9 })] },
      plan: { apply: [] },
    });
    const report = await scene.report({ run: third });
    expect(scene.reads).not.toContain(verdictsKey(first));
    expect(report.rounds.map(({ round }) => round)).toEqual([1, 2, 3]);
    // The worst look of each.
    expect(report.offenders.map(({ source, score, round }) => [source, score, round])).toEqual([
      [offender, 93, 1],
      [other, 93, 2],
    ]);
  });

  test.each([
    { case: "is of another version", text: '{"schema":99}' },
    { case: "is no report", text: "[]" },
  ])("are all read again where the report before $case", async ({ text }) => {
    const scene = aReportScene();
    scene.leave({});
    const run = scene.leave({ run: { round: 2 } });
    scene.documents.set(reportKey("run-1", "json"), text);
    expect((await scene.report({ run })).rounds).toHaveLength(2);
  });

  test("the same objects give the same report, whether it goes on from another or not", async () => {
    const scene = aReportScene(new Map([["UserAuthentication", new Map([[NOON, 60]])]]));
    scene.leave({});
    await scene.ledger.bans.putBan(aBan());
    await scene.report({ run: aRun() });
    const run = scene.leave({ run: { round: 2 }, plan: { apply: [], refuse: [] } });
    const goesOn = await scene.report({ run });
    expect(await scene.report({ run })).toEqual(goesOn);
    scene.documents.delete(reportKey("run-1", "json"));
    expect(await scene.report({ run })).toEqual(goesOn);
  });

  test("a run that found nothing says so and how it ended", async () => {
    const scene = aReportScene();
    const nothing = { ban: 0, watch: 0, ignore: 12, calls: 90 };
    const run = scene.leave({ judged: { verdicts: [], counts: nothing }, plan: { apply: [] }, applied: null });
    const watched = { again: false, ending: "over", reason: "the alarm is over and its logs have been read" };
    const report = await scene.report({ run, watched });
    expect(report).toMatchObject({ offenders: [], watched: [], end: { how: "over", reason: watched.reason } });
    // A later report, as after a decision, still knows.
    expect((await scene.report({ run }, NOON + HOUR)).end).toEqual(report.end);
  });

  test("a run whose first look failed is told by what its alarm said", async () => {
    const scene = aReportScene();
    const report = await scene.report({ run: aRun(), failure: { Error: "RetryableError" } });
    expect(report).toMatchObject({ rounds: [{ round: 1, found: null, planned: null }], end: { how: "failed" } });
  });

  test("a run without any evidence ends as such", async () => {
    const scene = aReportScene();
    const run = scene.leave({ judged: { verdicts: [] }, plan: { apply: [] } });
    const report = await scene.report({ run, watched: { reason: "the alarm is over", evidence: false } });
    expect(report.end).toMatchObject({ how: "no-evidence" });
  });

  test("a quota that others use is told with whose calls CloudTrail shows", async () => {
    const scene = aReportScene();
    const notOurs = { calls: 10, theirs: 900, completeTo: toIso(NOON), others: [{ name: "another pool", calls: 900 }] };
    const run = scene.leave({ run: { notOurs }, judged: { verdicts: [] }, plan: { apply: [] } });
    const report = await scene.report({ run, watched: { reason: "the quota is used by others", ending: "not-ours" } });
    expect(report).toMatchObject({ notOurs, end: { how: "not-ours" } });
  });

  test("alarms that joined the run stay in its report when the lease is gone", async () => {
    const scene = aReportScene();
    const run = scene.leave({});
    scene.state.joined = [
      { name: run.alarmName ?? "", region: "eu-west-1", at: NOON },
      { name: "portcullis-UserAuthentication-70", region: "eu-west-1", at: NOON + MINUTE },
    ];
    await scene.report({ run });
    scene.state.joined = [];
    const { trigger, marks } = await scene.report({ run });
    expect(trigger.joined).toEqual([
      { name: "portcullis-UserAuthentication-70", region: "eu-west-1", at: toIso(NOON + MINUTE) },
    ]);
    expect(marks.filter(({ kind }) => kind === "alarm")).toHaveLength(1);
  });
});

describe("two reports of one run in the same second", () => {
  test.each(["CloudWatch is asked", "the page is written"])(
    "lose nothing where one is faster while %s",
    async (when) => {
      const scene = aReportScene();
      const first = scene.leave({});
      const faster = async () => {
        const run = scene.leave({
          run: { round: 2 },
          judged: { verdicts: [aVerdict({ source: other })] },
          plan: { apply: [aPlannedBan({ source: other })] },
        });
        await scene.report({ run });
      };
      scene.state.meanwhile = when === "CloudWatch is asked" ? [faster] : [async () => {}, faster];
      const report = await scene.report({ run: first });
      expect(scene.state.meanwhile).toEqual([]);
      expect(report.rounds.map(({ round }) => round)).toEqual([1, 2]);
      expect(scene.documents.get(reportKey("run-1", "html"))).toContain(other);
    },
  );
});

test("what others wrote stands in the page as text and in the document as it is", async () => {
  const scene = aReportScene();
  const hostile = '</script><img src=x onerror="alert(1)">\u202e';
  const alarm = { at: toIso(NOON), metric: hostile, value: 1, threshold: 1, reason: hostile };
  const run = scene.leave({
    run: { alarm },
    judged: { missing: [hostile], notes: [hostile], faults: [hostile] },
    plan: { notes: [hostile], refuse: [{ source: other, score: 90, why: "allow-listed", matched: hostile }] },
  });
  const decision = { at: toIso(NOON), by: hostile, approved: 0, rejected: 1, comment: hostile, planKey: "decided" };
  scene.put("decided", aPlan({ apply: [] }));
  scene.leave({ plan: { proposalId: "p-1", notes: [hostile] }, run: { alarm } });
  await scene.ledger.proposals.open(aProposal({ status: "rejected", decision }), null);
  const report = await scene.report({ run, failure: { Error: hostile } });
  expect(report.proposals[0]?.decision).toMatchObject({ by: hostile, comment: hostile });
  const page = scene.documents.get(reportKey("run-1", "html")) ?? "";
  expect(page).toContain("&lt;img");
  expect(page).not.toContain("<img");
  expect(page.match(/<\/script>/g)).toHaveLength((page.match(/<script[ >]/g) ?? []).length);
});
