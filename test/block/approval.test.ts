import fc from "fast-check";

import { answerPage } from "../../functions/block/approval.ts";
import type { PageRequest } from "../../functions/block/approval-form.ts";
import { linkQuery } from "../../functions/block/approval-link.ts";
import { HOUR } from "../../functions/domain/instant.ts";
import { aFiledBan, loneSource, NOON } from "./builders.ts";
import { A, aDesk, filed, KEY } from "./desk.ts";

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
