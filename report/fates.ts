/** What became of an offender of a run, in words. */
import type { Fate, Offender } from "../functions/domain/run-report.ts";
import { becauseTexts, refusalText } from "./because-texts.ts";
import type { Named, Standing } from "./source-row.ts";
import { type Minute, minuteOf, minuteText, timeText } from "./times.ts";

type Standings = Readonly<Record<Fate["state"], (fate: Fate) => Standing>>;

const standings: Standings = {
  banned: (fate) => ({
    ...{ state: fate.simulated ? "would be banned" : "banned", tone: fate.simulated ? "plain" : "bad" },
    ...{ until: end(fate), note: fate.simulated ? "mode observe: nothing is blocked" : whoOf(fate) },
  }),
  over: (fate) => ({
    ...{ state: fate.simulated ? "would have been banned" : "was banned", tone: "good" },
    ...{ until: end(fate), note: fate.simulated ? "mode observe: nothing was blocked" : whoOf(fate) },
  }),
  released: (fate) => ({ state: "released", tone: "good", until: "", note: beforeItsEnd(fate) }),
  undone: (fate) => ({ state: "undone", tone: "good", until: "", note: beforeItsEnd(fate) }),
  waiting: (fate) => ({ state: "waits", tone: "warn", until: "", note: `a person decides: ${becauseOf(fate)}` }),
  rejected: () => ({ state: "rejected", tone: "plain", until: "", note: "a person decided against a ban" }),
  expired: (fate) => ({ state: "nobody decided", tone: "warn", until: "", note: becauseOf(fate) }),
  overtaken: () => ({ state: "banned meanwhile", tone: "plain", until: "", note: "by another run or by hand" }),
  kept: (fate) => ({ state: "not banned", tone: "plain", until: "", note: refusalText(fate.why, fate.matched) }),
  noPlan: () => ({ state: "nothing decided", tone: "warn", until: "", note: "the round ended before that" }),
};

export function fateStanding({ fate }: Offender): Standing {
  return standings[fate.state](fate);
}

export function fateFacts({ fate, round }: Offender): Named<string>[] {
  const facts = {
    "Banned at": fate.bannedAt === null ? "" : timeText(fate.bannedAt),
    Until: fate.until === null ? "" : timeText(fate.until),
    "Blocked at": fate.targets.join(", "),
    "Ban made by": fate.by ?? "",
    Strikes: fate.strikes === null ? "" : String(fate.strikes),
    Proposal: fate.proposalId ?? "",
    Round: String(round),
  };
  return Object.entries(facts).flatMap(([name, value]) => (value === "" ? [] : { name, value }));
}

function end({ until }: Fate): Minute {
  return until === null ? "" : minuteOf(until);
}

function whoOf({ origin, by }: Fate): string {
  if (origin === "auto") return "hands-off";
  return `${origin === "approved" ? "approved by" : "made by"} ${by ?? "a person"}`;
}

/** Who made the ban is known; who took it away is in the ledger's record alone. */
function beforeItsEnd(fate: Fate): string {
  const at = fate.until === null ? "" : `at ${minuteText(minuteOf(fate.until))}, `;
  return `${at}before its end; the ban was ${whoOf(fate)}`;
}

function becauseOf({ because }: Fate): string {
  return because.map((why) => becauseTexts[why]).join("; ");
}
