import { type Cidr, formatCidr, parseCidr, truncate } from "./cidr.ts";

/** Who sent the traffic, as canonical CIDR text: an IPv4 address is its /32, an IPv6 address always its /64. */
export type Source = string;

/** One caller usually owns a whole /64 of IPv6, so anything narrower could be walked through for free. */
export const IPV6_SOURCE_PREFIX = 64;

/** The source of an address; null if the text is no single address (a host name, "AWS Internal", a range). */
export function sourceOf(address: string): Source | null {
  if (address.includes("/")) return null;
  const cidr = parseCidr(address);
  return cidr && formatCidr(widen(cidr));
}

/**
 * A source as a person types it: an address or a CIDR. IPv6 narrower than /64 becomes its /64.
 * Null if it is neither; the width of ranges is the caller's to judge.
 */
export function parseSource(text: string): Cidr | null {
  const cidr = parseCidr(text.trim());
  return cidr && widen(cidr);
}

function widen(cidr: Cidr): Cidr {
  return cidr.family === 6 && cidr.prefix > IPV6_SOURCE_PREFIX ? truncate(cidr, IPV6_SOURCE_PREFIX) : cidr;
}
