import type { FiledBan } from "../../functions/domain/plan.ts";
import type { ApprovalPage, Proposal } from "../../functions/domain/proposal.ts";

const window = { from: "2026-03-03T10:00:00.000Z", to: "2026-03-03T10:10:00.000Z" };

export function aFiledBan(over: Partial<FiledBan> = {}): FiledBan {
  return {
    source: "198.51.100.7/32",
    targets: ["edge", "pool"],
    paths: ["proxied"],
    score: 93,
    minutes: 240,
    jitter: 0,
    reasons: [
      { detection: "password-spray", severity: 0.9, text: "failed for 41 users in 10 minutes", window, observed: {} },
    ],
    calls: 44,
    failures: 44,
    successes: 0,
    distinctUsers: 41,
    handsOff: true,
    because: ["mode"],
    ...over,
  };
}

export function aProposal(over: Partial<Proposal> = {}): Proposal {
  return {
    schema: 1,
    id: "p-1",
    category: "UserAuthentication",
    version: 1,
    hash: "abc",
    entriesKey: "runs/r-1/1/proposal.json",
    sources: 1,
    topScore: 93,
    status: "open",
    run: {
      runId: "r-1",
      trigger: "alarm",
      alarmName: "portcullis-UserAuthentication-50",
      alarmRegion: "eu-west-1",
      category: "UserAuthentication",
      round: 1,
      startedAt: window.to,
      fence: 1,
      shortWindow: window,
      slowWindow: window,
    },
    createdAt: window.to,
    updatedAt: window.to,
    decision: null,
    ...over,
  };
}

export function anApprovalPage(over: Partial<ApprovalPage> = {}): ApprovalPage {
  return {
    state: "open",
    action: "/?id=p-1&exp=1&sig=x",
    proposal: aProposal(),
    entries: [aFiledBan()],
    missing: [],
    notes: [],
    totalCalls: 100,
    approved: null,
    deadline: { at: "2026-03-03T11:10:00.000Z", minutesLeft: 60, onTimeout: "discard" },
    ...over,
  };
}
