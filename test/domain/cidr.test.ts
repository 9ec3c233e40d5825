import { BlockList, isIP } from "node:net";

import fc from "fast-check";

import {
  type Cidr,
  canonicalAddress,
  compareCidrs,
  contains,
  formatAddress,
  formatCidr,
  mergeCidrs,
  mergeLines,
  overlaps,
  parseCidr,
  sortByCidr,
  truncate,
} from "../../functions/domain/cidr.ts";
import { anyAddress, anyCidr, crowdedCidrs } from "./cidr-arbitraries.ts";

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed) throw new Error(`${text} is no CIDR`);
  return parsed;
}

describe("text", () => {
  test.each([
    { text: "198.51.100.7", canonical: "198.51.100.7/32" },
    { text: "198.51.100.7/24", canonical: "198.51.100.0/24" },
    { text: "0.0.0.0/0", canonical: "0.0.0.0/0" },
    { text: "255.255.255.255", canonical: "255.255.255.255/32" },
    { text: "2001:DB8::1", canonical: "2001:db8::1/128" },
    { text: "2001:0db8:0000:0000:0000:0000:0000:0001/64", canonical: "2001:db8::/64" },
    { text: "2001:db8:0:1:1:1:1:1", canonical: "2001:db8:0:1:1:1:1:1/128" },
    { text: "2001:0:0:1:0:0:0:1", canonical: "2001:0:0:1::1/128" },
    { text: "2001:db8:0:0:1:0:0:1", canonical: "2001:db8::1:0:0:1/128" },
    { text: "::", canonical: "::/128" },
    { text: "::1", canonical: "::1/128" },
    { text: "1::", canonical: "1::/128" },
    { text: "::ffff:192.0.2.1", canonical: "192.0.2.1/32" },
    { text: "::ffff:c000:201", canonical: "192.0.2.1/32" },
    { text: "::ffff:192.0.2.0/120", canonical: "192.0.2.0/24" },
    { text: "64:ff9b::192.0.2.33", canonical: "64:ff9b::c000:221/128" },
  ])("$text is $canonical", ({ text, canonical }) => {
    expect(formatCidr(cidr(text))).toBe(canonical);
  });

  test.each([
    "",
    " 198.51.100.7",
    "198.51.100.7 ",
    "198.51.100",
    "198.51.100.7.9",
    "198.51.100.256",
    "198.51.100.07",
    "0198.51.100.7",
    "0x7f.0.0.1",
    "2130706433",
    "10.1",
    "198.51.100.7/33",
    "198.51.100.7/-1",
    "198.51.100.7/024",
    "198.51.100.7/",
    "198.51.100.7/24/24",
    "198.51.100.7:443",
    "١٩٨.51.100.7",
    "2001:db8",
    "2001:db8:::1",
    "2001::db8::1",
    "2001:db8::1%eth0",
    "[2001:db8::1]",
    "2001:db8::12345",
    "2001:db8::g",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "1:2:3:4:5:6:7:",
    ":1:2:3:4:5:6:7",
    "::192.0.2.1:1",
    "192.0.2.1::",
    "::ffff:192.0.2.256",
    "::ffff:192.0.2.0/95",
    "2001:db8::/129",
    "AWS Internal",
    "cognito-idp.amazonaws.com",
    "-",
  ])("%j is no address", (text) => {
    expect(parseCidr(text)).toBeNull();
  });

  test("a very long text is refused at once", () => {
    const started = performance.now();
    for (const text of ["0".repeat(1_000_000), ":".repeat(1_000_000), "1.".repeat(500_000)])
      expect(parseCidr(text)).toBeNull();
    expect(performance.now() - started).toBeLessThan(500);
  });

  test("printing and reading again changes nothing", () => {
    fc.assert(fc.property(anyCidr, (range) => expect(parseCidr(formatCidr(range))).toEqual(range)));
  });

  test("the canonical text is what Node's URL parser makes of it, RFC 5952 included", () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        const text = formatAddress(address);
        const host = new URL(address.family === 6 ? `http://[${text}]/` : `http://${text}/`).hostname;
        expect(host.replace(/^\[|\]$/g, "")).toBe(text);
      }),
    );
  });

  test("however an IPv6 address is written, its canonical text is one", () => {
    fc.assert(
      fc.property(anyAddress, fc.boolean(), fc.boolean(), ({ family, first }, padded, upper) => {
        fc.pre(family === 6);
        const groups = (first.toString(16).padStart(32, "0").match(/.{4}/g) ?? []).map((group) =>
          padded ? group : Number.parseInt(group, 16).toString(16),
        );
        const text = upper ? groups.join(":").toUpperCase() : groups.join(":");
        expect(canonicalAddress(text)).toBe(formatAddress({ family, first }));
      }),
    );
  });

  test("whatever is read as an address, Node reads as one too", () => {
    const nearly = fc.stringMatching(/^[0-9a-f:.]{1,20}$/);
    fc.assert(
      fc.property(nearly, (text) => {
        if (parseCidr(text)) expect(isIP(text)).not.toBe(0);
        else if (isIP(text) === 4) throw new Error(`${text} should be read`);
      }),
      { numRuns: 2_000 },
    );
  });

  test("no text makes the parser throw", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseCidr(text)));
  });
});

describe("containment", () => {
  const parentAndChild = anyCidr.chain((child) =>
    fc.integer({ min: 0, max: child.prefix }).map((prefix) => ({ child, parent: truncate(child, prefix) })),
  );

  test("a range holds itself and everything that it is truncated from", () => {
    fc.assert(
      fc.property(parentAndChild, ({ parent, child }) => {
        expect(contains(parent, child)).toBe(true);
        expect(contains(child, parent)).toBe(parent.prefix === child.prefix);
        expect(overlaps(child, parent)).toBe(true);
      }),
    );
  });

  test("agrees with Node's block list", () => {
    fc.assert(
      fc.property(crowdedCidrs, anyAddress, (ranges, other) => {
        for (const address of [other, ...ranges]) {
          const text = formatAddress(address);
          const single = truncate(address, address.family === 4 ? 32 : 128);
          const ours = ranges.some((range) => contains(range, single));
          expect(blockList(ranges).check(text, address.family === 4 ? "ipv4" : "ipv6")).toBe(ours);
        }
      }),
    );
  });

  test("the families never meet", () => {
    expect(contains(cidr("0.0.0.0/0"), cidr("::1"))).toBe(false);
    expect(contains(cidr("::/0"), cidr("192.0.2.1"))).toBe(false);
    expect(overlaps(cidr("::/0"), cidr("0.0.0.0/0"))).toBe(false);
  });
});

function blockList(ranges: readonly Cidr[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) list.addSubnet(formatAddress(range), range.prefix, range.family === 4 ? "ipv4" : "ipv6");
  return list;
}

describe("merging", () => {
  test.each([
    { case: "two halves", ranges: ["192.0.2.0/25", "192.0.2.128/25"], merged: ["192.0.2.0/24"] },
    {
      case: "neighbours that are no halves",
      ranges: ["192.0.2.1/32", "192.0.2.2/32"],
      merged: ["192.0.2.1/32", "192.0.2.2/32"],
    },
    { case: "one inside another", ranges: ["192.0.2.7/32", "192.0.2.0/24"], merged: ["192.0.2.0/24"] },
    { case: "everything", ranges: ["0.0.0.0/1", "128.0.0.0/1"], merged: ["0.0.0.0/0"] },
    { case: "both families", ranges: ["2001:db8::/64", "192.0.2.1"], merged: ["192.0.2.1/32", "2001:db8::/64"] },
    { case: "nothing", ranges: [], merged: [] },
  ])("$case", ({ ranges, merged }) => {
    expect(mergeCidrs(ranges.map(cidr)).map(formatCidr)).toEqual(merged);
  });

  test("keeps every address and adds none", () => {
    fc.assert(
      fc.property(crowdedCidrs, (ranges) => {
        const before = covered(ranges);
        expect(covered(mergeCidrs(ranges))).toEqual(before);
      }),
    );
  });

  test("gives the smallest sorted list: nothing nests, and no two ranges are halves of one", () => {
    fc.assert(
      fc.property(crowdedCidrs, (ranges) => {
        const merged = mergeCidrs(ranges);
        expect([...merged].sort(compareCidrs)).toEqual(merged);
        for (const [index, range] of merged.entries())
          for (const other of merged.slice(index + 1)) {
            expect(overlaps(range, other)).toBe(false);
            expect(areHalves(range, other)).toBe(false);
          }
      }),
    );
  });

  test("does not depend on order or repetition, and merging again changes nothing", () => {
    fc.assert(
      fc.property(crowdedCidrs, (ranges) => {
        const merged = mergeCidrs(ranges);
        expect(mergeCidrs([...ranges].reverse().concat(ranges))).toEqual(merged);
        expect(mergeCidrs(merged)).toEqual(merged);
      }),
    );
  });

  test("is the same from text to text", () => {
    const lines = (ranges: readonly Cidr[]) => ranges.map((range) => `${formatCidr(range)}\n`).join("");
    fc.assert(fc.property(crowdedCidrs, (ranges) => expect(mergeLines(lines(ranges))).toBe(lines(mergeCidrs(ranges)))));
    expect(mergeLines("2001:DB8::\n\n198.51.100.7")).toBe("198.51.100.7/32\n2001:db8::/128\n");
    expect(mergeLines("")).toBe("");
  });

  test.each(["198.51.100.7\r", " 198.51.100.7", "198.51.100.7/24,198.51.100.8", "١", "1:", "2001:db8::/"])(
    "text with a line that is no range is refused: %j",
    (line) => {
      expect(() => mergeLines(`198.51.100.1\n${line}\n198.51.100.2`)).toThrow(`${line} is no CIDR`);
    },
  );

  test("leaves its input as it was", () => {
    const ranges = Object.freeze([cidr("192.0.2.128/25"), cidr("192.0.2.0/25")]);
    expect(() => mergeCidrs(ranges)).not.toThrow();
  });
});

/** The single addresses of crowded ranges, as text. */
function covered(ranges: readonly Cidr[]): Set<string> {
  const addresses = new Set<string>();
  for (const { family, first, prefix } of ranges) {
    const size = 1n << BigInt((family === 4 ? 32 : 128) - prefix);
    for (let offset = 0n; offset < size; offset += 1n) addresses.add(`${family} ${first + offset}`);
  }
  return addresses;
}

function areHalves(a: Cidr, b: Cidr): boolean {
  if (a.family !== b.family || a.prefix !== b.prefix || a.prefix === 0) return false;
  return truncate(a, a.prefix - 1).first === truncate(b, b.prefix - 1).first;
}

test("sorting by bytes is the order of comparing, and equal ranges keep theirs", () => {
  const numbered = fc.array(
    fc.oneof(
      anyCidr,
      crowdedCidrs.map((list) => list[0] ?? cidr("0.0.0.0/0")),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(numbered, (list) => {
      const items = [...list, ...list].map((range, place) => ({ range, place }));
      const sorted = [...items].sort((a, b) => compareCidrs(a.range, b.range));
      expect(sortByCidr(items, ({ range }) => range)).toEqual(sorted);
    }),
  );
});
