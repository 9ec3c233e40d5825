/** The pure parts below reconcile: carving, shards, listings, states of sets. */
import fc from "fast-check";
import { carve, coverageOf, covers, overlapping } from "../../functions/block/carve.ts";
import { readListing, writeListing } from "../../functions/block/listing-text.ts";
import { projectLedger } from "../../functions/block/projection.ts";
import { beginWrite, isPending, isSettledAs, type Listing, settle } from "../../functions/block/set-state.ts";
import { assignShards } from "../../functions/block/shards.ts";
import { type Cidr, contains, formatCidr, mergeCidrs } from "../../functions/domain/cidr.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { aBan, cidrs, loneSource, NOON, v4Source } from "./builders.ts";

const small = fc
  .record({ host: fc.nat(63), prefix: fc.integer({ min: 26, max: 32 }) })
  .map(({ host, prefix }) => cidrs(`198.51.100.${host}/${prefix}`)[0] as Cidr);
const addresses = Array.from({ length: 64 }, (_, n) => cidrs(`198.51.100.${n}/32`)[0] as Cidr);
const inSome = (list: readonly Cidr[], address: Cidr) => list.some((cidr) => contains(cidr, address));

describe("carving", () => {
  test("takes away exactly the holes", () => {
    fc.assert(
      fc.property(small, fc.array(small, { maxLength: 6 }), (cidr, holes) => {
        const left = carve(cidr, coverageOf(holes));
        for (const address of addresses)
          expect(inSome(left, address)).toBe(contains(cidr, address) && !inSome(holes, address));
        expect(mergeCidrs(left).map(formatCidr)).toEqual(left.map(formatCidr));
      }),
    );
  });
  test("covering and overlapping agree with looking at each address", () => {
    fc.assert(
      fc.property(small, fc.array(small, { maxLength: 6 }), (cidr, list) => {
        const coverage = coverageOf(list);
        const inside = addresses.filter((address) => contains(cidr, address));
        expect(covers(coverage, cidr)).toBe(inside.every((address) => inSome(list, address)));
        expect(overlapping(coverage, cidr).length > 0).toBe(inside.some((address) => inSome(list, address)));
      }),
    );
  });
  test("the families do not touch one another", () => {
    expect(carve(cidrs("::/0")[0] as Cidr, coverageOf(cidrs("0.0.0.0/0")))).toHaveLength(1);
  });
});

describe("shards", () => {
  const entries = (...texts: string[]) =>
    projectLedger(
      texts.map((source) => aBan({ source })),
      "edge",
      NOON,
      coverageOf([]),
    );
  const shard = (name: string, ...present: string[]) => ({ name, present: new Set(present) });
  const names = (lists: ReadonlyMap<string, readonly { text: string }[]>) =>
    Object.fromEntries([...lists].map(([name, list]) => [name, list.map(({ text }) => text)]));
  const [a, b, c] = [loneSource(1), loneSource(2), loneSource(3)];

  test("what is in place stays in place, and a new line goes where there is most room", () => {
    const { sets } = assignShards(entries(a, b, c), [shard("one", a), shard("two", b), shard("three")]);
    expect(names(sets)).toEqual({ one: [a], two: [b], three: [c] });
  });
  test("a set that is written anyway is filled first", () => {
    const { sets } = assignShards(entries(a, c), [shard("one", a), shard("two", b), shard("three")]);
    expect(names(sets)).toEqual({ one: [a], two: [c], three: [] });
  });
  test("a line that stands twice after a crash is kept once", () => {
    const { sets } = assignShards(entries(a), [shard("one", a), shard("two", a)]);
    expect(names(sets)).toEqual({ one: [a], two: [] });
  });
  test("nothing is lost, nothing stands twice, no set is over its capacity", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(40)),
        fc.array(fc.uniqueArray(fc.nat(40), { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
        (wanted, present) => {
          const shards = present.map((list, index) => shard(`set-${index}`, ...list.map(loneSource)));
          const list = entries(...wanted.map(loneSource));
          const { sets, overflow } = assignShards(list, shards, 8);
          const placed = [...sets.values()].flat();
          expect([...placed, ...overflow].map(({ text }) => text).sort()).toEqual(list.map(({ text }) => text).sort());
          expect(overflow.length).toBe(Math.max(0, list.length - 8 * shards.length));
          for (const lines of sets.values()) expect(lines.length).toBeLessThanOrEqual(8);
        },
      ),
    );
  });
});

describe("listings as text", () => {
  test.each<{ case: string; listing: [string, string[]][]; text: string }>([
    { case: "a source by itself", listing: [["198.51.100.7/32", ["198.51.100.7/32"]]], text: "198.51.100.7/32" },
    {
      case: "two whole neighbours",
      listing: [["198.51.100.6/31", ["198.51.100.6/32", "198.51.100.7/32"]]],
      text: "198.51.100.6/31*",
    },
    {
      case: "a part of a range",
      listing: [["203.0.113.8/29", ["203.0.113.0/24"]]],
      text: "203.0.113.8/29=203.0.113.0/24",
    },
    { case: "nothing", listing: [], text: "" },
  ])("$case", ({ listing, text }) => {
    expect(writeListing(new Map(listing))).toBe(text);
    expect([...readListing(text)]).toEqual(listing);
  });
  test("every projection comes back as it was", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(63), { maxLength: 40 }), fc.uniqueArray(fc.nat(15)), (v4, v6) => {
        const bans = [...v4.map(v4Source), ...v6.map((n) => `2001:db8:0:${n.toString(16)}::/64`), "198.51.100.0/28"];
        const list = projectLedger(
          bans.map((source) => aBan({ source: formatCidr(cidrs(source)[0] as Cidr) })),
          "edge",
          NOON,
          coverageOf(cidrs("198.51.100.3/32")),
        );
        const listing: Listing = new Map(list.map(({ text, members }) => [text, members]));
        expect([...readListing(writeListing(listing))]).toEqual([...listing]);
      }),
    );
  });
});

describe("what is known of a set", () => {
  const listing = (...lines: string[]): Listing => new Map(lines.map((line) => [line, [line]]));
  const lines = (list: Listing) => [...list.keys()].sort();

  test("while a write is on its way, only what both lists hold is sure", () => {
    const before = settle(null, "id", listing("a", "b"));
    const during = beginWrite(before, "id", listing("b", "c"), NOON);
    expect([lines(during.written), lines(during.intent)]).toEqual([["b"], ["a", "c"]]);
    expect(isSettledAs(settle(during, "id", listing("b", "c")), "id", listing("b", "c"))).toBe(true);
  });
  test("intents of several writers add up", () => {
    const first = beginWrite(settle(null, "id", listing("a", "b")), "id", listing("a", "b", "c"), NOON);
    const second = beginWrite(first, "id", listing("a", "d"), NOON);
    expect([lines(second.written), lines(second.intent)]).toEqual([["a"], ["b", "c", "d"]]);
  });
  test("a set made anew starts from nothing", () => {
    const during = beginWrite(settle(null, "old", listing("a")), "new", listing("a"), NOON);
    expect([lines(during.written), lines(during.intent), during.version]).toEqual([[], ["a"], 2]);
  });
  test("a write can arrive until Lambda has surely stopped its function", () => {
    const during = beginWrite(null, "id", listing("a"), NOON);
    expect(isPending(during, NOON + 4 * MINUTE)).toBe(true);
    expect(isPending(during, NOON + 5 * MINUTE)).toBe(false);
    expect(isPending(settle(during, "id", listing("a")), NOON)).toBe(false);
  });
});
