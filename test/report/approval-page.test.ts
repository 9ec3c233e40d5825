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

test("what a person should look at stands apart from what the evidence lacks", () => {
  const page = renderApprovalPage(anApprovalPage({ missing: ["a gap"], notes: ["a fingerprint"] }), nonce);
  expect(page).toMatch(/evidence is not complete[^]*<li>a gap<\/li>[^]*Look at this too[^]*<li>a fingerprint<\/li>/);
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
      entries: [aFiledBan({ source: hostile, reasons: [reason] })],
      missing: [hostile],
      proposal: aProposal({ category: hostile, hash: hostile }),
    }),
    nonce,
  );
  expect(page).not.toContain("<script");
});

test("the policy allows no script and no other place to post to", () => {
  const policy = approvalPagePolicy(nonce);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("form-action 'self'");
  expect(policy).not.toContain("script-src");
  expect(renderApprovalPage(anApprovalPage(), nonce)).toContain(`<style nonce="${nonce}">`);
});
