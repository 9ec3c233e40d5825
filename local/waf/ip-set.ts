/** IP sets as WAFv2 keeps them: what may stand in one, the lock token, and the form in which addresses come back. */
import { randomUUID } from "node:crypto";

import { type Cidr, formatCidr, parseCidr } from "../../functions/domain/cidr.ts";
import { AwsError } from "../aws-wire.ts";
import { type AddressRanges, addressRanges } from "./address-ranges.ts";

export type WafScope = "CLOUDFRONT" | "REGIONAL";
const LARGEST_SET = 10_000;

export interface IpSetOptions {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  readonly scope: WafScope;
  readonly region: string;
  readonly version: "IPV4" | "IPV6";
  readonly description?: string;
  readonly addresses: readonly string[];
}

export interface IpSet extends Omit<IpSetOptions, "addresses" | "description"> {
  readonly description: string | undefined;
  readonly lockToken: string;
  /** As GetIPSet shows them: IPv6 in full form, in no promised order. */
  readonly addresses: readonly string[];
  has(address: string): boolean;
  /** Replaces description and addresses whole, and the lock token with them. */
  replace(addresses: readonly string[], description: string | undefined, lockToken: string): void;
}

export function createIpSet(options: IpSetOptions): IpSet {
  let cidrs = parseAddresses(options.addresses, options.version);
  let ranges: AddressRanges = addressRanges(cidrs);
  let description = options.description;
  let lockToken: string = randomUUID();
  const { name, id, arn, scope, region, version } = options;
  return {
    ...{ name, id, arn, scope, region, version },
    get description() {
      return description;
    },
    get lockToken() {
      return lockToken;
    },
    get addresses() {
      // AWS promises no order; the reverse of what was written keeps readers from relying on one.
      return cidrs.map(formatAsWaf).reverse();
    },
    has: (address) => ranges.has(address),
    replace(addresses, text, token) {
      const next = parseAddresses(addresses, version);
      if (token !== lockToken) throw staleToken();
      // AWS takes seconds to minutes to bring a change to every edge; here the next request already meets it.
      cidrs = next;
      ranges = addressRanges(next);
      description = text;
      lockToken = randomUUID();
    },
  };
}

export function staleToken(): AwsError {
  return new AwsError(
    "WAFOptimisticLockException",
    "AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it. Reapply your changes.",
  );
}

function parseAddresses(addresses: readonly string[], version: "IPV4" | "IPV6"): Cidr[] {
  if (addresses.length > LARGEST_SET)
    throw new AwsError("WAFLimitsExceededException", `An IP set holds ${LARGEST_SET} CIDRs, not ${addresses.length}.`);
  const cidrs = addresses.map((address) => parseAddress(address, version));
  // That AWS refuses a CIDR written twice, and with this error, is not documented; nobody should depend on either.
  if (new Set(cidrs.map(formatCidr)).size !== cidrs.length)
    throw new AwsError("WAFDuplicateItemException", "The IP set has an address more than once.");
  return cidrs;
}

/**
 * AWS refuses a bare address, /0, the other family, and bits behind the prefix ("195.178.188.66/29", see
 * https://github.com/aws/aws-cdk/issues/20003).
 */
function parseAddress(text: string, version: "IPV4" | "IPV6"): Cidr {
  const cidr = text.includes("/") ? parseCidr(text) : null;
  const family = version === "IPV4" ? 4 : 6;
  const isExact = cidr?.first === parseCidr(text.split("/", 1)[0] ?? "")?.first;
  if (!cidr || cidr.family !== family || cidr.prefix === 0 || !isExact) throw invalidParameter("IP_ADDRESS", text);
  return cidr;
}

export function invalidParameter(field: string, parameter: string, reason?: string): AwsError {
  const Reason = reason ?? "The parameter contains formatting that is not valid.";
  return new AwsError(
    "WAFInvalidParameterException",
    `Error reason: ${Reason}, field: ${field}, parameter: ${parameter}`,
    { fields: { Field: field, Parameter: parameter, Reason } },
  );
}

/** `2001:0db8:0000:0000:0000:0000:0000:0000/64`: the documentation shows IPv6 with all eight groups written out. */
function formatAsWaf(cidr: Cidr): string {
  if (cidr.family === 4) return formatCidr(cidr);
  const hex = cidr.first.toString(16).padStart(32, "0");
  return `${(hex.match(/.{4}/g) ?? []).join(":")}/${cidr.prefix}`;
}
