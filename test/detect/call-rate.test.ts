/** Which calls count how far: proven ones ban, unanswered ones ask, refused ones are watched. */
import type { Circumstances } from "../../functions/detect/detection.ts";
import { callRate } from "../../functions/detect/detections/call-rate/detection.ts";
import type { OperationTally } from "../../functions/detect/profiles.ts";
import { anOperation, aProfile } from "./profile-builders.ts";

const limits = { watchAt: 150, banAt: 300 };
const calm: Circumstances = { faultsAreOurs: false, answersAreIn: false };

function endOf(tally: Partial<OperationTally>, circumstances: Partial<Circumstances> = {}): string {
  const profile = aProfile({ operations: [anOperation(tally)] });
  const finding = callRate.judge(profile, limits, { ...calm, ...circumstances });
  if (!finding) return "nothing";
  const step = finding.severity >= 0.85 ? "ban" : "watch";
  return finding.doubtful ? `${step}, doubtful` : step;
}

test.each([
  { case: "340 answered calls", tally: { calls: 340, steps: 340 }, end: "ban" },
  { case: "340 calls of which nobody knows", tally: { calls: 340, unknown: 340, unserved: 340 }, end: "ban, doubtful" },
  { case: "11,000 of them", tally: { calls: 11_000, unknown: 11_000, unserved: 11_000 }, end: "ban, doubtful" },
  { case: "12,000 of them", tally: { calls: 12_000, unknown: 12_000, unserved: 12_000 }, end: "ban" },
  { case: "200 of them", tally: { calls: 200, unknown: 200, unserved: 200 }, end: "watch, doubtful" },
  {
    case: "2,500 calls with an unknown client",
    tally: { calls: 2_500, unknown: 2_500, unknownClients: 2_500 },
    end: "watch, doubtful",
  },
  {
    case: "12,000 calls with an unknown client",
    tally: { calls: 12_000, unknown: 12_000, unknownClients: 12_000 },
    end: "ban, doubtful",
  },
  {
    case: "340 answered calls behind 2,500 refused ones",
    tally: { calls: 2_840, steps: 340, unknown: 2_500, unknownClients: 2_500 },
    end: "ban",
  },
  {
    case: "a rate rule's blocks of what was refused",
    tally: { calls: 5_000, unknown: 1_000, unknownClients: 1_000, blocked: 4_000, rateBlocked: 4_000 },
    end: "watch, doubtful",
  },
  {
    case: "a rate rule's blocks of what was answered",
    tally: { calls: 500, steps: 100, blocked: 400, rateBlocked: 400 },
    end: "ban",
  },
  {
    case: "nothing but a rate rule's blocks",
    tally: { calls: 5_000, blocked: 5_000, rateBlocked: 5_000 },
    end: "ban, doubtful",
  },
  { case: "340 dead tokens", tally: { calls: 340, unknown: 340 }, end: "ban, doubtful" },
  { case: "1,200 dead tokens", tally: { calls: 1_200, unknown: 1_200 }, end: "ban" },
])("$case: $end", ({ tally, end }) => {
  expect(endOf(tally)).toBe(end);
});

test("what CloudTrail, once complete, does not hold was refused", () => {
  const tally = { calls: 2_500, unknown: 2_500, unserved: 2_500 };
  expect(endOf(tally, { answersAreIn: true })).toBe("watch, doubtful");
  expect(endOf({ ...tally, calls: 2_840, steps: 340 }, { answersAreIn: true })).toBe("ban");
});

test("faults of ours are left out, and four times the limit is filed all the same", () => {
  expect(endOf({ calls: 900, faults: 900 }, { faultsAreOurs: true })).toBe("watch, doubtful");
  expect(endOf({ calls: 1_200, faults: 1_200 }, { faultsAreOurs: true })).toBe("ban, doubtful");
  expect(endOf({ calls: 900, faults: 900 })).toBe("ban");
});
