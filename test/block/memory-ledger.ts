import type { LockoutCount } from "../../functions/block/lockout-count.ts";
import type {
  BanStore,
  ControlStore,
  Notice,
  PolicyStore,
  ProposalStore,
  SetStateStore,
  StoredPolicy,
} from "../../functions/block/ports.ts";
import type { SetState } from "../../functions/block/set-state.ts";
import type { Ban, Mode } from "../../functions/domain/ban.ts";
import type { DecisionRecord } from "../../functions/domain/decision.ts";
import { HOUR, toIso } from "../../functions/domain/instant.ts";
import type { Proposal } from "../../functions/domain/proposal.ts";

/** Stops the world before or after a call, as a crash, a time-out or a throttle would. */
export type Fault = (call: string, phase: "before" | "after") => void | Promise<void>;

/**
 * The ledger's ports over plain maps. `lag` freezes the index of active bans at the state it has now, as a slow
 * index of DynamoDB would.
 */
export function memoryLedger(fault: Fault = () => {}) {
  const bans = new Map<string, Ban>();
  const runs = new Map<string, Set<string>>();
  const undone = new Map<string, number>();
  const states = new Map<string, SetState>();
  const records = new Map<string, DecisionRecord>();
  const hours = new Map<string, { at: number; bans: number }>();
  interface Ticket {
    readonly proposal: Proposal;
    readonly tokens: Record<string, string>;
    readonly notices: readonly Notice[];
    readonly doneAt: string | null;
  }
  const tickets = new Map<string, Ticket>();
  const latest = new Map<string, string>();
  let lockouts: LockoutCount = { decisions: {}, version: 0 };
  let mode: Mode | null = null;
  let policy: StoredPolicy = { version: 0, text: null };
  let frozen: Ban[] | null = null;

  async function call<T>(name: string, work: () => T): Promise<T> {
    await fault(name, "before");
    const result = work();
    await fault(name, "after");
    return result;
  }
  const index = () => frozen ?? [...bans.values()].filter(({ status }) => status === "active");
  const onVersion = (stored: { version: number } | undefined, next: { version: number }) =>
    (stored?.version ?? 0) === next.version - 1;

  const banStore = {
    getBan: (source) => call("getBan", () => bans.get(source) ?? null),
    getBans: (sources) =>
      call(
        "getBans",
        () => new Map(sources.flatMap((source) => [bans.get(source) ?? []].flat().map((b) => [source, b]))),
      ),
    activeBans: () => call("activeBans", index),
    bansDue: (now) => call("bansDue", () => index().filter(({ expiresAt }) => expiresAt <= toIso(now))),
    putBan: (ban) =>
      call("putBan", () => {
        if (!onVersion(bans.get(ban.source), ban)) return false;
        bans.set(ban.source, structuredClone(ban));
        return true;
      }),
    indexRun: (runId, source) =>
      call("indexRun", () => void runs.set(runId, (runs.get(runId) ?? new Set()).add(source))),
    sourcesOfRun: (runId) => call("sourcesOfRun", () => [...(runs.get(runId) ?? [])]),
    markUndone: (runId, _by, at) => call("markUndone", () => void undone.set(runId, at)),
    undoneAt: (runId) => call("undoneAt", () => undone.get(runId) ?? null),
  } satisfies BanStore;

  const control = {
    record: (decision) =>
      call("record", () => {
        const key = `${decision.at}#${decision.event}#${decision.id}`;
        if (!records.has(key)) records.set(key, decision);
      }),
    mode: () => call("mode", () => mode),
    setMode: (next) =>
      call("setMode", () => {
        mode = next;
      }),
    bansInHour: (category, now, round) =>
      call("bansInHour", () =>
        [...hours]
          .filter(
            ([key, { at }]) => key.startsWith(`${category} `) && key !== `${category} ${round}` && at > now - HOUR,
          )
          .reduce((sum, [, count]) => sum + count.bans, 0),
      ),
    countBans: (category, round, at, count) =>
      call("countBans", () => void hours.set(`${category} ${round}`, { at, bans: count })),
    lockoutCount: () => call("lockoutCount", () => lockouts),
    putLockoutCount: (count) =>
      call("putLockoutCount", () => {
        if (!onVersion(lockouts, count)) return false;
        lockouts = count;
        return true;
      }),
  } satisfies ControlStore;

  const policies = {
    getPolicy: () => call("getPolicy", () => policy),
    putPolicy: (next) =>
      call("putPolicy", () => {
        if (!onVersion(policy, next)) return false;
        policy = next;
        return true;
      }),
  } satisfies PolicyStore;

  const setStates = {
    getSetState: (target, name) => call("getSetState", () => states.get(`${target} ${name}`) ?? null),
    putSetState: (target, name, state) =>
      call("putSetState", () => {
        if (!onVersion(states.get(`${target} ${name}`), state)) return false;
        states.set(`${target} ${name}`, state);
        return true;
      }),
  } satisfies SetStateStore;

  const proposals = {
    get: (id) => call("getProposal", () => structuredClone(tickets.get(id) ?? null)),
    latest: (category) => call("latest", () => latest.get(category) ?? null),
    open: (proposal, previous) =>
      call("open", () => {
        if (!tickets.has(proposal.id)) tickets.set(proposal.id, { proposal, tokens: {}, notices: [], doneAt: null });
        if ((latest.get(proposal.category) ?? null) !== previous) return false;
        latest.set(proposal.category, proposal.id);
        return true;
      }),
    put: (proposal, expected) =>
      call("putProposal", () => {
        const ticket = tickets.get(proposal.id);
        if (ticket?.proposal.status !== "open" || ticket.proposal.version !== expected) return false;
        tickets.set(proposal.id, { ...ticket, proposal });
        return true;
      }),
    putToken: (id, version, token) =>
      call("putToken", () => {
        const ticket = tickets.get(id);
        if (ticket) ticket.tokens[String(version)] = token;
      }),
    putNotices: (id, notices) =>
      call("putNotices", () => {
        const ticket = tickets.get(id);
        if (ticket) tickets.set(id, { ...ticket, notices });
      }),
    putDone: (id, at) =>
      call("putDone", () => {
        const ticket = tickets.get(id);
        if (ticket) tickets.set(id, { ...ticket, doneAt: toIso(at) });
      }),
    categories: () => call("categories", () => [...latest.values()]),
  } satisfies ProposalStore;

  return {
    ...{ bans: banStore, control, policies, setStates, proposals },
    stored: { bans, states, records, tickets },
    put: (...some: Ban[]) => {
      for (const ban of some) bans.set(ban.source, ban);
    },
    lag: () => {
      frozen = index();
    },
    catchUp: () => {
      frozen = null;
    },
  };
}
