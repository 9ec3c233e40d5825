/** The worked examples of docs/concepts.md, by the functions that deployments use. */
import { applyClaim } from "../../functions/block/ledger.ts";
import { detections } from "../../functions/detect/detections/index.ts";
import { createJudge } from "../../functions/detect/score.ts";
import type { Ban } from "../../functions/domain/ban.ts";
import { HOUR, MINUTE } from "../../functions/domain/instant.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import { anOrder, calm, NOON } from "../block/builders.ts";
import { anOperation, aProfile } from "../detect/profile-builders.ts";
import { read } from "./documents.ts";

const text = read("docs/concepts.md");
const window = { from: NOON - 10 * MINUTE, to: NOON };

function judged(failures: number, failingUsers: number, complete = true) {
  const counts = { calls: failures, failures, distinctUsers: failingUsers, failingUsers };
  const operations = [anOperation({ ...counts, topUserFailures: failures / failingUsers })];
  const judgement = createJudge(defaultPolicy)(aProfile({ operations }), { size: "short", window, complete });
  if (!judgement) throw new Error("nothing fired");
  return judgement;
}

test("the example of a score shows each detection that fires, and the score that they come to", () => {
  const { score, reasons } = judged(36, 12);
  const rows = reasons.map(({ detection, severity, text: told }) => {
    const weight = detections.find(({ id }) => id === detection)?.weight ?? 0;
    return `| \`${detection}\`: ${told} | ${weight} | ${severity} | ${(1 - weight * severity).toFixed(3)} |`;
  });
  const shown = text.split("\n").filter((line) => line.startsWith("| `"));
  expect(shown).toEqual(rows);
  expect(text).toContain(`= ${score}, a ban`);
});

test.each([
  { failures: 36, users: 12, needs: [], said: "alone comes to 83" },
  {
    failures: 18,
    users: 6,
    needs: ["incomplete-evidence"],
    said: "the score is 80, but `password-spray` alone comes to 52",
  },
])("on incomplete logs $failures failures on $users users need $needs", ({ failures, users, needs, said }) => {
  const { score, reasons, needs: found } = judged(failures, users, false);
  const spray = reasons.find(({ detection }) => detection === "password-spray")?.severity ?? 0;
  expect(text.replaceAll("\n", " ")).toContain(said);
  expect(said).toContain(String(Math.round(95 * spray)));
  if (said.includes("the score is")) expect(said).toContain(`the score is ${score}`);
  expect(found).toEqual(needs);
});

test("the table of durations is what the ledger makes of one ban after the other", () => {
  const hours: number[] = [];
  let ban: Ban | null = null;
  let now = NOON;
  for (let turn = 1; turn <= 9; turn += 1) {
    const next: Ban | "unchanged" = applyClaim(ban, anOrder({ key: `run-${turn}`, at: now }), now, calm);
    if (next === "unchanged") throw new Error(`ban ${turn} was none`);
    ban = next;
    hours.push((Date.parse(ban.expiresAt) - now) / HOUR);
    now = Date.parse(ban.expiresAt) + MINUTE;
  }
  expect(text).toContain(`| hours | ${hours.join(" | ")} |`);
});
