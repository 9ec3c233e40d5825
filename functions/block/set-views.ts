/** Reads machine-owned sets together with what the ledger knows of them, so that the two belong to one moment. */
import type { Target } from "../domain/ban.ts";
import { formatCidr, parseCidr } from "../domain/cidr.ts";
import type { ScopeSets } from "../domain/environment.ts";
import { RetryableError } from "../domain/errors.ts";
import { type PatientReader, readPatiently } from "./patient-read.ts";
import type { IpSet, SetStateStore } from "./ports.ts";
import type { FamilySetView } from "./scope-plan.ts";

export interface LiveSetView extends FamilySetView {
  /** As read, with the lock token; null if there is no such set. */
  readonly live: IpSet | null;
}

export interface SetReaders extends PatientReader {
  readonly setStates: SetStateStore;
}

export async function readSets(ports: SetReaders, target: Target, scope: ScopeSets): Promise<LiveSetView[]> {
  const views: LiveSetView[] = [];
  // One after the other: WAF allows five reads a second, and the next sweep is a minute away.
  for (const name of scope.auto.v4) views.push(await readSet(ports, target, name, 4));
  for (const name of scope.auto.v6) views.push(await readSet(ports, target, name, 6));
  return views;
}

const TRIES = 10;

/**
 * State, set, state again: if the state did not move, no write of ours that it does not know of can lie between,
 * so what is in the set and not in the state is really foreign.
 */
export async function readSet(ports: SetReaders, target: Target, name: string, family: 4 | 6): Promise<LiveSetView> {
  let state = await ports.setStates.getSetState(target, name);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const live = await readPatiently(ports, target, name);
    const after = await ports.setStates.getSetState(target, name);
    if (after?.version === state?.version)
      return { name, family, state: after, live, id: live?.id ?? null, present: canonicalLines(live) };
    state = after;
  }
  throw new RetryableError(`The IP set ${name} was written again and again while it was read; try again`);
}

/** WAF returns IPv6 in a form of its own; only canonical texts may be compared. */
export function canonicalLines(live: IpSet | null): Set<string> {
  const cidrs = (live?.addresses ?? []).flatMap((text) => parseCidr(text) ?? []);
  return new Set(cidrs.map(formatCidr));
}
