/** Spreads a projection over the machine-owned sets of one family. Pure. */
import type { Entry } from "./projection.ts";

/** WAF's limit for one IP set. */
export const SET_CAPACITY = 10_000;

export interface Shard {
  readonly name: string;
  /** What the set holds now, in canonical text. */
  readonly present: ReadonlySet<string>;
}

export interface Assignment {
  readonly sets: ReadonlyMap<string, readonly Entry[]>;
  /** What found no room, lowest weights first to go. Never dropped without a word. */
  readonly overflow: readonly Entry[];
}

/**
 * Keeps what is where it is and moves as little as possible: a new line goes to a set that is written anyway, else
 * to the one with the most room. At equal weight what is in place stays in place.
 */
export function assignShards(entries: readonly Entry[], shards: readonly Shard[], capacity = SET_CAPACITY): Assignment {
  const home = homesOf(shards);
  const { kept, overflow } = makeRoom(entries, home, capacity * shards.length);
  const sets = new Map<string, Entry[]>(shards.map(({ name }) => [name, []]));
  const homeless: Entry[] = [];
  for (const entry of kept) {
    const place = sets.get(home.get(entry.text) ?? "");
    if (place && place.length < capacity) place.push(entry);
    else homeless.push(entry);
  }
  for (const { name, room } of byReadiness(shards, sets, capacity)) sets.get(name)?.push(...homeless.splice(0, room));
  return { sets, overflow };
}

/** The first set that holds a line is its home; a second copy is a leftover of a move. */
function homesOf(shards: readonly Shard[]): Map<string, string> {
  const home = new Map<string, string>();
  for (const { name, present } of shards) for (const text of present) if (!home.has(text)) home.set(text, name);
  return home;
}

function makeRoom(entries: readonly Entry[], home: ReadonlyMap<string, string>, room: number) {
  if (entries.length <= room) return { kept: entries, overflow: [] };
  const ranked = [...entries].sort(
    (a, b) => b.weight - a.weight || Number(home.has(b.text)) - Number(home.has(a.text)) || (a.text < b.text ? -1 : 1),
  );
  return { kept: ranked.slice(0, room), overflow: ranked.slice(room) };
}

/** Sets that lose a line are written in any case, so they are filled first. */
function byReadiness(shards: readonly Shard[], sets: ReadonlyMap<string, readonly Entry[]>, capacity: number) {
  return shards
    .map(({ name, present }) => {
      const kept = sets.get(name)?.length ?? 0;
      return { name, room: capacity - kept, written: kept < present.size };
    })
    .sort((a, b) => Number(b.written) - Number(a.written) || b.room - a.room || (a.name < b.name ? -1 : 1));
}
