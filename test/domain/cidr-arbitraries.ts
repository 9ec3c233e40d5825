import fc from "fast-check";

import { type Cidr, type Family, truncate } from "../../functions/domain/cidr.ts";

const V4_MAPPED = 0xffffn;

/** Any address; IPv4-mapped IPv6 is left out, for it is an IPv4 address. */
export const anyAddress = fc.oneof(
  fc.record({ family: fc.constant<Family>(4), first: fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }) }),
  fc.record({ family: fc.constant<Family>(6), first: v6Address() }),
);

/** Uniform draws never show a zero run, so half of the IPv6 addresses are mostly zero groups. */
function v6Address() {
  const sparse = fc
    .array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff })), {
      minLength: 8,
      maxLength: 8,
    })
    .map((groups) => groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n));
  return fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), sparse).filter((value) => value >> 32n !== V4_MAPPED);
}

export const anyCidr: fc.Arbitrary<Cidr> = anyAddress.chain((address) =>
  fc.integer({ min: 0, max: address.family === 4 ? 32 : 128 }).map((prefix) => truncate(address, prefix)),
);

/** Ranges that lie close together, so that they touch, nest and repeat. */
export const crowdedCidrs: fc.Arbitrary<Cidr[]> = fc.array(
  fc
    .record({
      family: fc.constantFrom<Family>(4, 6),
      offset: fc.integer({ min: 0, max: 255 }),
      bits: fc.integer({ min: 0, max: 8 }),
    })
    .map(({ family, offset, bits }) =>
      family === 4
        ? truncate({ family, first: 0xc6336400n + BigInt(offset) }, 32 - bits)
        : truncate({ family, first: (0x20010db8n << 96n) + BigInt(offset) }, 128 - bits),
    ),
  { maxLength: 60 },
);
