import { readLink } from "../../functions/block/approval-link.ts";
import { ask, timeOut } from "../../functions/block/ask.ts";
import { decideProposal } from "../../functions/block/decide-proposal.ts";
import { wantsNotice } from "../../functions/block/proposals.ts";
import { HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { aProposal } from "../contracts/ledger.ts";
import { aFiledBan, loneSource, NOON } from "./builders.ts";
import { A, aDesk, type Desk, decision, filed, KEY, step } from "./desk.ts";

describe("asking", () => {
  test("the mail has reasons and a link, and no token", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    await ask(desk.ports, step(proposal, "secret-token"), desk.stage());
    expect(desk.mails).toHaveLength(1);
    expect(desk.mails[0]?.text).toContain(A);
    expect(desk.mails[0]?.text).toContain("waits because: shared-address");
    expect(desk.mails[0]?.text).not.toContain("secret-token");
    const link = desk.mails[0]?.text.match(/https:\S+\?(\S+)/)?.[1] ?? "";
    expect(readLink(link, KEY, NOON)).toMatchObject({ id: proposal.id });
  });

  test("without a page the mail says by which command to look and decide", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    await ask(desk.ports, step(proposal), desk.stage({ approvalUrl: null }));
    expect(desk.mails[0]?.text).toContain(`\nnpx portcullis approvals show ${proposal.id}\n`);
    expect(desk.mails[0]?.text).not.toMatch(/https?:|the page/);
  });

  test("a retry of the task replaces the token and sends no second mail", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    await ask(desk.ports, step(proposal, "first"), desk.stage());
    await ask(desk.ports, step(proposal, "second"), desk.stage());
    expect(desk.mails).toHaveLength(1);
    await decideProposal(desk.ports, decision(proposal, [A]));
    expect(desk.answered.map(({ token }) => token)).toEqual(["second"]);
  });

  test("a decision that is there before the token is passed on by whoever comes second", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    await decideProposal(desk.ports, decision(proposal, [A]));
    expect(await ask(desk.ports, step(proposal), desk.stage())).toEqual({ asked: false });
    expect(desk.answered).toMatchObject([{ token: "token-1", output: { decision: "approved", by: "ada" } }]);
  });

  test("the execution of an older version is told that it is superseded", async () => {
    const desk = aDesk();
    const first = await filed(desk);
    await ask(desk.ports, step(first, "old"), desk.stage());
    const second = await filed(desk, { file: [aFiledBan({ source: "192.0.2.5/32" })] });
    await ask(desk.ports, step(second, "new"), desk.stage());
    expect(desk.answered).toMatchObject([{ token: "old", output: { decision: "superseded" } }]);
    expect(await timeOut(desk.ports, { proposalId: first.id, version: 1 }, desk.stage())).toMatchObject({
      decision: "superseded",
    });
    expect((await desk.get(first.id)).status).toBe("open");
  });

  test.each([
    { case: "the first version", notices: [], proposal: {}, wants: true },
    { case: "a few sources more", notices: [{ sources: 3 }], proposal: { sources: 5 }, wants: false },
    { case: "twice the sources", notices: [{ sources: 3 }], proposal: { sources: 6 }, wants: true },
    { case: "twice the score", notices: [{ topScore: 45 }], proposal: { topScore: 90 }, wants: true },
    {
      case: "a link that lapses before the deadline",
      notices: [{ linkExpiresAt: toIso(NOON + HOUR - 1) }],
      proposal: {},
      wants: true,
    },
    { case: "a fifth mail in an hour", notices: [{}, {}, {}, { sources: 1 }], proposal: { sources: 90 }, wants: false },
  ])("$case: a mail goes out: $wants", ({ notices, proposal, wants }) => {
    const last = { at: toIso(NOON - MINUTE), sources: 3, topScore: 90, linkExpiresAt: toIso(NOON + HOUR) };
    const told = notices.map((notice) => ({ ...last, ...notice }));
    const ticket = { proposal: aProposal(proposal), notices: told };
    expect(wantsNotice(ticket, NOON, NOON + HOUR)).toBe(wants);
  });
});

describe("reminding", () => {
  const remind = (proposal: { id: string; version: number }, taskToken = "token-2") => ({
    ...step(proposal, taskToken),
    step: "remind" as const,
  });
  const at = (desk: Desk, minutes: number) => desk.stage({ now: NOON + minutes * MINUTE });

  test("one mail when a quarter of the time is left, with a link that works to the end, and retries send no second", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    await ask(desk.ports, step(proposal), desk.stage());
    await ask(desk.ports, remind(proposal), at(desk, 45));
    await ask(desk.ports, remind(proposal, "token-3"), at(desk, 46));
    expect(desk.mails.map(({ subject }) => subject)).toEqual([
      "Portcullis: 2 sources wait for your decision: UserAuthentication",
      "Portcullis: Reminder: 2 sources still wait for your decision: UserAuthentication",
    ]);
    expect(desk.mails[1]?.text).toContain(
      `Decide until ${toIso(NOON + HOUR)}. If nobody does, nothing of it is banned.`,
    );
    const link = desk.mails[1]?.text.match(/https:\S+\?(\S+)/)?.[1] ?? "";
    expect(readLink(link, KEY, NOON + HOUR)).toMatchObject({ id: proposal.id });
    await decideProposal(desk.ports, decision(proposal, [A]));
    expect(desk.answered.map(({ token }) => token)).toEqual(["token-3"]);
  });

  test("who has decided is not reminded: the second question is answered at once", async () => {
    const desk = aDesk();
    const proposal = await filed(desk);
    await ask(desk.ports, step(proposal), desk.stage());
    await decideProposal(desk.ports, decision(proposal, [A]));
    expect(await ask(desk.ports, remind(proposal), at(desk, 45))).toEqual({ asked: false });
    expect(desk.mails).toHaveLength(1);
    expect(desk.answered.at(-1)).toMatchObject({ token: "token-2", output: { decision: "approved", by: "ada" } });
  });

  test("an older version is not reminded of, the latest is, though no mail told of it", async () => {
    const desk = aDesk();
    const first = await filed(desk);
    await ask(desk.ports, step(first), desk.stage());
    const second = await filed(desk, { file: [aFiledBan({ source: "192.0.2.5/32" })] });
    await ask(desk.ports, step(second, "new"), at(desk, 1));
    expect(desk.mails).toHaveLength(1);
    expect(await ask(desk.ports, remind(first, "old"), at(desk, 45))).toEqual({ asked: false });
    await ask(desk.ports, remind(second), at(desk, 46));
    expect(desk.mails).toHaveLength(2);
    expect(desk.mails[1]?.subject).toContain("Reminder: 3 sources");
  });

  test("the mails of an hour in which every round doubles the sources are four, however many rounds", async () => {
    const desk = aDesk();
    for (let round = 0; round < 12; round += 1) {
      const file = Array.from({ length: 2 ** round }, (_, n) => aFiledBan({ source: loneSource(n + 2 ** round) }));
      const proposal = await filed(desk, { file });
      await ask(desk.ports, step(proposal, `token-${round}`), at(desk, round * 4));
    }
    expect(desk.mails).toHaveLength(4);
  });
});
