/**
 * Ranges that no path may ban. Documentation ranges are missing on purpose: they are the ordinary callers of our
 * examples, tests and demo. Own egress and the managed prefix lists at run time are added by the caller.
 */
import { type Cidr, compareCidrs, contains, mergeCidrs, overlaps, parseCidr } from "./cidr.ts";
import { cloudFrontRanges } from "./cloudfront-ranges.ts";
import { InvalidInputError } from "./errors.ts";

/** IANA's special-purpose registries, less the documentation ranges. Nobody on the internet calls from these. */
const SPECIAL_PURPOSE = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/8",
  // NAT64: one /64 stands for the whole IPv4 internet behind a translator.
  "64:ff9b::/32",
  "100::/64",
  "2001::/23",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

const specialPurpose = parseRanges(SPECIAL_PURPOSE);
// Disjoint and sorted, for `isInfrastructure`.
const cloudFront = mergeCidrs(parseRanges(cloudFrontRanges.ranges));
const everything: readonly Cidr[] = [...specialPurpose, ...cloudFront];

/** Special-purpose ranges and CloudFront's, the latter as of `cloudFrontRanges.asOf`. */
export function neverBlockRanges(): readonly Cidr[] {
  return everything;
}

/** Whether nobody on the internet calls from this range, or from a part of it. */
export function meetsSpecialPurpose(cidr: Cidr): boolean {
  return meetsAny(cidr, specialPurpose);
}

/**
 * Whether CloudFront calls origins or answers viewers from this address: never the caller of a call, only its
 * carrier. Asked for every record of a log, so it searches by halves.
 */
export function isInfrastructure(cidr: Cidr): boolean {
  let low = 0;
  let high = cloudFront.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const range = cloudFront[middle];
    if (range && compareCidrs(range, cidr) <= 0) low = middle + 1;
    else high = middle;
  }
  const candidate = cloudFront[low - 1];
  return candidate !== undefined && contains(candidate, cidr);
}

/** Whether banning this range would hit any of `ranges`, however little of it. */
export function meetsAny(cidr: Cidr, ranges: readonly Cidr[]): boolean {
  return ranges.some((range) => overlaps(range, cidr));
}

function parseRanges(texts: readonly string[]): Cidr[] {
  return texts.map((text) => {
    const cidr = parseCidr(text);
    if (!cidr) throw new InvalidInputError("a range that is never blocked", [`${text} is no CIDR`]);
    return cidr;
  });
}
