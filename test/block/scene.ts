import type { Exclusions } from "../../functions/block/guards.ts";
import { reconcile } from "../../functions/block/reconcile.ts";
import { releaseDue } from "../../functions/block/sweep.ts";
import type { Ban, Mode } from "../../functions/domain/ban.ts";
import type { DecisionRecord } from "../../functions/domain/decision.ts";
import type { IpSets } from "../../functions/domain/environment.ts";
import { calm, exclusions, NOON, sets as twoDoors } from "./builders.ts";
import { type Fault, memoryLedger } from "./memory-ledger.ts";
import { memoryWaf } from "./memory-waf.ts";

export type Scene = ReturnType<typeof aScene>;

/** A deployment in memory, with a clock that only moves when somebody waits or a test says so. */
export function aScene({
  sets = twoDoors,
  fault = () => {},
  excluded = exclusions(),
  capacity = 10_000,
}: {
  sets?: IpSets;
  fault?: Fault;
  excluded?: Exclusions;
  capacity?: number;
} = {}) {
  const ledger = memoryLedger(fault);
  const waf = memoryWaf(sets, fault);
  const told: DecisionRecord[] = [];
  const written = new Map<string, unknown>();
  let now = NOON;
  const timing = {
    now: () => now,
    pause: async (milliseconds: number) => {
      now += milliseconds;
    },
    random: () => 0.5,
  };
  const ports = {
    ...ledger,
    ipSets: waf.ipSets,
    timing,
    journal: (decision: DecisionRecord) => void told.push(decision),
    turn: async (_region: string) => {},
    evidence: { write: async (key: string, document: unknown) => void written.set(key, document) },
    prefixLists: { cloudFront: async () => [] as string[] },
  };
  const request = { sets, exclusions: excluded, adoptMinutes: 240, capacity };
  return {
    ...{ ledger, waf, ports, told, written, sets },
    at: (instant: number) => {
      now = instant;
    },
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    now: () => now,
    reconcile: (fresh: readonly Ban[] = []) => reconcile(ports, { ...request, fresh }),
    sweep: async (mode: Mode = "enforce") => {
      const swept = await releaseDue(ports, now, { mode, policy: calm });
      await reconcile(ports, { ...request, fresh: swept.bans });
      return swept;
    },
  };
}
