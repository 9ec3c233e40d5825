/** One party of a mix: who they are in truth, and the calls they make. */
import type { Window } from "../../functions/domain/instant.ts";
import type { Call } from "../../local/demo/calls.ts";
import type { OffenceKind } from "../../local/demo/offences.ts";
import type { Random } from "../../local/demo/random.ts";
import type { Addresses } from "./addresses.ts";

export { type Caller, callOf, srp } from "../../local/demo/calls.ts";
export { type OffenceKind, offenceKinds } from "../../local/demo/offences.ts";

export const benignKinds = [
  "home",
  "office",
  "carrier-nat",
  "forgotten-password",
  "old-device",
  "dead-refresh-tab",
  "health-check",
  "load-balancer",
  "partner-server",
  "newcomer",
  "workshop",
  "corpus-crowd",
] as const;
export type BenignKind = (typeof benignKinds)[number];

export interface Actor {
  readonly kind: BenignKind | OffenceKind;
  readonly benign: boolean;
  /** Offending calls a minute from one source, as planned; null for people. */
  readonly perMinute: number | null;
  /** Every address that the actor calls from; an IPv6 actor walks through its /64. */
  readonly addresses: readonly string[];
  /** What makes an offender of the actor. */
  readonly offences: readonly Call[];
  /** Everything else that comes from these addresses. */
  readonly calls: readonly Call[];
}

/** What everybody in a mix draws from. */
export interface Stage {
  readonly span: Window;
  readonly random: Random;
  readonly addresses: Addresses;
}

/** TLS fingerprints of browsers and app libraries with their share of the crowd. */
const crowdJa4 = [
  ["t13d1516h2_8daaf6152771_b186095e22b6", 45],
  ["t13d2014h2_a09f3c656075_14788d8d241b", 25],
  ["t13d1715h2_5b57614c22b0_5c2c66f702b0", 12],
  ["t13d1517h2_8daaf6152771_b1ff8ab2d16f", 10],
  ["t13d1312h2_f57a46bbacb6_ab7e3b40a677", 5],
  ["t12d190900_d83cc789557e_7af1ed941c26", 3],
] as const;

export function crowdFingerprint(random: Random): string {
  let left = random.next() * 100;
  for (const [ja4, share] of crowdJa4) {
    left -= share;
    if (left < 0) return ja4;
  }
  return crowdJa4[0][0];
}
