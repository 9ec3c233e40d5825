/** What happens besides the story: what the reader does, and what the world answers. */
import type { Ban } from "../../functions/domain/ban.ts";
import { ALL_CATEGORIES } from "../../functions/domain/deployment.ts";
import { type Instant, toIso } from "../../functions/domain/instant.ts";
import { outcomeText, type Proposal } from "../../functions/domain/proposal.ts";
import { counted } from "../../functions/domain/wording.ts";
import type { AlarmView } from "./stage.ts";

export interface ChronicleEvent {
  readonly at: Instant;
  readonly text: string;
  /** A word for the chart; null for what needs no mark. */
  readonly mark: string | null;
}

export interface Chronicle {
  events(): readonly ChronicleEvent[];
  tell(at: Instant, text: string, mark?: string): void;
  /** Notices what has changed since the last look. While `silent` it only remembers, for the story tells it. */
  look(world: Observed, silent: boolean): void;
}

export interface Observed {
  readonly now: Instant;
  readonly alarms: readonly AlarmView[];
  readonly bans: readonly Ban[];
  readonly proposals: readonly Proposal[];
}

const MOST_EVENTS = 200;

export function createChronicle(): Chronicle {
  let events: readonly ChronicleEvent[] = [];
  let known: ReadonlySet<string> = new Set();
  const tell = (at: Instant, text: string, mark?: string) => {
    events = [...events, { at, text, mark: mark ?? null }].slice(-MOST_EVENTS);
  };
  return {
    events: () => events,
    tell,
    look({ now, alarms, bans, proposals }, silent) {
      const active = bans.filter(({ status }) => status === "active");
      const facts = {
        alarms: alarms.filter(({ inAlarm }) => inAlarm).map(({ name, firedAt }) => `${name} ${firedAt}`),
        bans: active.map(({ source, bannedAt }) => `ban ${source} ${bannedAt}`),
        ends: bans.filter(({ status }) => status === "released").map((ban) => `end ${ban.source} ${ban.bannedAt}`),
        proposals: proposals.map(({ id, version, status }) => `proposal ${id} ${status === "open" ? version : status}`),
      };
      const fresh = <T>(items: readonly T[], keys: readonly string[]) =>
        silent ? [] : items.filter((_, index) => !known.has(keys[index] ?? ""));
      for (const { name, firedAt } of fresh(
        alarms.filter(({ inAlarm }) => inAlarm),
        facts.alarms,
      ))
        tell(firedAt ?? now, `The alarm ${name} fires`, "alarm");
      const banned = fresh(active, facts.bans);
      if (banned.length > 0) tell(now, describeBans(banned), banned[0]?.simulated ? "ban (simulated)" : "ban");
      const freed = facts.ends.filter((key) => !silent && !known.has(key)).length;
      if (freed > 0) tell(now, `The sweep releases ${counted(freed, "source")}`, "release");
      for (const proposal of fresh(proposals, facts.proposals)) tell(now, describeProposal(proposal));
      known = new Set(Object.values(facts).flat());
    },
  };
}

function describeBans(bans: readonly Ban[]): string {
  const ends = bans.map(({ expiresAt }) => expiresAt).sort();
  const verb = bans[0]?.simulated ? "would be banned" : bans.length === 1 ? "is banned" : "are banned";
  return `${counted(bans.length, "source")} ${verb} until ${ends.at(-1)?.slice(11, 19)}`;
}

function describeProposal({ status, sources, version, decision, category }: Proposal): string {
  const of = category === ALL_CATEGORIES ? "" : ` of ${category}`;
  if (status === "open") return `${counted(sources, "source")}${of} filed for a person (version ${version})`;
  if (!decision) return `Nobody decided about ${counted(sources, "source")} in time`;
  return `Decided at ${toIso(Date.parse(decision.at)).slice(11, 19)}: ${outcomeText(status, decision)}`;
}
