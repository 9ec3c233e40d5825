/** What drift means for the ledger: foreign lines become manual bans, lines taken out by hand are releases. */
import type { Ban, Target } from "../domain/ban.ts";
import { formatCidr } from "../domain/cidr.ts";
import type { DecisionRecord } from "../domain/decision.ts";
import { DAY, type Instant, toIso } from "../domain/instant.ts";
import { defaultPolicy } from "../domain/policy.ts";
import { parseSource } from "../domain/source.ts";
import type { Drift } from "./drift.ts";
import { editBan } from "./edit-ban.ts";
import { type Exclusions, guardSource } from "./guards.ts";
import { applyClaim, releaseByPerson } from "./ledger.ts";
import type { BanStore, ControlStore, Journal } from "./ports.ts";

/** For so long after a person's release only people ban the source again: the evidence of then is out of every window. */
export const RELEASE_GRACE_MS = DAY;
/** Who the ledger names for what people did in WAF itself. */
const BY_HAND = "waf-console";

export interface DriftEnd {
  readonly adopted: readonly string[];
  /** Foreign lines that the guards forbid; the next write takes them out. */
  readonly refused: readonly string[];
  readonly releasedByHand: readonly string[];
  readonly damaged: number;
  /** Bans as these edits left them. */
  readonly bans: readonly Ban[];
}

export interface DriftScope {
  readonly target: Target;
  readonly now: Instant;
  readonly exclusions: Exclusions;
  readonly adoptMinutes: number;
}

interface DriftPorts {
  readonly bans: BanStore;
  readonly control: Pick<ControlStore, "record">;
  readonly journal: Journal;
}

export async function settleDrift(ports: DriftPorts, drift: Drift, scope: DriftScope): Promise<DriftEnd> {
  const bans: Ban[] = [];
  const refused: string[] = [];
  const adopted: string[] = [];
  for (const text of drift.foreign) {
    const refusal = guardSource(text, scope.exclusions);
    if (refusal)
      await keep(ports, told("guard.refused", text, `a foreign line: ${refusal.why} ${refusal.matched}`, scope));
    else bans.push(...(await adopt(ports, text, scope)));
    (refusal ? refused : adopted).push(text);
  }
  for (const source of drift.releasedByHand) {
    const release = (ban: Ban | null) => releaseByPerson(ban, scope.now, scope.now + RELEASE_GRACE_MS);
    const record = told("ban.released", source, "taken out of the IP set by hand", scope);
    const { ban, changed } = await editBan(ports.bans, source, release, () => ports.control.record(record));
    if (ban) bans.push(ban);
    if (changed) ports.journal(record);
  }
  if (drift.damaged > 0)
    ports.journal(told("set.damaged", undefined, `${drift.damaged} lines were missing and go back`, scope));
  return { adopted, refused, releasedByHand: drift.releasedByHand, damaged: drift.damaged, bans };
}

async function adopt(ports: DriftPorts, text: string, { target, now, adoptMinutes }: DriftScope): Promise<Ban[]> {
  const cidr = parseSource(text);
  if (!cidr) return [];
  const source = formatCidr(cidr);
  const order = {
    ...{ source, key: `manual:${BY_HAND}`, at: now, origin: "manual" as const, by: BY_HAND, score: 100 },
    ...{ targets: [target], reasons: [], minutes: adoptMinutes, jitter: 0, simulated: false },
  };
  const record = told("ban.adopted", source, "found in the IP set, not put there by us", { target, now });
  const claim = (held: Ban | null) => applyClaim(held, order, now, defaultPolicy);
  const { ban, changed } = await editBan(ports.bans, source, claim, () => ports.control.record(record));
  if (changed) ports.journal(record);
  return ban ? [ban] : [];
}

async function keep({ control, journal }: DriftPorts, record: DecisionRecord): Promise<void> {
  await control.record(record);
  journal(record);
}

function told(
  event: DecisionRecord["event"],
  source: string | undefined,
  why: string,
  { target, now }: Pick<DriftScope, "target" | "now">,
): DecisionRecord {
  const id = `${event}:${target}:${source ?? "all"}`;
  return { event, at: toIso(now), id, by: BY_HAND, ...(source && { source }), why, facts: { target } };
}
