import type { Instant } from "../../functions/domain/instant.ts";
import type { Call } from "../traffic/log-records.ts";

/** When each address was blocked first. */
export type Blocks = ReadonlyMap<string, Instant>;

/** Somebody else's rules, written down to be measured beside ours: what it would block if its logs came without delay. */
export interface Peer {
  readonly name: string;
  readonly banMinutes: number;
  /** `calls` are in order of time, each with its true caller, user and error: more than the peer's own parsers find. */
  findBlocks(calls: readonly Call[]): Blocks;
}
