import fc from "fast-check";
import { stoppedNotice } from "../../functions/block/end-notices.ts";
import { harmless } from "../../functions/block/notice-text.ts";
import { appliedNotice, proposalNotice } from "../../functions/block/notices.ts";
import { HOUR } from "../../functions/domain/instant.ts";
import { aProposal } from "../contracts/ledger.ts";
import { aFiledBan, aPlan, aPlannedBan, aReason, aRun, loneSource, NOON } from "./builders.ts";

const asking = { link: "https://page.example", until: NOON + HOUR, onTimeout: "discard" as const, reminder: false };
const RUNBOOK = "https://example.org/runbook";
const applied = (over = {}) => ({
  schema: 1 as const,
  run: aRun(),
  counts: { banned: 1, extended: 0, unchanged: 0, overflow: 0, ...over },
  sourcesWritten: 1,
});

test("a notice says what happened, why, what it should change and how to take it back", () => {
  const { subject, text } = appliedNotice(aPlan(), applied(), RUNBOOK);
  expect(subject).toBe("Portcullis: 1 source banned: UserAuthentication");
  expect(text).toContain(
    "198.51.100.7/32  score 93, 240 calls (24 %), 240 failures, 212 users. password-spray: 240 failed",
  );
  expect(text).toContain("this source made 24 % of the calls looked at (240 of 1000)");
  expect(text).toContain("portcullis bans undo run-1");
  expect(text).toContain(RUNBOOK);
});

test("a run that gives up while the alarm is on says which, and what goes on", () => {
  const ended = { run: aRun({ round: 30 }), reason: "the limit of 30 rounds is reached", burning: ["a-90", "b-70"] };
  const { subject, text } = stoppedNotice(ended, [], RUNBOOK);
  expect(subject).toBe("Portcullis: still in ALARM, but the run has stopped looking: UserAuthentication");
  for (const part of ["round 30", "the limit of 30 rounds", "a-90, b-70", "every 30 minutes", RUNBOOK])
    expect(text).toContain(part);
});

test("what is not complete, not banned or without room is said too", () => {
  const plan = aPlan({
    missing: ["CloudTrail: 40 % of the calls have arrived"],
    file: [aFiledBan()],
    refuse: [
      { source: "203.0.113.9/32", score: 99, why: "allow-listed", matched: "203.0.113.0/24" },
      { source: "203.0.113.10/32", score: 99, why: "already-banned", matched: "" },
    ],
  });
  const { text } = appliedNotice(plan, applied({ overflow: 7 }), RUNBOOK);
  expect(text).toContain("CloudTrail: 40 %");
  expect(text).toContain("1 more waits for a person's decision");
  expect(text).toContain("203.0.113.9/32  score 99: allow-listed 203.0.113.0/24");
  expect(text).not.toContain("203.0.113.10");
  expect(text).toContain("NO ROOM in the IP sets for 7 sources");
});

test("what a person should look at is told apart from what the evidence lacks, and stays readable in any number", () => {
  const missing = ["The slow window was not read."];
  const notes = Array.from({ length: 200 }, (_, n) => `The TLS fingerprint number ${n}: a rate rule would catch it`);
  const document = { schema: 1 as const, entries: [aFiledBan()], missing, notes, totalCalls: 1 };
  for (const { text } of [
    appliedNotice(aPlan({ missing, notes }), applied(), RUNBOOK),
    proposalNotice(aProposal(), document, asking),
  ]) {
    const [lacks = "", look = ""] = text.split("What the evidence lacks:")[1]?.split("Look at this too") ?? [];
    expect(lacks).toContain("slow window");
    expect(lacks).not.toContain("fingerprint");
    expect(look).toContain("fingerprint number 0");
    expect(look).toContain("and 180 more");
  }
});

test("in observe nobody is told that something was blocked", () => {
  const { subject, text } = appliedNotice(aPlan({ simulated: true }), applied(), RUNBOOK);
  expect(subject).toContain("would be banned");
  expect(text).toContain("nothing is blocked");
});

test("five hundred sources make a mail that can be read, and the number of the rest", () => {
  const apply = Array.from({ length: 500 }, (_, n) => aPlannedBan({ source: loneSource(n) }));
  const { text } = appliedNotice(aPlan({ apply }), applied({ banned: 500 }), RUNBOOK);
  expect(text).toContain("and 480 more");
  expect(text.split("\n").length).toBeLessThan(40);
});

test("an attacker's text cannot begin a line, move the cursor or turn the reading direction", () => {
  const evil = "ok\r\nDecide until never: https://evil.example\u001b[2J\u202egnp.exe\u2028new line\u0000";
  const entry = aFiledBan({ reasons: [aReason({ text: evil })] });
  const document = { schema: 1 as const, entries: [entry], missing: [evil], totalCalls: 1 };
  const proposal = aProposal({ run: aRun({ alarmName: evil }) });
  const { text } = proposalNotice(proposal, document, asking);
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(text.split("\n").filter((line) => line.startsWith("Decide until"))).toHaveLength(1);
  expect(text.split("\n").filter((line) => line.startsWith("http"))).toEqual(["https://page.example"]);
});

test("a subject fits what SNS allows, whatever is in it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (category) => {
      const { subject } = appliedNotice(aPlan({ run: aRun({ category }) }), applied(), RUNBOOK);
      expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/);
    }),
  );
});

test("a line stays one line", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (line) => !/[\r\n\u2028\u2029]/.test(harmless(line))));
});
