/** How many established users bans may lock out (design §6): where there is not room for all, the cheapest go first. Pure. */
import type { PlannedBan } from "../domain/plan.ts";
import type { Policy } from "../domain/policy.ts";

/** Established users behind a source, as its evidence counts them; none where nobody knows of any. */
export function usersBehind({ reasons }: Pick<PlannedBan, "reasons">): number {
  return Math.max(0, ...reasons.map(({ observed }) => observed["establishedUsers"] ?? 0));
}

/** How many may be locked out within an hour. Where nobody knows how many there are, no share of them can be told. */
export function lockoutRoom(total: number | null | undefined, { guards }: Policy): number {
  if (total == null) return Number.POSITIVE_INFINITY;
  return Math.max(Math.floor(total * guards.lockout.share), guards.lockout.leastUsers);
}

export interface LockoutSplit {
  readonly within: readonly PlannedBan[];
  readonly beyond: readonly PlannedBan[];
  /** Behind those within. */
  readonly users: number;
}

/** `costs` tells the users whom a ban would newly lock out. A source with nobody behind it always has room. */
export function splitByLockout(
  bans: readonly PlannedBan[],
  room: number,
  costs: (ban: PlannedBan) => number,
): LockoutSplit {
  const within: PlannedBan[] = [];
  const beyond: PlannedBan[] = [];
  let users = 0;
  const priced = bans.map((ban) => ({ ban, cost: costs(ban) }));
  for (const { ban, cost } of priced.sort((a, b) => a.cost - b.cost || b.ban.score - a.ban.score)) {
    const fits = cost === 0 || users + cost <= room;
    (fits ? within : beyond).push(ban);
    if (fits) users += cost;
  }
  return { within, beyond, users };
}
