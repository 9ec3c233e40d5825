/** The machine-owned IP sets held against the ledger. */
import { readPatiently } from "../functions/block/patient-read.ts";
import type { Ban } from "../functions/domain/ban.ts";
import { contains, parseCidr } from "../functions/domain/cidr.ts";
import type { Desk } from "./desk.ts";

export interface SetFill {
  readonly target: "edge" | "pool";
  readonly name: string;
  readonly entries: readonly string[] | null;
}

/** The machine-owned sets; `entries` is null where a set does not exist. */
export async function readSets({ names, ports }: Desk): Promise<SetFill[]> {
  const { edge, pool } = names.ipSets;
  const all = (["edge", "pool"] as const).flatMap((target) => {
    const scope = target === "edge" ? edge : pool;
    return scope ? [...scope.auto.v4, ...scope.auto.v6].map((name) => ({ target, name })) : [];
  });
  return Promise.all(
    all.map(async ({ target, name }) => {
      const set = await readPatiently(ports, target, name);
      return { target, name, entries: set?.addresses ?? null };
    }),
  );
}

/** What stands in a set without a ban, and which bans stand in no set; the next sweep settles both. */
export function findDrift(sets: readonly SetFill[], bans: readonly Ban[]) {
  const drift = { foreign: [] as string[], missing: [] as string[] };
  for (const target of ["edge", "pool"] as const) {
    const lines = sets.filter((set) => set.target === target).flatMap(({ entries }) => entries ?? []);
    const here = bans.filter((ban) => !ban.simulated && ban.targets.includes(target)).map(({ source }) => source);
    drift.foreign.push(
      ...lines.filter((line) => !here.some((source) => holds(line, source))).map((line) => `${target} ${line}`),
    );
    drift.missing.push(
      ...here.filter((source) => !lines.some((line) => holds(line, source))).map((source) => `${target} ${source}`),
    );
  }
  return drift;
}

/** Whether a line of a set covers a source; neighbouring bans share one line. */
function holds(line: string, source: string): boolean {
  const [outer, inner] = [parseCidr(line), parseCidr(source)];
  return outer !== null && inner !== null && contains(outer, inner);
}
