/** One row for each source that the logs have named or the ledger knows: who, why, until when. */
import type { Ban, Claim } from "../../functions/domain/ban.ts";
import { fromIso, type Instant, SECOND } from "../../functions/domain/instant.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import type { LiveSource } from "../../report/live-state.ts";

/** More than these nobody reads on a page that moves. */
const MOST_ROWS = 300;

const order: readonly LiveSource["state"][] = ["blocked", "simulated", "waiting", "watched", "free", "released"];

export interface Named {
  readonly bans: readonly Ban[];
  readonly verdicts: readonly SourceVerdict[];
  /** What open proposals name. */
  readonly proposed: ReadonlySet<string>;
}

/** Those in force first, the latest of them first; then by score. */
export function namedSources({ bans, verdicts, proposed }: Named, now: Instant): LiveSource[] {
  const judged = new Map(verdicts.map((verdict) => [verdict.source, verdict]));
  const banned = new Map(bans.map((ban) => [ban.source, ban]));
  const noted = verdicts.filter(({ source, verdict }) => !banned.has(source) && verdict !== "ignore");
  const rows = [
    ...bans.map((ban) => ({ since: ban.bannedAt, row: bannedRow(ban, judged.get(ban.source), now, proposed) })),
    ...noted.map((verdict) => ({ since: "", row: notedRow(verdict, proposed) })),
  ];
  return rows
    .toSorted((a, b) => {
      const byState = order.indexOf(a.row.state) - order.indexOf(b.row.state);
      return byState || b.since.localeCompare(a.since) || b.row.score - a.row.score;
    })
    .slice(0, MOST_ROWS)
    .map(({ row }) => row);
}

function bannedRow(
  ban: Ban,
  verdict: SourceVerdict | undefined,
  now: Instant,
  proposed: ReadonlySet<string>,
): LiveSource {
  const claims = Object.values(ban.claims);
  const latest = claims.toSorted((a, b) => b.at.localeCompare(a.at))[0];
  const [from, to] = [fromIso(ban.bannedAt) ?? now, fromIso(ban.expiresAt) ?? now];
  const standing = ban.status === "active" ? (ban.simulated ? "simulated" : "blocked") : null;
  const state = standing ?? (proposed.has(ban.source) ? "waiting" : "released");
  return {
    source: ban.source,
    state,
    targets: ban.targets,
    score: latest?.score ?? verdict?.score ?? 0,
    reasons: (latest?.reasons ?? verdict?.reasons ?? []).map(({ text }) => text),
    decidedBy: latest ? deciderOf(latest) : "",
    until: state === "waiting" ? null : ban.expiresAt,
    secondsLeft: Math.max(0, Math.round((to - now) / SECOND)),
    totalSeconds: Math.max(1, Math.round((to - from) / SECOND)),
  };
}

function deciderOf({ origin, by }: Claim): string {
  if (origin === "auto") return "hands-off";
  return origin === "approved" ? `approved by ${by}` : `by hand, ${by}`;
}

function notedRow({ source, verdict, score, reasons }: SourceVerdict, proposed: ReadonlySet<string>): LiveSource {
  const state = proposed.has(source) ? "waiting" : verdict === "watch" ? "watched" : "free";
  const texts = reasons.map(({ text }) => text);
  return {
    ...{ source, state, targets: [], score, reasons: texts, decidedBy: "" },
    ...{ until: null, secondsLeft: 0, totalSeconds: 1 },
  };
}
