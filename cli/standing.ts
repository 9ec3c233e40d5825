/** What keeps a source out, or lets it through, besides a ban of its own: bans of wider ranges, and the lists that people keep. */
import { listBans } from "../functions/block/operator.ts";
import { readPatiently } from "../functions/block/patient-read.ts";
import { isProjected } from "../functions/block/projection.ts";
import { type Ban, targets } from "../functions/domain/ban.ts";
import { overlaps, parseCidr } from "../functions/domain/cidr.ts";
import type { Desk } from "./desk.ts";

export interface Standing {
  /** Bans in force, not simulated, of ranges that hold the source or a part of it. */
  readonly bans: readonly Pick<Ban, "source" | "expiresAt">[];
  readonly lists: readonly ListLine[];
}

interface ListLine {
  readonly kind: "allow" | "deny";
  readonly set: string;
  readonly line: string;
}

export async function readStanding(desk: Desk, source: string): Promise<Standing> {
  const { ports } = desk;
  const now = ports.timing.now();
  const bans = (await listBans(ports)).filter(
    (ban) => ban.source !== source && meets(ban.source, source) && targets.some((at) => isProjected(ban, at, now)),
  );
  const lines = await readLists(desk);
  return {
    bans: bans.map(({ source, expiresAt }) => ({ source, expiresAt })),
    lists: lines.filter(({ line }) => meets(line, source)),
  };
}

/** The lists that people keep, line by line. */
async function readLists({ names, ports }: Desk): Promise<ListLine[]> {
  const sets = targets.flatMap((target) =>
    (["allow", "deny"] as const).flatMap((kind) => {
      const { v4 = [], v6 = [] } = names.ipSets[target]?.[kind] ?? {};
      return [...v4, ...v6].map((name) => ({ target, kind, name }));
    }),
  );
  const read = sets.map(async ({ target, kind, name }) => {
    const lines = (await readPatiently(ports, target, name))?.addresses ?? [];
    return lines.map((line) => ({ kind, set: name, line }));
  });
  return (await Promise.all(read)).flat();
}

export function tellStanding({ bans, lists }: Standing): string[] {
  return [
    ...bans.map(
      ({ source, expiresAt }) =>
        `${source} is banned until ${expiresAt}, which holds it, too; \`portcullis bans release ${source}\` lets all of it go`,
    ),
    ...lists.map(({ kind, set, line }) =>
      kind === "deny"
        ? `${line} stands on ${set}, a deny list that people keep; it stays blocked until somebody takes it off there`
        : `${line} stands on ${set}, an allow list; it gets through whatever is banned`,
    ),
  ];
}

function meets(one: string, other: string): boolean {
  const [a, b] = [parseCidr(one), parseCidr(other)];
  return a !== null && b !== null && overlaps(a, b);
}
