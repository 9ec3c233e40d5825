/**
 * Ranges that no path may ban. Documentation ranges are missing on purpose: they are the ordinary callers of our
 * examples, tests and demo. Own egress and the managed prefix lists at run time are added by the caller.
 */
import { type Cidr, overlaps, parseCidr } from "./cidr.ts";
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
const cloudFront = parseRanges(cloudFrontRanges.ranges);
const everything: readonly Cidr[] = [...specialPurpose, ...cloudFront];

/** Special-purpose ranges and CloudFront's, the latter as of `cloudFrontRanges.asOf`. */
export function neverBlockRanges(): readonly Cidr[] {
  return everything;
}

/** Addresses that CloudFront calls origins and answers viewers from: never the caller of a call, only its carrier. */
export function infrastructureRanges(): readonly Cidr[] {
  return cloudFront;
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
