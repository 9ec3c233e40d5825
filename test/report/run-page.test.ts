import { renderTools } from "../../cli/render-tools.ts";
import type { Offender, RunReport } from "../../functions/domain/run-report.ts";
import { runReportSchema } from "../../functions/domain/run-report.ts";
import { renderRunPage } from "../../report/run-page.ts";
import { aSource } from "./analysis-builders.ts";
import { aFate, anOffender, aRound, aRun } from "./run-builders.ts";

const tools = renderTools();
const textOf = (run: RunReport) =>
  renderRunPage(run, tools)
    .replace(/<(style|script)\b.*?<\/\1>/gs, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");

test("the builders make documents that a run could have written", () => {
  expect(runReportSchema.safeParse(JSON.parse(JSON.stringify(aRun()))).error).toBeUndefined();
});

test("the first words say who is banned, until when, and why", () => {
  const until = (iso: string) => anOffender({ fate: aFate({ until: iso }) });
  const run = aRun({ offenders: [until("2026-03-03T11:12:30.000Z"), until("2026-03-03T13:00:00.000Z")] });
  expect(textOf(run)).toContain(
    "As of 2026-03-03 10:40 UTC: 2 sources are banned until 2026-03-03 11:12 to 13:00 UTC. Mostly password-spray.",
  );
});

test.each([
  { case: "nobody", over: { offenders: [] }, says: "No source looks like an attack." },
  {
    case: "others in the account",
    over: { notOurs: { calls: 100, theirs: 90, completeTo: "2026-03-03T10:09:00.000Z", others: [] } },
    says: "The quota is used by others in this account",
  },
  {
    case: "whom mode observe lets through",
    over: { mode: "observe" as const, offenders: [anOffender({ fate: aFate({ simulated: true }) })] },
    says: "1 source would be banned until 2026-03-03 11:12 UTC, but mode observe blocks nothing.",
  },
  {
    case: "who waits",
    over: { offenders: [anOffender({ fate: aFate({ state: "waiting", because: ["no-baseline"] }) })] },
    says: "1 source waits for a person. Mostly",
  },
])("a run that found $case says so first", ({ over, says }) => {
  expect(textOf(aRun(over))).toContain(says);
});

const fates: { fate: Partial<Offender["fate"]>; says: string }[] = [
  { fate: {}, says: "banned until 2026-03-03 11:12 hands-off" },
  { fate: { simulated: true }, says: "would be banned until 2026-03-03 11:12 mode observe: nothing is blocked" },
  { fate: { origin: "approved", by: "eve" }, says: "banned until 2026-03-03 11:12 approved by eve" },
  { fate: { state: "over" }, says: "was banned until 2026-03-03 11:12 hands-off" },
  { fate: { state: "over", simulated: true }, says: "would have been banned until 2026-03-03 11:12 mode observe" },
  { fate: { state: "released" }, says: "released at 2026-03-03 11:12, before its end; the ban was hands-off" },
  {
    fate: { state: "undone", origin: "approved", by: "eve", until: null },
    says: "undone before its end; the ban was approved by eve",
  },
  { fate: { state: "waiting", because: ["shared-address"] }, says: "waits a person decides: established users share" },
  { fate: { state: "rejected" }, says: "rejected a person decided against a ban" },
  { fate: { state: "expired", because: ["range"] }, says: "nobody decided it is a range, not one source" },
  { fate: { state: "overtaken" }, says: "banned meanwhile by another run or by hand" },
  { fate: { state: "noPlan" }, says: "nothing decided the round ended before that" },
  {
    fate: { state: "kept", why: "allow-listed", matched: "198.51.100.0/28" },
    says: "not banned it is on the allow list: 198.51.100.0/28",
  },
  { fate: { state: "kept", why: "a-new-guard" }, says: "not banned a-new-guard" },
];
test.each(fates)("a source reads: $says", ({ fate, says }) => {
  expect(textOf(aRun({ offenders: [anOffender({ fate: aFate(fate) })] }))).toContain(says);
});

test("the alarm tells its value, its threshold, and how close to the quota it came", () => {
  const text = textOf(aRun());
  expect(text).toContain(
    "portcullis-quota-UserAuthentication-70 reached 78.4 against a threshold of 70 at 2026-03-03 10:09:00",
  );
  expect(text).toContain("UserAuthentication at most 78 % of a quota of 120 calls a second");
});

test("what was not done stands there with its reason: guards, people, the watch list, missing evidence", () => {
  const kept = (n: number) =>
    anOffender({ source: `203.0.113.${n}/32`, fate: aFate({ state: "kept", why: "never-block" }) });
  const text = textOf(
    aRun({
      offenders: [kept(1), kept(2), anOffender({ fate: aFate({ state: "rejected", by: "eve" }) })],
      watched: [aSource({ verdict: "watch" })],
      missing: [
        { text: "CloudTrail is complete to 10:07 only", rounds: [1, 2] },
        { text: "CloudTrail is complete to 10:02 only", rounds: [1] },
      ],
      rounds: [1, 2].map((round) => aRound({ round })),
    }),
  );
  expect(text).toContain(
    "2 sources not banned : it is on the list of what is never blocked. 203.0.113.1/32, 203.0.113.2/32",
  );
  expect(text).toContain("1 source rejected : a person decided against a ban.");
  expect(text).toContain("1 source stands out, but not enough for a ban.");
  expect(text).toContain(
    "CloudTrail is complete to 10:07 only rounds 1, 2 1 statement of earlier rounds, when fewer logs had come CloudTrail is complete to 10:02 only round 1",
  );
});

test("each reason leads to the query that its numbers come from, with Athena's id and what it cost", () => {
  const page = renderRunPage(aRun(), tools);
  expect(page).toContain('<a href="#query-1-short">short, round 1</a>, 2026-03-03 10:00:00 to 10:10:00');
  expect(page).toContain('<span id="query-1-short">short, round 1</span>');
  const text = textOf(aRun());
  expect(text).toContain("11111111-2222-3333-4444-555555555555 48 MB $0.0002");
  expect(text).toContain("Queries scanned 48 MB for $0.0002 at the prices of eu-west-1, 2026-03");
});

test("the timeline marks alarm, ban and release, and has its numbers as a table", () => {
  const release = { at: "2026-03-03T10:30:00.000Z", kind: "release" as const, text: "1 source released", sources: 1 };
  const page = renderRunPage(aRun({ marks: [...aRun().marks, release] }), tools);
  expect(page.match(/<line class="flag (alarm|ban|release)"/g)).toHaveLength(3);
  expect(page).toMatch(/<svg class="plot"[^>]* role="img" aria-label="Calls over time; at most [0-9]+ in 1 minute/);
  expect(page).toContain("These numbers as a table");
});

test("a round that failed and a run without rounds are no errors", () => {
  const failed = aRound({ found: null, planned: null, applied: null, plannedAt: null, appliedAt: null });
  expect(textOf(aRun({ rounds: [failed], offenders: [] }))).toContain("look failed");
  const empty = aRun({ rounds: [], queries: [], quotas: [], series: null, offenders: [], end: null, mode: null });
  expect(textOf(empty)).not.toMatch(/undefined|null|NaN/);
});
