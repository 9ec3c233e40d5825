import type { IpSet, IpSetStore } from "../../functions/block/ports.ts";
import type { Target } from "../../functions/domain/ban.ts";
import type { IpSets } from "../../functions/domain/environment.ts";
import { ConflictError } from "../../functions/domain/errors.ts";
import type { Fault } from "./memory-ledger.ts";

const LARGEST_SET = 10_000;

/** IP sets with lock tokens; refuses what WAF refuses. */
export function memoryWaf(sets: IpSets, fault: Fault = () => {}) {
  const stored = new Map<string, { id: string; addresses: string[]; token: number }>();
  let writes = 0;
  for (const [target, scope] of Object.entries(sets))
    for (const name of scope ? [...scope.auto.v4, ...scope.auto.v6, ...scope.allow.v4, ...scope.allow.v6] : [])
      stored.set(`${target} ${name}`, { id: `id-${name}`, addresses: [], token: 1 });

  const store = {
    async read(target, name) {
      await fault("GetIPSet", "before");
      const set = stored.get(`${target} ${name}`);
      await fault("GetIPSet", "after");
      return set ? toIpSet(set) : null;
    },
    async write(target, name, next) {
      await fault("UpdateIPSet", "before");
      const set = stored.get(`${target} ${name}`);
      if (!set || set.id !== next.id) throw new Error("WAFNonexistentItemException");
      if (next.lockToken !== String(set.token)) throw new ConflictError("WAFOptimisticLockException");
      if (next.addresses.length > LARGEST_SET) throw new Error("WAFLimitsExceededException");
      stored.set(`${target} ${name}`, { ...set, addresses: [...next.addresses], token: set.token + 1 });
      writes += 1;
      await fault("UpdateIPSet", "after");
    },
  } satisfies IpSetStore;

  return {
    ipSets: store,
    writes: () => writes,
    lines: (target: Target, ...names: string[]) =>
      names.flatMap((name) => stored.get(`${target} ${name}`)?.addresses ?? []).sort(),
    all: (target: Target) =>
      [...stored]
        .filter(([key]) => key.startsWith(`${target} `) && key.includes("auto"))
        .flatMap(([, set]) => set.addresses),
    /** What a person or another tool does in the console. */
    edit: (target: Target, name: string, change: (addresses: string[]) => string[]) => {
      const set = stored.get(`${target} ${name}`);
      if (set) stored.set(`${target} ${name}`, { ...set, addresses: change(set.addresses), token: set.token + 1 });
    },
    remove: (target: Target, name: string) => stored.delete(`${target} ${name}`),
    recreate: (target: Target, name: string) =>
      stored.set(`${target} ${name}`, { id: `new-${name}`, addresses: [], token: 1 }),
  };
}

function toIpSet({ id, addresses, token }: { id: string; addresses: string[]; token: number }): IpSet {
  return { id, addresses, lockToken: String(token), description: "machine-owned" };
}
