/** Reads at run time which addresses no path may ban. */
import type { Target } from "../domain/ban.ts";
import type { IpSets } from "../domain/environment.ts";
import { NotFoundError } from "../domain/errors.ts";
import { neverBlockRanges } from "../domain/never-block.ts";
import { type Exclusions, exclusionsOf, readCidrs } from "./guards.ts";
import { type PatientReader, readPatiently } from "./patient-read.ts";
import type { PrefixLists } from "./ports.ts";

export interface ExclusionPorts extends PatientReader {
  readonly prefixLists: PrefixLists;
}

/**
 * A missing or unreadable allow list stops the caller: without it nobody may be banned, and nothing is taken away
 * either. CloudFront's ranges have a table in the project to fall back on, and are the union of both.
 */
export async function readExclusions(
  ports: ExclusionPorts,
  sets: IpSets,
  egress: readonly string[],
): Promise<Exclusions> {
  const allow: string[] = [];
  for (const target of ["edge", "pool"] as const) allow.push(...(await readAllowLists(ports, sets, target)));
  const cloudFront = await ports.prefixLists.cloudFront().catch(() => []);
  return exclusionsOf({
    allow: readCidrs(allow),
    never: [...neverBlockRanges(), ...readCidrs([...cloudFront, ...egress])],
  });
}

async function readAllowLists(ports: PatientReader, sets: IpSets, target: Target): Promise<string[]> {
  const names = sets[target] ? [...sets[target].allow.v4, ...sets[target].allow.v6] : [];
  const addresses: string[] = [];
  for (const name of names) {
    const set = await readPatiently(ports, target, name);
    if (!set) throw new NotFoundError(`The allow list ${name} does not exist; deploy the stacks again`);
    addresses.push(...set.addresses);
  }
  return addresses;
}
