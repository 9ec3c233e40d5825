/** Judges one labelled mix as `analyze` does, and looks at every window for what fired when. */
import type { DuckDBConnection } from "@duckdb/node-api";

import { gatherCalls } from "../cli/analysis.ts";
import { findDueCrowds } from "../cli/due-crowds.ts";
import { cutBatches, findDueWindows } from "../cli/due-windows.ts";
import { historyOfCalls } from "../cli/history.ts";
import { trippedWindows } from "../cli/window-health.ts";
import { profilesOfBatch } from "../cli/window-profiles.ts";
import type { WindowSize } from "../functions/detect/detection.ts";
import { isCrowd } from "../functions/detect/groups.ts";
import type { Profile } from "../functions/detect/profiles.ts";
import { createJudge, type LookState } from "../functions/detect/score.ts";
import { type JoinedVerdict, type Judgement, joinJudgements } from "../functions/detect/verdicts.ts";
import { contains, parseCidr } from "../functions/domain/cidr.ts";
import type { Instant, Window } from "../functions/domain/instant.ts";
import { neverBlockRanges } from "../functions/domain/never-block.ts";
import type { Policy } from "../functions/domain/policy.ts";
import type { Source } from "../functions/domain/source.ts";
import type { LogFile } from "../local/log-files.ts";
import { type Outcome, outcomesOf } from "./side-by-side.ts";
import type { Mix, Truth } from "./traffic/mix.ts";

/** What was found about one source, or about the range or fingerprint that it is part of. */
export interface Judged {
  readonly seed: number;
  readonly truth: Truth;
  /** Of `analyze`, over the whole span; null is `ignore`. */
  readonly verdict: JoinedVerdict | null;
  /** Detections that fired in any window, whatever came of it. */
  readonly fired: Readonly<Record<WindowSize, ReadonlySet<string>>>;
  /** End of the first window that watched or banned the source itself; of the first that banned it. */
  readonly seenAt: Instant | null;
  readonly bannedAt: Instant | null;
  /** End of the first window with a finding about its range or its fingerprint. */
  readonly groupSeenAt: Instant | null;
}

/** A range or a fingerprint that something was found about. */
export interface JudgedGroup {
  readonly detection: string;
  readonly size: WindowSize;
  readonly group: string;
  readonly seenAt: Instant;
  readonly members: ReadonlySet<Truth>;
  readonly offenders: number;
  readonly benign: number;
}

export interface MixResult {
  readonly sources: readonly Judged[];
  readonly groups: readonly JudgedGroup[];
  /** What our rules and others' came to. */
  readonly outcomes: readonly Outcome[];
  readonly calls: number;
}

export async function evaluateMix(mix: Mix, files: readonly LogFile[], policy: Policy): Promise<MixResult> {
  const { from, to } = mix.span;
  const evidence = await gatherCalls({ files, from, to, scope: null });
  try {
    const { verdicts, notes } = await judgeWindows(evidence.connection, mix.span, policy);
    const result = resultOf(mix, verdicts, notes);
    return { ...result, outcomes: outcomesOf(mix, result.sources, policy), calls: mix.calls.length };
  } finally {
    evidence.close();
  }
}

/** Calls in one query, as many as `analyze` takes. */
const BATCH_CALLS = 400_000;

/** What one source, range or fingerprint was found to do. */
interface Note {
  readonly fired: Record<WindowSize, Map<string, Instant>>;
  readonly judgements: Judgement[];
  seenAt: Instant | null;
  bannedAt: Instant | null;
}

type Notes = Map<string, Note>;
type Verdicts = ReadonlyMap<Source, JoinedVerdict>;

/**
 * The windows, judgements and verdicts of `judgeCalls`, by the same functions; but what each window shows is kept, which
 * `judgeCalls` forgets. That both come to the same is a test.
 */
export async function judgeWindows(
  connection: DuckDBConnection,
  span: Window,
  policy: Policy,
): Promise<{ verdicts: Verdicts; notes: Notes }> {
  const keyOf = (size: WindowSize, { from, to }: Window) => `${size} ${from} ${to}`;
  const historyAt = await historyOfCalls(connection);
  const tripped = await trippedWindows(connection, span, policy);
  const open = new Set(tripped.map(({ size, window }) => keyOf(size, window)));
  const judge = createJudge(policy);
  const notes: Notes = new Map();
  const lookAtDue = async () => {
    for (const batch of await cutBatches(connection, BATCH_CALLS)) {
      for (const { size, window, profiles } of await profilesOfBatch(connection, batch)) {
        const establishedOf = historyAt(window.to);
        const look = {
          size,
          window,
          complete: true,
          answersAreIn: true,
          tripped: open.has(keyOf(size, window)),
          establishedOf,
        };
        for (const profile of profiles) note(notes, profile, look, judge(profile, look), policy);
      }
    }
  };
  await findDueWindows(connection, span, policy);
  await lookAtDue();
  const rules = { policy, neverBlock: neverBlockRanges() };
  const verdicts = new Map([...notes].map(([key, { judgements }]) => [key, joinJudgements(key, judgements, rules)]));
  const banned = [...verdicts].filter(([, { verdict }]) => verdict === "ban").map(([source]) => source);
  await findDueCrowds(connection, span, policy, banned);
  await lookAtDue();
  return { verdicts, notes };
}

function note(
  notes: Notes,
  profile: Profile,
  { size, window }: LookState,
  judgement: Judgement | null,
  { score }: Policy,
): void {
  const { scope, source } = profile;
  if (!judgement || (scope !== "source" && !isCrowd(profile, 0))) return;
  const own = notes.get(source) ?? newNote();
  notes.set(source, own);
  own.judgements.push(judgement);
  for (const { detection } of judgement.reasons) keepFirst(own.fired[size], detection, window.to);
  if (judgement.score >= score.watch) own.seenAt = earlier(own.seenAt, window.to);
  if (judgement.score >= score.ban) own.bannedAt = earlier(own.bannedAt, window.to);
}

function newNote(): Note {
  return { fired: { short: new Map(), slow: new Map() }, judgements: [], seenAt: null, bannedAt: null };
}

function keepFirst(times: Map<string, Instant>, key: string, at: Instant): void {
  times.set(key, earlier(times.get(key) ?? null, at));
}

function earlier(known: Instant | null, at: Instant): Instant {
  return known === null ? at : Math.min(known, at);
}

function resultOf(mix: Mix, verdicts: Verdicts, notes: Notes): Pick<MixResult, "sources" | "groups"> {
  const groups = [...notes].filter(([key]) => !mix.truths.has(key));
  const members = new Map(groups.map(([key]) => [key, membersOf(key, mix)]));
  const sources = [...mix.truths.values()].map((truth): Judged => {
    const own = notes.get(truth.source);
    const over = groups.filter(([key]) => members.get(key)?.has(truth));
    return {
      ...{ seed: mix.seed, truth, verdict: notable(verdicts.get(truth.source)) },
      fired: { short: new Set(own?.fired.short.keys()), slow: new Set(own?.fired.slow.keys()) },
      ...{ seenAt: own?.seenAt ?? null, bannedAt: own?.bannedAt ?? null },
      groupSeenAt: over.reduce<Instant | null>(
        (first, [, { seenAt }]) => (seenAt === null ? first : earlier(first, seenAt)),
        null,
      ),
    };
  });
  const judged = groups.flatMap(([group, { fired }]) => {
    const inside = members.get(group) ?? new Set<Truth>();
    const benign = [...inside].filter((truth) => truth.benign).length;
    return (["short", "slow"] as const).flatMap((size) =>
      [...fired[size]].map(([detection, seenAt]) => ({
        ...{ detection, size, group, seenAt, benign, members: inside },
        offenders: inside.size - benign,
      })),
    );
  });
  return { sources, groups: judged };
}

function notable(verdict: JoinedVerdict | undefined): JoinedVerdict | null {
  return verdict === undefined || verdict.verdict === "ignore" ? null : verdict;
}

/** Sources inside a range, or offenders with a fingerprint. */
function membersOf(group: string, mix: Mix): ReadonlySet<Truth> {
  const range = parseCidr(group);
  const isIn = (truth: Truth) => {
    const cidr = parseCidr(truth.source);
    return range ? cidr !== null && contains(range, cidr) : truth.ja4s.has(group);
  };
  return new Set([...mix.truths.values()].filter(isIn));
}
