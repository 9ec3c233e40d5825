/**
 * The count of established users behind the decisions of the last hour: one item that all decisions write to, each on the
 * version that it read. Two that are applied in the same instant can't both find the room that is left (ADR 19).
 */
import { RetryableError } from "../domain/errors.ts";
import { HOUR, type Instant } from "../domain/instant.ts";

export interface LockoutCount {
  /** Decision → when it was counted, and the users that its bans lock out. */
  readonly decisions: Readonly<Record<string, { readonly at: Instant; readonly users: number }>>;
  /** Rises with each write; 0 before the first. */
  readonly version: number;
}

export interface LockoutStore {
  /** Consistent. */
  lockoutCount(): Promise<LockoutCount>;
  /** Writes if the stored version is still `count.version - 1`; false if another decision was faster. */
  putLockoutCount(count: LockoutCount): Promise<boolean>;
}

/** Decisions come by the hand of people: this many at the same time are something else. */
const TRIES = 25;

/** Of the hour before `now`, without those of `decision`. */
export function usersInHour({ decisions }: Pick<LockoutCount, "decisions">, now: Instant, decision = ""): number {
  return Object.entries(decisions)
    .filter(([name, { at }]) => name !== decision && at > now - HOUR)
    .reduce((sum, [, { users }]) => sum + users, 0);
}

/**
 * Asks `split` how many users a decision locks out, given those of all others within the hour, and counts them. Where
 * another decision was counted meanwhile it asks again. The same decision counted twice counts once.
 */
export async function countLockouts<T extends { readonly users: number }>(
  store: LockoutStore,
  decision: string,
  now: Instant,
  split: (inHour: number) => T,
): Promise<T> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const { decisions, version } = await store.lockoutCount();
    const end = split(usersInHour({ decisions }, now, decision));
    const recent = Object.entries(decisions).filter(([, { at }]) => at > now - HOUR);
    const next = { ...Object.fromEntries(recent), [decision]: { at: now, users: end.users } };
    if (await store.putLockoutCount({ decisions: next, version: version + 1 })) return end;
  }
  throw new RetryableError(`The users behind bans were counted ${TRIES} times by others at the same time; try again`);
}
