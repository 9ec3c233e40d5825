import fc from "fast-check";

import { applyPlan } from "../../functions/block/apply.ts";
import { answerPage } from "../../functions/block/approval.ts";
import type { PageRequest } from "../../functions/block/approval-form.ts";
import { linkQuery, readLink } from "../../functions/block/approval-link.ts";
import { ask, timeOut } from "../../functions/block/ask.ts";
import { decideProposal } from "../../functions/block/decide-proposal.ts";
import { declinedSources, fileProposal, readEntries } from "../../functions/block/file-proposal.ts";
import type { NoticeText } from "../../functions/block/notice-text.ts";
import { decideProposal as decideAtDesk, listProposals } from "../../functions/block/operator.ts";
import { hashEntries, mergeEntries, wantsNotice } from "../../functions/block/proposals.ts";
import { HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import { type Plan, planSchema } from "../../functions/domain/plan.ts";
import { policySchema } from "../../functions/domain/policy.ts";
import { aProposal } from "../contracts/ledger.ts";
import { aFiledBan, aPlan, aReason, aRun, exclusions, loneSource, NOON } from "./builders.ts";
import { aScene } from "./scene.ts";

const KEY = "key-of-approval-links";
const A = "198.51.100.8/32";
const B = "203.0.113.9/32";

function aDesk() {
  const scene = aScene();
  const documents = new Map<string, string>();
  const started: { name: string; input: unknown }[] = [];
  const answered: { token: string; output: unknown }[] = [];
  const mails: NoticeText[] = [];
  const ports = {
    ...scene.ports,
    evidence: {
      read: async (key: string) => JSON.parse(documents.get(key) ?? "null"),
      write: async (key: string, document: unknown) => void documents.set(key, JSON.stringify(document)),
    },
    executions: {
      start: async (name: string, input: unknown) => {
        if (!started.some((one) => one.name === name)) started.push({ name, input });
      },
    },
    tokens: {
      succeed: async (token: string, output: unknown) => {
        if (answered.some((one) => one.token === token)) return false;
        answered.push({ token, output });
        return true;
      },
    },
    topic: { publish: async (notice: NoticeText) => void mails.push(notice) },
  };
  const plan = (over: Partial<Plan> = {}) =>
    aPlan({
      apply: [],
      file: [aFiledBan({ source: A }), aFiledBan({ source: B, score: 80, handsOff: true })],
      ...over,
    });
  let ids = 0;
  return {
    ...{ scene, ports, documents, started, answered, mails, plan },
    file: (over: Partial<Plan> = {}) => {
      ids += 1;
      return fileProposal(ports, plan(over), `proposal-number-${ids}`, scene.now());
    },
    stage: (over = {}) => ({
      now: scene.now(),
      approvalUrl: "https://approval.example.com/",
      approvalMinutes: 60,
      key: KEY,
      onTimeout: "discard" as const,
      nonce: "n",
      ...over,
    }),
    get: async (id: string) => {
      const ticket = await ports.proposals.get(id);
      if (!ticket) throw new Error(`no proposal ${id}`);
      return ticket.proposal;
    },
  };
}
type Desk = ReturnType<typeof aDesk>;

async function filed(desk: Desk, over: Partial<Plan> = {}) {
  const proposal = await desk.file(over);
  if (!proposal) throw new Error("nothing was filed");
  return proposal;
}
const step = (proposal: { id: string; version: number }, taskToken = "token-1") => ({
  ...{ step: "ask" as const, run: aRun(), proposalId: proposal.id, version: proposal.version, taskToken },
});
function decision(proposal: { id: string; hash: string }, approved: string[], over = {}) {
  const who = { by: "ada", comment: "", at: NOON + MINUTE, otherwise: "rejected" as const, nonce: "n0" };
  return { id: proposal.id, hash: proposal.hash, approved, ...who, ...over };
}

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
      `Decide until ${toIso(NOON + HOUR)}. If nobody does, none of them is banned.`,
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

describe("the page", () => {
  async function opened() {
    const desk = aDesk();
    const proposal = await filed(desk);
    const query = linkQuery({ id: proposal.id, expiresAt: NOON + HOUR }, KEY);
    const scene = { key: KEY, nonce: "n", approvalMinutes: 60, onTimeout: "discard" as const };
    const contentType = "application/x-www-form-urlencoded";
    const request = (
      method: string,
      form: Record<string, string> | string = "",
      { at = NOON, link = query, ...over }: { at?: number; link?: string } & Partial<PageRequest> = {},
    ) => {
      const body = new URLSearchParams(form).toString();
      const asked = { method, query: link, contentType, fetchSite: "same-origin", body, ...over };
      return answerPage(desk.ports, asked, { ...scene, now: at });
    };
    const refused = async (end: Awaited<ReturnType<typeof answerPage>>, status: number, state: string) => {
      expect(end).toMatchObject({ status, page: { state, action: `?${query}` } });
      expect((await desk.get(proposal.id)).status).toBe("open");
    };
    return { desk, proposal, query, request, refused };
  }

  test.each(["GET", "HEAD"])("%s shows and never decides", async (method) => {
    const { desk, proposal, request } = await opened();
    const form = { decision: "approve", source: A, hash: proposal.hash };
    expect(await request(method, form)).toMatchObject({ status: 200, page: { state: "open", entries: { length: 2 } } });
    expect((await desk.get(proposal.id)).status).toBe("open");
  });

  test("POST decides what is ticked", async () => {
    const { desk, proposal, request } = await opened();
    const form = { decision: "approve", source: A, hash: proposal.hash, comment: "x".repeat(5_000), version: "1" };
    expect(await request("POST", form)).toMatchObject({ status: 200, page: { state: "decided", action: "" } });
    const { decision: made } = await desk.get(proposal.id);
    expect(made).toMatchObject({ approved: 1, rejected: 1 });
    expect(made?.comment).toHaveLength(1_000);
  });

  test("approve with nothing ticked decides nothing", async () => {
    const { proposal, request, refused } = await opened();
    await refused(await request("POST", { decision: "approve", hash: proposal.hash }), 400, "nothing-ticked");
  });

  test.each([
    { case: "an empty form", change: () => "" },
    { case: "a form without hash", change: (form: string) => form.replace(/hash=[^&]*/, "") },
    { case: "no decision", change: (form: string) => form.replace(/decision=[^&]*/, "") },
    { case: "an unknown decision", change: (form: string) => form.replace("approve", "banEverything") },
    { case: "two decisions", change: (form: string) => `${form}&decision=reject` },
    { case: "two hashes", change: (form: string) => `${form}&hash=other` },
    { case: "a source that was not proposed", change: (form: string) => `${form}&source=192.0.2.200/32` },
    { case: "everybody as a source", change: (form: string) => `${form}&source=0.0.0.0/0` },
    { case: "a source that is none", change: (form: string) => `${form}&source=<script>` },
    { case: "a negative version", change: (form: string) => `${form}&version=-1` },
    { case: "a version without end", change: (form: string) => `${form}&version=${"9".repeat(400)}` },
    { case: "a field of somebody else's", change: (form: string) => `${form}&minutes=-5` },
    { case: "a field named like a member of every object", change: (form: string) => `${form}&__proto__=1` },
  ])("$case is refused with 400 and decides nothing", async ({ change }) => {
    const { proposal, request, refused } = await opened();
    const form = new URLSearchParams({ decision: "approve", source: A, hash: proposal.hash }).toString();
    await refused(await request("POST", change(form)), 400, "malformed");
  });

  test.each([
    { case: "ten thousand fields", more: "&source=192.0.2.1%2F32".repeat(10_000) },
    { case: "six hundred fields", more: "&source=192.0.2.1/32".repeat(600) },
    { case: "a comment of five megabytes", more: `&comment=${"x".repeat(5_000_000)}` },
  ])("$case are refused with 413", async ({ more }) => {
    const { proposal, request, refused } = await opened();
    const form = { decision: "approve", source: A, hash: proposal.hash };
    const body = `${new URLSearchParams(form)}${more}`;
    await refused(await request("POST", form, { body }), 413, "too-large");
  });

  test.each(["text/plain", "multipart/form-data; boundary=x", "application/json", ""])(
    "a form sent as %j decides nothing",
    async (contentType) => {
      const { proposal, request, refused } = await opened();
      const form = { decision: "approve", source: A, hash: proposal.hash };
      await refused(await request("POST", form, { contentType }), 400, "malformed");
    },
  );

  test.each(["cross-site", "same-site"])(
    "a form that a %s page sent decides nothing, link or not",
    async (fetchSite) => {
      const { proposal, request, refused } = await opened();
      const form = { decision: "approve", source: A, hash: proposal.hash };
      await refused(await request("POST", form, { fetchSite }), 403, "foreign");
    },
  );

  test("whatever is sent, nothing but a form of the page decides, and nothing throws", async () => {
    const { desk, proposal, request } = await opened();
    const name = fc.constantFrom("decision", "source", "hash", "version", "rest", "comment", "x");
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("approve", "reject", A, "-1", "1e9"));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 12 }), fc.string(), async (fields, contentType) => {
        const body = new URLSearchParams(fields).toString();
        const { status } = await request("POST", "", { body });
        expect(status >= 400 && status < 500).toBe(true);
        expect((await request("POST", "", { body, contentType })).status).toBe(400);
      }),
    );
    expect((await desk.get(proposal.id)).status).toBe("open");
  });

  test("a second answer is told what was decided, and changes nothing", async () => {
    const { desk, proposal, request } = await opened();
    const form = { decision: "approve", source: A, hash: proposal.hash };
    await request("POST", form);
    const second = await request("POST", { decision: "reject", hash: proposal.hash });
    expect(second).toMatchObject({ status: 200, page: { state: "decided-before", action: "", approved: [A] } });
    expect((await request("GET")).page).toMatchObject({ state: "decided-before", deadline: null });
    expect((await desk.get(proposal.id)).decision).toMatchObject({ approved: 1 });
  });

  test("of ten times as many sources as a page shows, one tick decides those that are summed up", async () => {
    const desk = aDesk();
    const file = Array.from({ length: 2_000 }, (_, n) =>
      aFiledBan({ source: loneSource(n), score: n < 200 ? 90 : 80 }),
    );
    const proposal = await filed(desk, { file });
    const query = linkQuery({ id: proposal.id, expiresAt: NOON + HOUR }, KEY);
    const body = new URLSearchParams({ decision: "approve", rest: "all", hash: proposal.hash }).toString();
    const end = await answerPage(
      desk.ports,
      { method: "POST", query, contentType: "application/x-www-form-urlencoded", fetchSite: "", body },
      { key: KEY, nonce: "n", approvalMinutes: 60, onTimeout: "discard", now: NOON },
    );
    expect(end).toMatchObject({ status: 200, page: { proposal: { decision: { approved: 1_800, rejected: 200 } } } });
    expect(end.page.approved).not.toContain(loneSource(0));
  });

  test("a page of an older version is told that it has changed, and shows the new one", async () => {
    const { desk, proposal, request } = await opened();
    await filed(desk, { file: [aFiledBan({ source: "192.0.2.5/32" })] });
    const form = { decision: "approve", source: A, hash: proposal.hash };
    expect(await request("POST", form)).toMatchObject({
      status: 409,
      page: { state: "changed", entries: { length: 3 } },
    });
    expect((await desk.get(proposal.id)).status).toBe("open");
  });

  test("a link is over at its expiry", async () => {
    const { request } = await opened();
    expect((await request("GET", "", { at: NOON + HOUR - 1 })).status).toBe(200);
    expect((await request("GET", "", { at: NOON + HOUR })).status).toBe(403);
  });

  test.each([
    { case: "another id", change: (query: string) => query.replace("id=proposal-number-1", "id=proposal-number-2") },
    { case: "a later expiry", change: (query: string) => query.replace(/exp=\d+/, "exp=99999999999") },
    { case: "a second id", change: (query: string) => `${query}&id=proposal-number-2` },
    { case: "no MAC", change: (query: string) => query.replace(/&hmac=.*/, "") },
    { case: "an empty MAC", change: (query: string) => query.replace(/hmac=.*/, "hmac=") },
    { case: "a cut MAC", change: (query: string) => query.slice(0, -1) },
  ])("a link with $case is refused, to look and to decide", async ({ change }) => {
    const { desk, proposal, query, request } = await opened();
    const form = { decision: "approve", source: A, hash: proposal.hash };
    for (const method of ["GET", "POST"])
      expect(await request(method, form, { link: change(query) })).toMatchObject({
        status: 403,
        page: { state: "forbidden", proposal: null, entries: [] },
      });
    expect((await desk.get(proposal.id)).status).toBe("open");
  });

  test("a link of an unknown proposal says so", async () => {
    const { request } = await opened();
    const stranger = linkQuery({ id: "proposal-nobody-knows", expiresAt: NOON + HOUR }, KEY);
    expect(await request("GET", "", { link: stranger })).toMatchObject({ status: 404, page: { state: "unknown" } });
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
