import { applyPlan } from "../../functions/block/apply.ts";
import { ask, timeOut } from "../../functions/block/ask.ts";
import { decideProposal } from "../../functions/block/decide-proposal.ts";
import { declinedSources, readEntries } from "../../functions/block/file-proposal.ts";
import { decideProposal as decideAtDesk, listProposals } from "../../functions/block/operator.ts";
import { hashEntries, mergeEntries } from "../../functions/block/proposals.ts";
import { HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { planSchema } from "../../functions/domain/plan.ts";
import { policySchema } from "../../functions/domain/policy.ts";
import { aFiledBan, aReason, aRun, exclusions, NOON } from "./builders.ts";
import { A, aDesk, B, decision, filed, step } from "./desk.ts";

describe("filing", () => {
  test("one execution asks about each version; filing the same again makes none", async () => {
    const desk = aDesk();
    const first = await filed(desk);
    const again = await filed(desk, { run: aRun({ round: 2 }) });
    expect(again).toEqual(first);
    expect(desk.started.map(({ name }) => name)).toEqual([`${first.id}-v1`]);
    expect(first).toMatchObject({ sources: 2, topScore: 93, status: "open", category: "UserAuthentication" });
  });

  test("a later round with a new source raises the version of the one open proposal", async () => {
    const desk = aDesk();
    const first = await filed(desk);
    const second = await filed(desk, { file: [aFiledBan({ source: "192.0.2.5/32" })] });
    expect(second).toMatchObject({ id: first.id, version: 2, sources: 3, createdAt: first.createdAt });
    expect(second.hash).not.toBe(first.hash);
    expect(desk.started.map(({ name }) => name)).toEqual([`${first.id}-v1`, `${first.id}-v2`]);
  });

  test("two rounds that file at once end in one proposal with the sources of both", async () => {
    const desk = aDesk();
    await Promise.all([
      filed(desk, { file: [aFiledBan({ source: A })] }),
      filed(desk, { file: [aFiledBan({ source: B })] }),
    ]);
    const [proposal] = await listProposals(desk.ports);
    expect(proposal).toMatchObject({ sources: 2, version: 2 });
  });

  test("a crash between the ledger and the execution is healed by the next try", async () => {
    const desk = aDesk();
    const start = desk.ports.executions.start;
    desk.ports.executions.start = async () => {
      throw new Error("crash");
    };
    await expect(desk.file()).rejects.toThrow("crash");
    desk.ports.executions.start = start;
    const proposal = await filed(desk);
    expect(desk.started.map(({ name }) => name)).toEqual([`${proposal.id}-v1`]);
  });

  test("what people should look at goes along, and an older document without it keeps its hash", async () => {
    const desk = aDesk();
    const proposal = await filed(desk, { notes: ["a fingerprint"] });
    const document = await readEntries(desk.ports.evidence, proposal);
    expect(document.notes).toEqual(["a fingerprint"]);
    const { notes: _, ...older } = document;
    expect(hashEntries(older)).not.toBe(proposal.hash);
    expect(hashEntries(JSON.parse(JSON.stringify(older)))).toBe(hashEntries(older));
  });

  test("nothing to file is no proposal", async () => {
    expect(await aDesk().file({ file: [] })).toBeNull();
  });

  test.each([
    { case: "the same again", filed: [aFiledBan({ source: A, score: 90 })], sources: null },
    { case: "a score a little higher", filed: [aFiledBan({ source: A, score: 99 })], sources: null },
    { case: "a score much higher", filed: [aFiledBan({ source: A, score: 100 })], sources: [A] },
    { case: "another source", filed: [aFiledBan({ source: B, score: 95 })], sources: [B, A] },
  ])("people look again at $case: $sources", ({ filed, sources }) => {
    const merged = mergeEntries([aFiledBan({ source: A, score: 90 })], filed, new Set());
    expect(merged?.map(({ source }) => source) ?? null).toEqual(sources);
  });
});

describe("deciding", () => {
  test("some approved, some not: the plan holds exactly what was ticked", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    await ask(desk.ports, step(proposal), desk.stage());
    expect(await decideProposal(desk.ports, decision(proposal, [A], { comment: "looks right" }))).toMatchObject({
      end: "decided-now",
      proposal: { status: "approved", decision: { approved: 1, rejected: 1, by: "ada", comment: "looks right" } },
    });
    const { planKey } = (desk.answered[0]?.output ?? {}) as { planKey: string };
    expect(planSchema.parse(await desk.ports.evidence.read(planKey))).toMatchObject({
      origin: "approved",
      by: "ada",
      at: toIso(NOON + MINUTE),
      apply: [{ source: A, minutes: 240 }],
      file: [],
    });
  });

  test("it is decided once: the second is told, and changes nothing", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    await decideProposal(desk.ports, decision(proposal, [A]));
    const second = await decideProposal(desk.ports, decision(proposal, [], { by: "bob", nonce: "n1" }));
    expect(second).toMatchObject({ end: "decided-before", proposal: { status: "approved", decision: { by: "ada" } } });
  });

  test("of two at the same instant one decides, and its plan is what is applied", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    const ends = await Promise.all([
      decideProposal(desk.ports, decision(proposal, [A], { by: "ada", nonce: "a" })),
      decideProposal(desk.ports, decision(proposal, [B], { by: "bob", nonce: "b" })),
    ]);
    expect(ends.map(({ end }) => end).sort()).toEqual(["decided-before", "decided-now"]);
    const { decision: made } = await desk.get(proposal.id);
    const plan = planSchema.parse(await desk.ports.evidence.read(made?.planKey ?? ""));
    expect(plan.by).toBe(made?.by);
  });

  test.each([
    { case: "an older version", change: (hash: string) => `${hash}x`, approved: [A], says: "changed" },
    {
      case: "a source that was never proposed",
      change: (hash: string) => hash,
      approved: [A, "192.0.2.200/32"],
      says: "not-proposed",
    },
  ])("$case cannot be approved", async ({ change, approved, says }) => {
    const desk = aDesk();
    const proposal = await filed(desk);
    const end = await decideProposal(desk.ports, decision({ ...proposal, hash: change(proposal.hash) }, approved));
    expect(end.end).toBe(says);
    expect((await desk.get(proposal.id)).status).toBe("open");
  });

  test("entries that were changed in the bucket after filing are not approved", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    const document = JSON.parse(desk.documents.get(proposal.entriesKey) ?? "");
    document.entries[0].targets = ["pool"];
    desk.documents.set(proposal.entriesKey, JSON.stringify(document));
    expect((await decideProposal(desk.ports, decision(proposal, [A]))).end).toBe("changed");
  });

  test("a machine that was not told because of a crash is told by the next click", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    await ask(desk.ports, step(proposal), desk.stage());
    const { succeed } = desk.ports.tokens;
    desk.ports.tokens.succeed = async () => {
      throw new Error("crash");
    };
    await expect(decideProposal(desk.ports, decision(proposal, [A]))).rejects.toThrow("crash");
    desk.ports.tokens.succeed = succeed;
    expect((await decideProposal(desk.ports, decision(proposal, [A]))).end).toBe("decided-before");
    expect(desk.answered).toMatchObject([{ output: { decision: "approved" } }]);
  });

  test("a decision whose record was lost in a crash is on record with the next click", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    const { record } = desk.ports.control;
    desk.ports.control.record = async () => {
      throw new Error("crash");
    };
    await expect(decideProposal(desk.ports, decision(proposal, [A]))).rejects.toThrow("crash");
    desk.ports.control.record = record;
    expect((await decideProposal(desk.ports, decision(proposal, [B]))).end).toBe("decided-before");
    const kept = [...desk.scene.ledger.stored.records.values()].filter(({ event }) => event === "proposal.decided");
    expect(kept).toMatchObject([{ facts: { status: "approved", approved: 1 } }]);
  });

  test.each([
    { case: "an approval that no execution waits for starts one", approved: [A], tokens: {}, starts: 1 },
    { case: "an approval that an execution hears starts none", approved: [A], tokens: { heard: true }, starts: 0 },
    { case: "a rejection has nothing to apply", approved: [], tokens: {}, starts: 0 },
  ])("$case", async ({ approved, tokens, starts }) => {
    const desk = aDesk();
    const proposal = await filed(desk);
    if ("heard" in tokens) await ask(desk.ports, step(proposal), desk.stage());
    desk.started.length = 0;
    await decideProposal(desk.ports, decision(proposal, approved));
    const { run, id, version } = proposal;
    const started = { name: `${id}-v1-decided`, input: { schema: 1, run, proposalId: id, version } };
    expect(desk.started).toEqual(starts === 1 ? [started] : []);
    // Much later it may have been undone.
    await decideProposal(desk.ports, decision(proposal, approved, { at: NOON + HOUR }));
    expect(desk.started).toHaveLength(starts);
  });

  test("what was rejected is declined for four hours; what was approved is not", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    await decideProposal(desk.ports, decision(proposal, [A]));
    const declined = (at: number) => declinedSources(desk.ports, "UserAuthentication", at);
    expect(await declined(NOON + HOUR)).toEqual(new Set([B]));
    expect(await declined(NOON + 5 * HOUR)).toEqual(new Set());
    expect(await declinedSources(desk.ports, "UserToken", NOON)).toEqual(new Set());
  });

  test("after a decision the next round opens a new proposal", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    await decideProposal(desk.ports, decision(proposal, []));
    const next = await filed(desk, { file: [aFiledBan({ source: "192.0.2.5/32" })] });
    expect(next.id).not.toBe(proposal.id);
    expect(next.version).toBe(1);
  });

  test("the command line approves all but what it excepts", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    const request = { id: proposal.id, approve: true, except: ["203.0.113.9"], comment: "", nonce: "n" };
    expect(await decideAtDesk(desk.ports, "cli:ada", request)).toMatchObject({
      end: "decided-now",
      proposal: { decision: { approved: 1, rejected: 1, by: "cli:ada" } },
    });
    const typo = { ...request, except: ["203.0.113.99"] };
    await expect(decideAtDesk(desk.ports, "cli:ada", typo)).rejects.toThrow("not proposed");
  });
});

describe("time-out", () => {
  test("discard closes the proposal and bans nobody", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    expect(await timeOut(desk.ports, { proposalId: proposal.id, version: 1 }, desk.stage())).toMatchObject({
      decision: "rejected",
      by: "time-out",
    });
    expect((await desk.get(proposal.id)).status).toBe("expired");
    // Nobody said no: if the attack goes on, people are asked again.
    expect(await declinedSources(desk.ports, "UserAuthentication", NOON)).toEqual(new Set());
  });

  test("banHighConfidence bans what needed nobody but for the mode or a limit", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    const scene = desk.stage({ onTimeout: "banHighConfidence" });
    const answer = await timeOut(desk.ports, { proposalId: proposal.id, version: 1 }, scene);
    expect(answer.decision).toBe("approved");
    const plan = planSchema.parse(await desk.ports.evidence.read(answer.planKey));
    expect(plan.apply.map(({ source }) => source)).toEqual([B]);
  });

  test("a decision of the last moment counts", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    await decideProposal(desk.ports, decision(proposal, [A]));
    expect(await timeOut(desk.ports, { proposalId: proposal.id, version: 1 }, desk.stage())).toMatchObject({
      decision: "approved",
      by: "ada",
    });
  });
});

test("an approval ends up as claims of the person, in the ledger and in the sets", async () => {
  const desk = aDesk();
  const proposal = await filed(desk, { file: [aFiledBan({ source: A, reasons: [aReason()] })] });
  await decideProposal(desk.ports, decision(proposal, [A]));
  const plan = planSchema.parse(await desk.ports.evidence.read((await desk.get(proposal.id)).decision?.planKey ?? ""));
  const policy = policySchema.parse({});
  const scene = { mode: "approve" as const, policy, exclusions: exclusions(), now: NOON + MINUTE };
  const applied = await applyPlan(desk.ports, plan, scene);
  await desk.scene.reconcile(applied.bans);
  expect(applied).toMatchObject({ banned: 1 });
  expect(desk.scene.ledger.stored.bans.get(A)?.claims["run-1"]).toMatchObject({ origin: "approved", by: "ada" });
  expect(desk.scene.waf.all("edge")).toEqual([A]);
});
