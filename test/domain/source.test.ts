import fc from "fast-check";

import { contains, formatAddress, formatCidr, parseCidr } from "../../functions/domain/cidr.ts";
import { parseSource, sourceOf } from "../../functions/domain/source.ts";
import { anyAddress, anyCidr } from "./cidr-arbitraries.ts";

test.each([
  { address: "198.51.100.7", source: "198.51.100.7/32" },
  { address: "::ffff:198.51.100.7", source: "198.51.100.7/32" },
  { address: "2001:db8:1:2:a:b:c:d", source: "2001:db8:1:2::/64" },
  { address: "2001:DB8:1:2::", source: "2001:db8:1:2::/64" },
  { address: "198.51.100.0/24", source: null },
  { address: "2001:db8::/64", source: null },
  { address: "AWS Internal", source: null },
  { address: "cognito-idp.amazonaws.com", source: null },
  { address: "198.51.100.07", source: null },
  { address: "198.51.100.7, 203.0.113.1", source: null },
  { address: "", source: null },
])("the source of $address is $source", ({ address, source }) => {
  expect(sourceOf(address)).toBe(source);
});

test("a source holds the address it comes from, and all addresses of an IPv6 /64 are one source", () => {
  fc.assert(
    fc.property(anyAddress, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (address, low) => {
      const text = formatAddress(address);
      const source = parseCidr(sourceOf(text) ?? "");
      const single = parseCidr(text);
      expect(source && single && contains(source, single)).toBe(true);
      expect(source?.prefix).toBe(address.family === 4 ? 32 : 64);
      const neighbour = { family: 6 as const, first: ((address.first >> 64n) << 64n) | low };
      if (address.family === 6) expect(sourceOf(formatAddress(neighbour))).toBe(sourceOf(text));
    }),
  );
});

test.each([
  { text: " 198.51.100.7 ", source: "198.51.100.7/32" },
  { text: "198.51.100.7/24", source: "198.51.100.0/24" },
  { text: "2001:db8::1/128", source: "2001:db8::/64" },
  { text: "2001:db8::/48", source: "2001:db8::/48" },
  { text: "everyone", source: null },
])("a person who types $text means $source", ({ text, source }) => {
  const parsed = parseSource(text);
  expect(parsed && formatCidr(parsed)).toBe(source);
});

test("what a person types is never narrower than a source, and never another range than typed", () => {
  fc.assert(
    fc.property(anyCidr, (range) => {
      const parsed = parseSource(formatCidr(range));
      if (!parsed) throw new Error("not read");
      expect(contains(parsed, range)).toBe(true);
      expect(parsed.prefix).toBe(range.family === 4 ? range.prefix : Math.min(64, range.prefix));
    }),
  );
});
