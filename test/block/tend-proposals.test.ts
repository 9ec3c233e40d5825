/** Proposals that bans have overtaken are closed; those whose execution has died are asked, settled or applied by another, once. */
import { ask, timeOut } from "../../functions/block/ask.ts";
import { decideProposal } from "../../functions/block/decide-proposal.ts";
import { declinedSources } from "../../functions/block/file-proposal.ts";
import { tendProposals } from "../../functions/block/tend-proposals.ts";
import type { Ban, Mode } from "../../functions/domain/ban.ts";
import { HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import type { Proposal } from "../../functions/domain/proposal.ts";
import { aBan, aFiledBan, aRun, NOON } from "./builders.ts";
import { A, aBusyDesk, aDesk, B, type Desk, decision, filed, step } from "./desk.ts";

const at = (minutes: number) => NOON + minutes * MINUTE;
const tend = (desk: Desk, minutes: number, mode: Mode = "enforce") =>
  tendProposals(desk.ports, { now: at(minutes), mode, approvalMinutes: 60 });
const names = (desk: Desk) => desk.started.map(({ name }) => name.replace(/^proposal-number-1-/, ""));

async function asked(desk: Desk): Promise<Proposal> {
  const proposal = await filed(desk);
  await ask(desk.ports, step(proposal), desk.stage());
  return proposal;
}

test("a proposal that a person still has time for is left alone", async () => {
  const desk = aDesk();
  await asked(desk);
  for (const minutes of [0, 30, 60, 64]) expect(await tend(desk, minutes)).toBe(0);
  expect(names(desk)).toEqual(["v1"]);
});

test("one that nobody was told of is filed anew as it is, with all its time", async () => {
  const desk = aDesk();
  const first = await filed(desk);
  expect(await tend(desk, 9)).toBe(0);
  expect(await tend(desk, 10)).toBe(1);
  expect(await tend(desk, 11)).toBe(0);
  expect(names(desk)).toEqual(["v1", "v2"]);
  const again = await desk.get(first.id);
  expect(again).toMatchObject({ version: 2, status: "open", hash: first.hash, updatedAt: "2026-11-22T12:10:00.000Z" });
  await ask(desk.ports, step(again), desk.stage({ now: at(10) }));
  expect(desk.mails).toHaveLength(1);
  expect(desk.mails[0]?.text).toContain("Decide until 2026-11-22T13:10:00.000Z");
});

test("one whose time is over is settled by an execution of its own, another one each hour until then", async () => {
  const desk = aDesk();
  await asked(desk);
  for (const minutes of [65, 66, 124, 125]) expect(await tend(desk, minutes)).toBe(1);
  expect(names(desk)).toEqual(["v1", "v1-late-0", "v1-late-1"]);
});

test.each([
  { onTimeout: "discard" as const, decided: "rejected", status: "expired", approved: 0 },
  { onTimeout: "banHighConfidence" as const, decided: "approved", status: "approved", approved: 1 },
])("asked when its time is over, the machine does at once what the deployment says: $onTimeout", async (given) => {
  const desk = aDesk();
  const proposal = await asked(desk);
  const late = desk.stage({ now: at(66), onTimeout: given.onTimeout });
  expect(await ask(desk.ports, step(proposal, "late"), late)).toEqual({ asked: false });
  expect(await desk.get(proposal.id)).toMatchObject({
    status: given.status,
    decision: { by: "time-out", approved: given.approved },
  });
  expect(desk.answered.filter(({ token }) => token === "late")).toMatchObject([
    { output: { decision: given.decided } },
  ]);
  expect(desk.mails).toHaveLength(1);
  // Of two such executions, or one that was only slow, one decides.
  await ask(desk.ports, step(proposal, "later"), { ...late, nonce: "n2" });
  expect((await desk.get(proposal.id)).decision?.at).toBe("2026-11-22T13:06:00.000Z");
  expect(desk.answered.at(-1)).toMatchObject({ token: "later", output: { decision: given.decided } });
});

test("what was decided and never applied or told is done by another execution, until it is, for a day", async () => {
  const desk = aDesk();
  const proposal = await asked(desk);
  await decideProposal(desk.ports, decision(proposal, [A, B]));
  expect(await tend(desk, 10)).toBe(0);
  expect(await tend(desk, 11)).toBe(1);
  expect(await tend(desk, 72)).toBe(1);
  expect(names(desk)).toEqual(["v1", "v1-undone-0", "v1-undone-1"]);
  expect(await tend(desk, 1 + 24 * 60)).toBe(0);
  await desk.ports.proposals.putDone(proposal.id, NOON + 2 * HOUR);
  expect(await tend(desk, 130)).toBe(0);
});

test.each(["ask", "timedOut"] as const)(
  "whoever finds a decision whose record was lost writes it first (%s)",
  async (how) => {
    const desk = aDesk();
    const proposal = await asked(desk);
    await decideProposal(desk.ports, decision(proposal, [A]));
    const { records } = desk.scene.ledger.stored;
    const before = [...records.values()];
    records.clear();
    if (how === "ask") await ask(desk.ports, step(proposal, "token-2"), desk.stage());
    else await timeOut(desk.ports, { proposalId: proposal.id, version: proposal.version }, desk.stage());
    expect([...records.values()]).toEqual(before);
    expect(before).toMatchObject([{ event: "proposal.decided", by: "ada" }]);
  },
);

test.each(["rejected", "expired"] as const)("one that was %s, and told, is over", async (otherwise) => {
  const desk = aDesk();
  const proposal = await asked(desk);
  await decideProposal(desk.ports, decision(proposal, [], { otherwise }));
  expect(await tend(desk, 20)).toBe(1);
  await desk.ports.proposals.putDone(proposal.id, at(20));
  expect(await tend(desk, 200)).toBe(0);
});

describe("a proposal that bans have overtaken", () => {
  const targets = ["edge", "pool"] as const;
  const held = (source: string, over: Partial<Ban> = {}) =>
    aBan({ source, targets: [...targets], expiresAt: toIso(at(120)), ...over });

  test("is closed once all of its sources are banned, and says why", async () => {
    const desk = aDesk();
    const proposal = await asked(desk);
    desk.scene.ledger.put(held(A));
    expect(await tend(desk, 1)).toBe(0);
    desk.scene.ledger.put(held(B));
    expect(await tend(desk, 2)).toBe(1);
    expect(await desk.get(proposal.id)).toMatchObject({
      status: "overtaken",
      decision: { by: "portcullis", approved: 0, rejected: 0, at: toIso(at(2)) },
    });
    const why = "2 sources were banned meanwhile; nothing is left to decide";
    const facts = { status: "overtaken", approved: 0, rejected: 0 };
    expect(desk.scene.told).toMatchObject([{ event: "proposal.decided", by: "portcullis", why, facts }]);
    expect([...desk.scene.ledger.stored.records.values()]).toMatchObject([{ event: "proposal.decided", why }]);
  });

  test("ends the execution that waits for it, nobody is reminded, and no other is started", async () => {
    const desk = aDesk();
    const proposal = await asked(desk);
    desk.scene.ledger.put(held(A), held(B));
    await tend(desk, 2);
    expect(desk.answered).toMatchObject([{ token: "token-1", output: { decision: "rejected", by: "portcullis" } }]);
    // The reminder of an execution that the answer did not reach.
    const late = { ...step(proposal, "token-2"), step: "remind" as const };
    expect(await ask(desk.ports, late, desk.stage({ now: at(45) }))).toEqual({ asked: false });
    expect([desk.mails.length, names(desk)]).toEqual([1, ["v1"]]);
  });

  test.each([
    { case: "over", ban: { expiresAt: toIso(at(2)) } },
    { case: "released", ban: { status: "released" as const } },
    { case: "simulated", ban: { simulated: true } },
    { case: "at one door only", ban: { targets: ["edge" as const] } },
  ])("is none while one of its bans is $case", async ({ ban }) => {
    const desk = aDesk();
    const proposal = await asked(desk);
    desk.scene.ledger.put(held(A), held(B, ban));
    expect(await tend(desk, 2)).toBe(0);
    expect((await desk.get(proposal.id)).status).toBe("open");
  });

  test("is one by simulated bans where all bans are simulated", async () => {
    const desk = aDesk();
    const proposal = await asked(desk);
    desk.scene.ledger.put(held(A, { simulated: true }), held(B, { simulated: true }));
    await tend(desk, 2, "observe");
    expect((await desk.get(proposal.id)).status).toBe("overtaken");
  });

  test("is no answer about its sources: they are filed anew when their bans are over and they go on", async () => {
    const desk = aDesk();
    await asked(desk);
    desk.scene.ledger.put(held(A), held(B));
    await tend(desk, 2);
    expect(await declinedSources(desk.ports, "UserAuthentication", at(3))).toEqual(new Set());
    expect(await desk.file()).toMatchObject({ id: "proposal-number-2", version: 1, status: "open" });
  });

  test.each(["person", "bans"] as const)(
    "and decided in the same instant has one outcome: that of the %s",
    async (first) => {
      const { desk, busy } = aBusyDesk();
      const proposal = await asked(desk);
      desk.scene.ledger.put(held(A), held(B));
      const decide = () => decideProposal(desk.ports, decision(proposal, [A], { at: at(2) }));
      const ends: unknown[] = [];
      // Whoever is second has read an open proposal, too.
      busy.meanwhile = async () => void ends.push(first === "person" ? (await decide()).end : await tend(desk, 2));
      ends.push(first === "person" ? await tend(desk, 2) : (await decide()).end);
      expect(ends).toEqual(first === "person" ? ["decided-now", 0] : [1, "decided-before"]);
      const { status, decision: decided } = await desk.get(proposal.id);
      expect([status, decided?.by]).toEqual(first === "person" ? ["approved", "ada"] : ["overtaken", "portcullis"]);
      expect(desk.answered).toHaveLength(1);
      expect(desk.answered).toMatchObject([
        { output: { decision: first === "person" ? "approved" : "rejected", planKey: decided?.planKey } },
      ]);
      expect(desk.scene.told.map(({ by }) => by)).toEqual([decided?.by]);
    },
  );

  test("is one no more if a round has filed another source in that moment", async () => {
    const { desk, busy } = aBusyDesk();
    const proposal = await asked(desk);
    desk.scene.ledger.put(held(A), held(B));
    busy.meanwhile = async () => void (await filed(desk, { file: [aFiledBan({ source: "192.0.2.77/32" })] }));
    expect(await tend(desk, 2)).toBe(0);
    expect(await desk.get(proposal.id)).toMatchObject({ status: "open", version: 2, sources: 3 });
  });
});

test("one that cannot be read fails the sweep, and holds up no other", async () => {
  const desk = aDesk();
  const broken = await asked(desk);
  const run = aRun({ category: "UserToken" });
  const other = await filed(desk, { run });
  desk.documents.delete(broken.entriesKey);
  await expect(tend(desk, 10)).rejects.toThrow(broken.entriesKey);
  expect((await desk.get(other.id)).version).toBe(2);
});
