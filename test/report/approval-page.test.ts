import fc from "fast-check";

import type { CallSeries } from "../../functions/domain/call-series.ts";
import { SHOWN_ENTRIES } from "../../functions/domain/proposal.ts";
import { readForm } from "../../local/demo/approver.ts";
import { approvalPagePolicy, renderApprovalPage } from "../../report/approval-page.ts";
import { aFiledBan, anApprovalPage, aProposal } from "./builders.ts";

const nonce = "n0nce";

test("the form posts the version that was looked at and every ticked source", () => {
  const entries = [aFiledBan(), aFiledBan({ source: "2001:db8:1:2::/64" })];
  const form = readForm(renderApprovalPage(anApprovalPage({ entries }), nonce));
  expect(form?.action).toBe("/?id=p-1&exp=1&sig=x");
  expect(form?.fields.get("hash")).toBe("abc");
  expect(form?.fields.getAll("source")).toEqual(["198.51.100.7/32", "2001:db8:1:2::/64"]);
});

test("what the machine was not sure of is not ticked beforehand", () => {
  const page = renderApprovalPage(anApprovalPage({ entries: [aFiledBan({ handsOff: false })] }), nonce);
  expect(page).toContain('type="checkbox"');
  expect(page).not.toContain(" checked");
});

test("successful sign-ins from a source are shown as collateral", () => {
  const page = renderApprovalPage(anApprovalPage({ entries: [aFiledBan({ successes: 3 })] }), nonce);
  expect(page).toContain("3 sign-ins succeeded from here");
});

test.each([
  { case: "a decided proposal", over: { state: "decided", action: "", proposal: aProposal({ status: "approved" }) } },
  { case: "a bad link", over: { state: "forbidden", action: "", proposal: null, entries: [] } },
  { case: "no proposal", over: { state: "unknown", action: "", proposal: null, entries: [] } },
] as const)("$case offers no form", ({ over }) => {
  expect(readForm(renderApprovalPage(anApprovalPage(over), nonce))).toBeNull();
});

const window = { from: "2026-03-03T10:00:00.000Z", to: "2026-03-03T10:10:00.000Z" };
const spray = { operation: "InitiateAuth", calls: 50, failures: 40, successes: 2, accepted: 0, refused: 5 };
const inTenMinutes = { window, activeMinutes: 9, peakPerMinute: 21, operations: [spray] };
const activity = [inTenMinutes];

test("calls are charted by outcome, and said in words for whoever sees no bars", () => {
  const page = renderApprovalPage(anApprovalPage({ entries: [aFiledBan({ activity })] }), nonce);
  expect(page).toContain("Last 10 minutes: active in 9 minutes, at most 21 calls in one");
  expect(page).toContain("40 failed, 2 succeeded, 5 refused, 3 without outcome");
  const widths = [...page.matchAll(/<rect class="(\w+)" x="([\d.]+)" width="([\d.]+)"/g)].map(([, ...part]) => part);
  expect(widths).toEqual([
    ["failed", "0.00", "80.00"],
    ["succeeded", "80.00", "4.00"],
    ["refused", "84.00", "10.00"],
    ["open", "94.00", "6.00"],
  ]);
});

const inSteps: CallSeries = {
  ...{ from: "2026-03-03T10:00:00.000Z", stepMinutes: 1 },
  ...{ calls: [10, 0, 40], failures: [5, 0, 40], successes: [1, 0, 0], refused: [2, 0, 0] },
};

test("calls over time are drawn by outcome, and said in words for whoever sees no bars", () => {
  const page = renderApprovalPage(anApprovalPage({ entries: [aFiledBan({ series: inSteps })] }), nonce);
  expect(page).toContain("At most 40 calls in a minute, from 10:02 UTC");
  expect(page).toContain('aria-label="Calls in each minute: 10 (5 failed), 0, 40 (40 failed)"');
  const paths = [...page.matchAll(/<path class="(\w+)" d="([^"]*)"/g)].map(([, ...part]) => part);
  expect(paths).toEqual([
    ["failed", "M0.1 40.0h.8v-5.0h-.8zM2.1 40.0h.8v-40.0h-.8z"],
    ["refused", "M0.1 35.0h.8v-2.0h-.8z"],
    ["succeeded", "M0.1 33.0h.8v-1.0h-.8z"],
    ["other", "M0.1 32.0h.8v-2.0h-.8z"],
  ]);
});

test("of hours the day is told as well", () => {
  const series = { ...inSteps, stepMinutes: 60 };
  const page = renderApprovalPage(anApprovalPage({ entries: [aFiledBan({ series })] }), nonce);
  expect(page).toContain("At most 40 calls in an hour, from 03-03 12:00 UTC");
});

test.each([
  { case: "without a call", over: { calls: [0], failures: [0] } },
  { case: "that begins at no time", over: { from: "<i>" } },
  { case: "that ends after all time", over: { from: "+275760-09-13T00:00:00.000Z" } },
])("a series $case is not drawn", ({ over }) => {
  const page = renderApprovalPage(anApprovalPage({ entries: [aFiledBan({ series: { ...inSteps, ...over } })] }), nonce);
  expect(page).not.toContain('class="series"');
});

test("people who signed in on earlier days are named as those whom the ban would hit", () => {
  const [reason] = aFiledBan().reasons;
  const reasons = reason ? [{ ...reason, observed: { establishedUsers: 4 } }] : [];
  const page = renderApprovalPage(anApprovalPage({ entries: [aFiledBan({ reasons })] }), nonce);
  expect(page).toContain("4 people who signed in here on earlier days would be locked out too");
});

test.each([
  { onTimeout: "discard", says: "nothing of this is banned" },
  { onTimeout: "banHighConfidence", says: "what was certain by itself is banned" },
] as const)("how long there is and what silence means ($onTimeout)", ({ onTimeout, says }) => {
  const deadline = { at: "2026-03-03T11:10:00.000Z", minutesLeft: 1, onTimeout };
  const page = renderApprovalPage(anApprovalPage({ deadline }), nonce);
  expect(page).toMatch(/Decide until <time[^>]*>11:10 UTC<\/time>: 1 minute was left/);
  expect(page).toContain(says);
});

test("a decided page shows what became of each source, and how to take it back", () => {
  const entries = [aFiledBan(), aFiledBan({ source: "203.0.113.9/32" })];
  const decision = { at: window.to, by: "ada", approved: 1, rejected: 1, comment: "", planKey: "p" };
  const proposal = aProposal({ status: "approved", decision });
  const over = { state: "decided", action: "", deadline: null, approved: ["203.0.113.9/32"] } as const;
  const page = renderApprovalPage(anApprovalPage({ ...over, proposal, entries }), nonce);
  expect(page).toMatch(/198\.51\.100\.7\/32[\s\S]*>rejected<[\s\S]*203\.0\.113\.9\/32[\s\S]*>approved</);
  expect(page).toContain("portcullis bans undo r-1");
  expect(readForm(page)).toBeNull();
});

test.each([
  { status: "overtaken" as const, says: "all banned meanwhile, nobody had to decide" },
  { status: "expired" as const, says: "nobody decided in time" },
])("a page of a proposal that is $status says so, and of no source that somebody chose", ({ status, says }) => {
  const decision = { at: window.to, by: "portcullis", approved: 0, rejected: 0, comment: "why it ended", planKey: "p" };
  const over = { state: "decided-before", action: "", deadline: null, approved: null } as const;
  const page = renderApprovalPage(anApprovalPage({ ...over, proposal: aProposal({ status, decision }) }), nonce);
  for (const text of [says, "why it ended", "198.51.100.7/32"]) expect(page).toContain(text);
  for (const text of [">rejected<", ">approved<", "bans undo"]) expect(page).not.toContain(text);
  expect(readForm(page)).toBeNull();
});

test("ten times as many sources as are shown stay one page, with one tick and one sum for the others", () => {
  const entries = Array.from({ length: 10 * SHOWN_ENTRIES }, () =>
    aFiledBan({ handsOff: false, activity, successes: 1 }),
  );
  const page = renderApprovalPage(anApprovalPage({ entries }), nonce);
  expect(page.match(/name="source"/g)).toHaveLength(SHOWN_ENTRIES);
  expect(page.match(/name="rest"/g)).toHaveLength(1);
  expect(page).toContain("1800 more, each with a score of 93 or less");
  expect(page).toContain("Somebody has signed in from 1800 of them");
  expect(page.length).toBeLessThan(1_500_000);
});

test("what a person should look at stands apart from what the evidence lacks", () => {
  const page = renderApprovalPage(anApprovalPage({ missing: ["a gap"], notes: ["a fingerprint"] }), nonce);
  expect(page).toMatch(
    /evidence is not complete[\s\S]*<li>a gap<\/li>[\s\S]*Look at this too[\s\S]*<li>a fingerprint<\/li>/,
  );
  expect(renderApprovalPage(anApprovalPage({ missing: ["a gap"] }), nonce)).not.toContain("Look at this too");
});

test("texts from the traffic never become markup, whichever field holds them", () => {
  const hostile = '"><script>alert(1)</script>';
  const reason = {
    detection: hostile,
    severity: 1,
    text: hostile,
    window: { from: hostile, to: hostile },
    observed: {},
  };
  const page = renderApprovalPage(
    anApprovalPage({
      action: hostile,
      entries: [
        aFiledBan({
          ...{ source: hostile, reasons: [reason] },
          activity: [
            { ...inTenMinutes, window: { from: hostile, to: hostile }, operations: [{ ...spray, operation: hostile }] },
          ],
        }),
      ],
      missing: [hostile],
      notes: [hostile],
      proposal: aProposal({ category: hostile, hash: hostile }),
    }),
    nonce,
  );
  expect(page).not.toContain("<script");
});

test("any text at all leaves the page's elements what they are", () => {
  const elements = (text: string) => {
    const reason = { detection: text, severity: 1, text, window: { from: text, to: text }, observed: {} };
    const told = [{ ...inTenMinutes, window: { from: text, to: text }, operations: [{ ...spray, operation: text }] }];
    const decision = { at: text, by: text, approved: 1, rejected: 0, comment: `-${text}`, planKey: text };
    const page = anApprovalPage({
      entries: [aFiledBan({ source: text, reasons: [reason], activity: told, series: { ...inSteps, from: text } })],
      ...{ action: `?${text}`, missing: [text], notes: [text] },
      proposal: aProposal({ category: text, hash: text, id: text, updatedAt: text, decision }),
    });
    const shown = renderApprovalPage(page, nonce);
    expect(shown).not.toMatch(/[^\P{Cc}\t\n\r]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    return shown.match(/<[^\s>]*|"[ >]| on\w+=/g);
  };
  const plain = elements("x");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => expect(elements(text)).toEqual(plain)));
});

test("the policy allows no script and no other place to post to", () => {
  const policy = approvalPagePolicy(nonce);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("form-action 'self'");
  expect(policy).not.toContain("script-src");
  expect(renderApprovalPage(anApprovalPage(), nonce)).toContain(`<style nonce="${nonce}">`);
});
