/** Notices that SNS does not take wait for it, and nobody waits for them. */
import { type NoticeText, noticeOf } from "../../functions/block/notice-text.ts";
import { lastingTopic, sendKept } from "../../functions/block/outbox.ts";
import type { KeptNotice, WaitingNotice } from "../../functions/block/ports.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { NOON } from "./builders.ts";

const aNotice = (subject: string) => noticeOf(subject, ["What happened."], "run-1");

/** People, an outbox and a topic; `refuses` says which notices SNS does not take. */
function anOffice() {
  const mails: NoticeText[] = [];
  const kept = new Map<string, WaitingNotice>();
  const state = { refuses: (_: NoticeText) => false, now: NOON };
  const topic = {
    async publish(notice: NoticeText) {
      await new Promise((resolve) => setImmediate(resolve));
      if (state.refuses(notice)) throw new Error("SNS is down");
      mails.push(notice);
    },
  };
  const outbox = {
    keep: async (one: KeptNotice) => void kept.set(one.id, kept.get(one.id) ?? { ...one, takenAt: null }),
    waiting: async () => [...kept.values()],
    take: async (seen: WaitingNotice, at: number) => {
      const stands = kept.get(seen.id)?.takenAt === seen.takenAt;
      if (stands) kept.set(seen.id, { ...seen, takenAt: at });
      return stands;
    },
    sent: async (id: string) => void kept.delete(id),
  };
  const lasting = lastingTopic({ topic, outbox, timing: { now: () => state.now }, log: () => {} });
  return { mails, kept, state, lasting, sweep: () => sendKept({ outbox, topic }, state.now) };
}

test("what SNS takes is not kept", async () => {
  const { lasting, mails, kept } = anOffice();
  await lasting.publish(aNotice("one"));
  expect([mails.length, kept.size]).toEqual([1, 0]);
});

test("what SNS does not take is sent later, once, oldest first, and says of when it is", async () => {
  const { lasting, mails, state, sweep } = anOffice();
  state.refuses = () => true;
  await lasting.publish(aNotice("one"));
  state.now += MINUTE;
  await lasting.publish(aNotice("two"));
  expect(await sweep()).toEqual({ sent: 0, waiting: 2 });
  state.refuses = () => false;
  state.now += 4 * MINUTE;
  expect(await sweep()).toEqual({ sent: 0, waiting: 2 });
  state.now += MINUTE;
  expect(await sweep()).toEqual({ sent: 2, waiting: 0 });
  expect(await sweep()).toEqual({ sent: 0, waiting: 0 });
  expect(mails.map(({ subject }) => subject)).toEqual(["Portcullis: one", "Portcullis: two"]);
  const said = "This notice is of 2026-11-22T12:00:00.000Z: it could not be sent before.\n\nWhat happened.";
  expect(mails[0]?.text).toContain(said);
  expect(mails[0]?.chat.content.description).toContain(said);
});

test("the same notice is kept once, by the same id", async () => {
  const { lasting, kept, state } = anOffice();
  state.refuses = () => true;
  for (const subject of ["one", "one", "two"]) await lasting.publish(aNotice(subject));
  expect(kept.size).toBe(2);
});

test("sweeps that overlap send a notice once", async () => {
  const { lasting, mails, state, sweep } = anOffice();
  state.refuses = () => true;
  for (const subject of ["one", "two", "three"]) await lasting.publish(aNotice(subject));
  state.refuses = () => false;
  const ends = await Promise.all([sweep(), sweep(), sweep()]);
  expect(ends.reduce((sum, { sent }) => sum + sent, 0)).toBe(3);
  expect(mails.map(({ subject }) => subject).sort()).toEqual(
    ["one", "three", "two"].map((one) => `Portcullis: ${one}`),
  );
  expect(await sweep()).toEqual({ sent: 0, waiting: 0 });
});

test("a sweep that dies before it has sent a notice leaves it to one five minutes later", async () => {
  const { kept, lasting, mails, state, sweep } = anOffice();
  state.refuses = () => true;
  await lasting.publish(aNotice("one"));
  state.refuses = () => false;
  for (const [id, one] of kept) kept.set(id, { ...one, takenAt: state.now });
  expect(await sweep()).toEqual({ sent: 0, waiting: 1 });
  state.now += 5 * MINUTE;
  expect(await sweep()).toEqual({ sent: 1, waiting: 0 });
  expect(mails).toHaveLength(1);
});

test("notices that are refused for good do not stand in the others' way, however many", async () => {
  const { lasting, mails, state, sweep } = anOffice();
  state.refuses = () => true;
  for (const subject of ["poison 1", "poison 2", "poison 3", "poison 4", "one", "two"])
    await lasting.publish(aNotice(subject));
  state.refuses = ({ subject }) => subject.includes("poison");
  expect(await sweep()).toEqual({ sent: 0, waiting: 6 });
  state.now += MINUTE;
  expect(await sweep()).toEqual({ sent: 2, waiting: 4 });
  expect(mails).toHaveLength(2);
});

test("while SNS is down a sweep asks it three times, and of a crowd of notices it sends twenty", async () => {
  const { lasting, state, sweep } = anOffice();
  let asked = 0;
  state.refuses = () => {
    asked += 1;
    return true;
  };
  for (let n = 0; n < 200; n += 1) await lasting.publish(aNotice(`notice ${n}`));
  asked = 0;
  await sweep();
  expect(asked).toBe(3);
  state.refuses = () => false;
  expect(await sweep()).toEqual({ sent: 20, waiting: 180 });
});

test("where the notice cannot be kept either, whoever tells is told", async () => {
  const topic = { publish: () => Promise.reject(new Error("SNS is down")) };
  const outbox = { keep: () => Promise.reject(new Error("the ledger is down")) };
  const lasting = lastingTopic({ topic, outbox, timing: { now: () => NOON }, log: () => {} });
  await expect(lasting.publish(aNotice("one"))).rejects.toThrow("the ledger");
});
