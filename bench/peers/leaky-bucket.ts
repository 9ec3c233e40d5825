/**
 * Leaky buckets as CrowdSec's hub publishes them for failed logins of any service (`http-generic-bf`, `ssh-bf`, `ssh-slow-bf`, each
 * with its `user-enum` variant): a bucket for each address overflows when more than `capacity` events are in it.
 */
import { type Instant, SECOND } from "../../functions/domain/instant.ts";
import type { Call } from "../traffic/log-records.ts";
import type { Blocks, Peer } from "./peer.ts";

interface Bucket {
  readonly capacity: number;
  readonly leak: number;
  /** Only the first event of each user counts while the bucket lives. */
  readonly distinct: boolean;
}

const fast = { capacity: 5, leak: 10 * SECOND };
const slow = { capacity: 10, leak: 60 * SECOND };
const bothKinds = (bucket: Omit<Bucket, "distinct">): readonly Bucket[] =>
  [false, true].map((distinct) => ({ ...bucket, distinct }));

export const crowdSec: Peer = leakyBuckets(
  "CrowdSec, generic brute force and enumeration (5, leak 10 s)",
  bothKinds(fast),
);
export const crowdSecSlow: Peer = leakyBuckets("CrowdSec, the same with the slow ones (10, leak 60 s)", [
  ...bothKinds(fast),
  ...bothKinds(slow),
]);

function leakyBuckets(name: string, buckets: readonly Bucket[]): Peer {
  return { name, banMinutes: 240, findBlocks: (calls) => overflows(calls, buckets) };
}

interface Level {
  room: number;
  pouredAt: Instant;
  readonly users: Set<string>;
}

function overflows(calls: readonly Call[], buckets: readonly Bucket[]): Blocks {
  const blocks = new Map<string, Instant>();
  const levels = buckets.map((bucket) => ({ bucket, byAddress: new Map<string, Level>() }));
  for (const call of calls) {
    if (!isFailedLogin(call)) continue;
    for (const { bucket, byAddress } of levels)
      if (isFull(bucket, byAddress, call) && !blocks.has(call.ip)) blocks.set(call.ip, call.at);
  }
  return blocks;
}

/** Pours one event. A bucket that has leaked out is gone, and with it the users it has seen; so is one that overflows. */
function isFull({ capacity, leak, distinct }: Bucket, byAddress: Map<string, Level>, { ip, at, user }: Call): boolean {
  const known = byAddress.get(ip);
  const isGone = known === undefined || at - known.pouredAt > (capacity + 1) * leak;
  const level: Level = isGone ? { room: capacity, pouredAt: at, users: new Set() } : known;
  const name = user ?? "";
  if (distinct && level.users.has(name)) return false;
  level.users.add(name);
  const room = Math.min(capacity, level.room + (at - level.pouredAt) / leak);
  if (room < 1) return byAddress.delete(ip);
  byAddress.set(ip, Object.assign(level, { room: room - 1, pouredAt: at }));
  return false;
}

const failedLogin = new Set([
  "NotAuthorizedException",
  "UserNotFoundException",
  "CodeMismatchException",
  "UsernameExistsException",
]);

/** By the code alone: a parser of HTTP answers knows no more. */
function isFailedLogin({ error, blockedBy, refused }: Call): boolean {
  return error !== null && !blockedBy && !refused && failedLogin.has(error[0]);
}
