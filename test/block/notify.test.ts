/** Who is told what, and how often: rounds repeat, functions are retried, and nobody reads the tenth mail. */
import type { NoticeText } from "../../functions/block/notice-text.ts";
import { notify, waitedSeconds } from "../../functions/block/notify.ts";
import { DAY, HOUR, type Instant, MINUTE, type Window } from "../../functions/domain/instant.ts";
import type { Plan, RefusedBan } from "../../functions/domain/plan.ts";
import type { ApplyResult, Run } from "../../functions/domain/run.ts";
import { aFiledBan, aPlan, aPlannedBan, aRun, loneSource, NOON } from "./builders.ts";

const allowed: RefusedBan = { source: "203.0.113.9/32", score: 99, why: "allow-listed", matched: "203.0.113.0/24" };
const nobody = { apply: [], relief: { sources: 0, calls: 0, totalCalls: 1_000 } };
const fingerprint = (calls: number) => `A person should look at the TLS fingerprint t13d1516h2: ${calls} calls`;

/** People, a bucket and CloudWatch; `failing` is the call that does not come back. */
function anOffice(minutes: ReadonlyMap<Instant, number> = new Map()) {
  const mails: NoticeText[] = [];
  const done: string[] = [];
  const documents = new Map<string, string>();
  const asked: { category: string; range: Window }[] = [];
  const state: { failing: string | null } = { failing: null };
  const call = async <T>(name: string, work: () => T) => {
    if (state.failing === name) throw new Error(`${name} failed`);
    return work();
  };
  const ports = {
    evidence: {
      read: (key: string) => call("read", () => JSON.parse(documents.get(key) ?? "null")),
      write: (key: string, document: unknown) => call("write", () => void documents.set(key, JSON.stringify(document))),
      amend: (key: string, change: (document: unknown) => object | null) =>
        call("write", () => {
          const next = change(JSON.parse(documents.get(key) ?? "null"));
          if (next) documents.set(key, JSON.stringify(next));
        }),
    },
    proposals: { putDone: (id: string) => call("putDone", () => void done.push(id)) },
    topic: { publish: (notice: NoticeText) => call("publish", () => void mails.push(notice)) },
    calls: (category: string, range: Window) =>
      call("calls", () => {
        asked.push({ category, range });
        return minutes;
      }),
  };
  const scene = (now: Instant) => ({
    now,
    runbookUrl: "https://example.org/runbook",
    quotas: { UserAuthentication: 10 },
  });
  const tell = (event: unknown, now = NOON) => notify(ports, event, scene(now));
  let plans = 0;
  const request = (over: Partial<Plan>, parts: object = {}) => {
    plans += 1;
    const plan = aPlan(over);
    documents.set(`plan-${plans}`, JSON.stringify(plan));
    return { run: plan.run, planKey: `plan-${plans}`, ...parts };
  };
  return { mails, done, documents, asked, state, tell, request, subjects: () => mails.map(({ subject }) => subject) };
}

function applied(counts: Partial<ApplyResult["counts"]> = {}, stopped: ApplyResult["stopped"] = []) {
  const all = { banned: 1, extended: 0, unchanged: 0, overflow: 0, refused: stopped.length, ...counts };
  return { applied: { schema: 1, run: aRun(), counts: all, sourcesWritten: 1, stopped } };
}
const inRound = (round: number, over: Partial<Run> = {}) => ({ run: aRun({ round, ...over }) });

describe("a round", () => {
  test("that bans somebody is told once, however often the function is tried", async () => {
    const { tell, request, subjects } = anOffice();
    const event = request({}, applied());
    expect(await tell(event)).toEqual({ told: true });
    expect(await tell(event, NOON + MINUTE)).toEqual({ told: false });
    expect(subjects()).toEqual(["Portcullis: 1 source banned: UserAuthentication"]);
  });

  test.each(["read", "publish", "write"])("where %s fails is told by the retry", async (failing) => {
    const { tell, request, state, mails } = anOffice();
    const event = request({ ...nobody, refuse: [allowed] });
    state.failing = failing;
    await expect(tell(event)).rejects.toThrow(failing);
    state.failing = null;
    await tell(event);
    expect(mails.length).toBe(failing === "write" ? 2 : 1);
    expect(await tell(event)).toEqual({ told: false });
  });

  test("with nothing but allow-listed offenders is told, with the entry that keeps them free", async () => {
    const { tell, request, mails } = anOffice();
    await tell(request({ ...nobody, refuse: [allowed] }));
    expect(mails[0]?.subject).toBe("Portcullis: 1 offender was found and not banned: UserAuthentication");
    expect(mails[0]?.text).toContain("203.0.113.9/32  score 99: allow-listed 203.0.113.0/24");
    expect(mails[0]?.chat.content.description).toContain("allow-listed");
  });

  test("that repeats says nothing new: not in the next rounds, not in the patrols of two days", async () => {
    const { tell, request, mails } = anOffice();
    for (let at = 0; at < 2 * DAY; at += 30 * MINUTE) {
      const run = aRun({ runId: `patrol-${at}`, trigger: "patrol" });
      await tell(request({ ...nobody, run, refuse: [allowed], notes: [fingerprint(900 + at)] }), NOON + at);
    }
    expect(mails).toHaveLength(1);
    await tell(request({ ...nobody, refuse: [allowed] }), NOON + 2 * DAY + MINUTE);
    expect(mails).toHaveLength(2);
  });

  test("with nothing but a note is told, and another note is news", async () => {
    const { tell, request, mails } = anOffice();
    await tell(request({ ...nobody, notes: [fingerprint(900)] }));
    await tell(request({ ...nobody, ...inRound(2), notes: [fingerprint(950), "12 of 14 sources were in trouble"] }));
    expect(mails.map(({ subject }) => subject)).toEqual(
      Array(2).fill("Portcullis: something to look at: UserAuthentication"),
    );
    expect(mails[1]?.text).not.toContain("fingerprint");
  });

  test("with ever new offenders on the allow list is told four times an hour, and nobody is forgotten", async () => {
    const { tell, request, mails } = anOffice();
    const crowd: RefusedBan[] = [];
    for (let round = 1; round <= 60; round += 1) {
      crowd.push({ ...allowed, source: loneSource(round) });
      await tell(request({ ...nobody, ...inRound(round), refuse: crowd }), NOON + round * MINUTE);
    }
    expect(mails).toHaveLength(4);
    await tell(request({ ...nobody, ...inRound(61), refuse: crowd }), NOON + 2 * HOUR + MINUTE);
    expect(mails.at(-1)?.subject).toContain("56 offenders were found");
  });

  test("tells no second time what stood in the notice of its bans", async () => {
    const { tell, request, mails } = anOffice();
    await tell(request({ refuse: [allowed], notes: [fingerprint(900)] }, applied()));
    expect(mails[0]?.text).toContain("allow-listed");
    await tell(request({ ...nobody, ...inRound(2), refuse: [allowed], notes: [fingerprint(901)] }));
    expect(mails).toHaveLength(1);
  });

  test("leaves the notes of a proposal to the proposal's own mail, in this round and the next", async () => {
    const { tell, request, mails } = anOffice();
    const file = { file: [aFiledBan()], proposalId: "p-1" };
    await tell(request({ ...nobody, ...file, opened: true, notes: [fingerprint(900)] }));
    await tell(request({ ...nobody, ...file, ...inRound(2), notes: [fingerprint(940)] }));
    expect(mails).toEqual([]);
    await tell(request({ ...nobody, ...file, ...inRound(3), notes: ["What no version of the proposal has told"] }));
    expect(mails).toHaveLength(1);
  });

  test.each(["already-banned", "declined-by-person"] as const)("says nothing of what is %s", async (why) => {
    const { tell, request, mails } = anOffice();
    await tell(request({ ...nobody, refuse: [{ ...allowed, why }] }));
    expect(mails).toEqual([]);
  });

  test("whose bans a full set or a guard keeps out says so once, not each round", async () => {
    const { tell, request, mails } = anOffice();
    for (const round of [1, 2, 3]) await tell(request(inRound(round), applied({ banned: 0, overflow: 7 }, [allowed])));
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain("NO ROOM in the IP sets for 7 sources");
    expect(mails[0]?.text).toContain("allow-listed");
  });
});

describe("a decision", () => {
  const answer = { schema: 1, decision: "approved", planKey: "p", by: "ada", waitedSeconds: 90 };
  const decided = { ...inRound(1), origin: "approved" as const, by: "ada", proposalId: "p-1" };
  const cut = {
    source: loneSource(1),
    score: 90,
    why: "over-limit",
    matched: "60 established users behind it, room for 40",
  };

  test("of which a guard cut a part is told with what was cut and why, once", async () => {
    const { tell, request, mails } = anOffice();
    const event = request({ ...decided, apply: [aPlannedBan()] }, { answer, ...applied({}, [cut]) });
    await tell(event);
    await tell(event);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain("Decided by ada on proposal p-1.");
    expect(mails[0]?.text).toContain("1 source was stopped by a guard at the last moment:");
    expect(mails[0]?.text).toContain("over-limit 60 established users behind it, room for 40");
  });

  test("that was carried out as made is no news, one that silence made is", async () => {
    const { tell, request, mails, done } = anOffice();
    await tell(request(decided, { answer, ...applied() }));
    await tell(request(decided, { answer, applied: null }));
    expect(mails).toEqual([]);
    expect(done).toEqual(["p-1", "p-1"]);
    await tell(request({ ...decided, by: "time-out" }, { answer, ...applied() }));
    expect(mails[0]?.text).toContain("Decided by time-out");
    const silent = request({ ...decided, proposalId: "p-2", by: "time-out", apply: [] }, { answer, applied: null });
    await tell(silent);
    await tell(silent);
    expect(mails.slice(1).map(({ subject }) => subject)).toEqual([
      "Portcullis: nobody decided, nothing is banned: UserAuthentication",
    ]);
  });

  test("tells how long people took; a round does not, nor what bans have overtaken", () => {
    const { request } = anOffice();
    expect(waitedSeconds(request(decided, { answer, applied: null }))).toBe(90);
    expect(waitedSeconds(request({}, applied()))).toBeNull();
    const overtaken = { ...answer, decision: "rejected", by: "portcullis" };
    expect(waitedSeconds(request(decided, { answer: overtaken, applied: null }))).toBeNull();
  });
});

describe("the run's end", () => {
  const quota = (calls: number) => ({ sources: 14, calls, totalCalls: 1_000, quota: { calls, of: 1_000 } });
  /** Calls a minute: 92 % of ten a second until the ban of noon is everywhere, then 31 %. */
  const use = new Map(
    Array.from({ length: 40 }, (_, n) => [NOON + (n - 20) * MINUTE, n - 20 < 1 ? 552 : 186] as const),
  );
  const over = (run = aRun()) => ({ over: { run, reason: "the alarm is over" } });
  const AT_END = NOON + 17 * MINUTE;

  test("tells predicted against measured relief, in the mail and in the chat, once", async () => {
    const { tell, request, mails, asked } = anOffice(use);
    await tell(request({ relief: quota(740) }, applied()));
    expect(await tell(over(), AT_END)).toEqual({ told: true });
    expect(await tell(over(), AT_END + MINUTE)).toEqual({ told: false });
    expect(mails).toHaveLength(2);
    expect(mails[1]?.subject).toBe("Portcullis: the alarm is over: UserAuthentication fell from 92 % to 31 %");
    const said =
      "Use of the UserAuthentication quota: 92 % before the first ban at 2026-11-22T12:00Z, predicted fall to 24 %, " +
      "measured 31 % (2026-11-22T12:07Z to 2026-11-22T12:12Z).";
    expect(mails[1]?.text).toContain(said);
    expect(mails[1]?.chat.content.description).toContain(said);
    expect(asked[0]).toEqual({ category: "UserAuthentication", range: { from: NOON - 10 * MINUTE, to: AT_END } });
  });

  test("adds up the rounds and what a person approved meanwhile, each once", async () => {
    const { tell, request, mails } = anOffice(use);
    const first = request({ relief: quota(500) }, applied());
    await tell(first);
    await tell(first, NOON + MINUTE);
    const answer = { schema: 1, decision: "approved", planKey: "p", by: "ada", waitedSeconds: 90 };
    const approved = { origin: "approved" as const, by: "ada", proposalId: "p-1", relief: quota(500) };
    await tell(request(approved, { answer, ...applied() }), NOON + 2 * MINUTE);
    await tell(over(), AT_END);
    expect(mails.at(-1)?.text).toContain("predicted fall to 23 %");
    expect(mails.at(-1)?.text).toContain("28 sources were banned by this run");
  });

  test("says where more is left than was predicted, and where nobody could predict", async () => {
    const { tell, request, mails } = anOffice(use);
    await tell(request({ relief: quota(990) }, applied()));
    await tell(over(), AT_END);
    expect(mails.at(-1)?.text).toContain("More is left than predicted");
    const other = aRun({ runId: "run-2" });
    await tell(request({ run: other, relief: { sources: 1, calls: 9, totalCalls: 9 } }, applied()));
    await tell(over(other), AT_END);
    expect(mails.at(-1)?.text).toContain("how far it would fall was not predicted");
  });

  test("a run on all categories is measured in calls a minute", async () => {
    const { tell, request, mails } = anOffice(use);
    const run = aRun({ category: "all" });
    await tell(request({ run, relief: quota(740) }, applied()));
    await tell(over(run), AT_END);
    expect(mails.at(-1)?.text).toContain("all calls a minute: 552 calls before the first ban");
  });

  test("measures nothing before CloudWatch has a minute after the ban", async () => {
    const { tell, request, mails } = anOffice(use);
    await tell(request({ relief: quota(740) }, applied()));
    await tell(over(), NOON + 7 * MINUTE);
    expect(mails.at(-1)?.text).toContain("not measured yet");
    expect(mails.at(-1)?.subject).toBe("Portcullis: the alarm is over: UserAuthentication");
  });

  test("a run that banned nobody, or only in mode observe, ends in silence", async () => {
    const { tell, request, mails } = anOffice(use);
    await tell(over(), AT_END);
    await tell(request({ simulated: true, relief: quota(740) }, applied()));
    expect(await tell(over(), AT_END)).toEqual({ told: false });
    expect(mails).toHaveLength(1);
  });

  test("a run that stops with the alarm on tells what it relieved, and tells that it stopped where nobody knows", async () => {
    const stopped = (run: Run) => ({ run, reason: "the limit of 30 rounds is reached", burning: ["a-90"] });
    const { tell, request, mails, state } = anOffice(use);
    await tell(request({ relief: quota(740) }, applied()));
    await tell(stopped(aRun()), AT_END);
    expect(mails.at(-1)?.text).toContain("predicted fall to 24 %, measured 31 %");
    const other = aRun({ runId: "run-2" });
    await tell(request({ run: other, relief: quota(740) }, applied()));
    state.failing = "calls";
    await tell(stopped(other), AT_END);
    expect(mails.at(-1)?.subject).toContain("still in ALARM");
    expect(mails.at(-1)?.text).toContain("What its bans have relieved is not known");
  });

  test("of a run whose quota others use is told once, though the function is tried again", async () => {
    const { tell, mails } = anOffice();
    const notOurs = {
      calls: 10,
      theirs: 9,
      completeTo: "2026-11-22T12:00:00Z",
      others: [{ name: "pool x", calls: 1 }],
    };
    await tell({ notOurs: { run: aRun({ notOurs }) } });
    await tell({ notOurs: { run: aRun({ notOurs }) } });
    expect(mails).toHaveLength(1);
    expect(mails[0]?.text).toContain("- pool x: 1 call\n");
  });
});
