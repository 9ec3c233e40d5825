/** Proposals whose execution has died are asked, settled or applied by another, once. */
import { ask } from "../../functions/block/ask.ts";
import { decideProposal } from "../../functions/block/decide-proposal.ts";
import { tendProposals } from "../../functions/block/tend-proposals.ts";
import { HOUR, MINUTE } from "../../functions/domain/instant.ts";
import type { Proposal } from "../../functions/domain/proposal.ts";
import { NOON } from "./builders.ts";
import { A, aDesk, B, type Desk, decision, filed, step } from "./desk.ts";

const at = (minutes: number) => NOON + minutes * MINUTE;
const tend = (desk: Desk, minutes: number) => tendProposals(desk.ports, at(minutes), 60);
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

test.each(["rejected", "expired"] as const)("one that was %s, and told, is over", async (otherwise) => {
  const desk = aDesk();
  const proposal = await asked(desk);
  await decideProposal(desk.ports, decision(proposal, [], { otherwise }));
  expect(await tend(desk, 20)).toBe(1);
  await desk.ports.proposals.putDone(proposal.id, at(20));
  expect(await tend(desk, 200)).toBe(0);
});
