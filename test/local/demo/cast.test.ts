import fc from "fast-check";

import { contains, overlaps, parseCidr } from "../../../functions/domain/cidr.ts";
import { sourceOf } from "../../../functions/domain/source.ts";
import { drawAttackers, drawCast } from "../../../local/demo/cast.ts";
import { createRandom } from "../../../local/demo/random.ts";

const documentation = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"].map(range);

function range(text: string) {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`${text} is no range`);
  return cidr;
}

test("whatever the seed, people and offenders share no source and all addresses are documentation's", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const cast = drawCast(createRandom(seed));
      const homes = cast.people.map(({ address }) => range(sourceOf(address) ?? ""));
      const attacks = cast.offenders.map(({ source }) => range(source));
      expect(new Set(cast.offenders.map(({ source }) => source)).size).toBe(cast.offenders.length);
      expect(homes.some((home) => attacks.some((attack) => overlaps(home, attack)))).toBe(false);
      expect([...homes, ...attacks].every((each) => documentation.some((outer) => contains(outer, each)))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test("an offender keeps its source while it walks through its addresses", () => {
  const { offenders } = drawCast(createRandom(7));
  const walking = offenders.filter(({ source }) => source.includes(":"));
  for (const offender of walking) {
    const addresses = Array.from({ length: 5 }, () => offender.address());
    expect(new Set(addresses).size).toBe(5);
    expect(addresses.map(sourceOf)).toEqual(Array(5).fill(offender.source));
  }
  expect(walking.length).toBeGreaterThan(0);
});

test("two dozen addresses spray in both families, somebody signs up in bulk, somebody goes round the proxy", () => {
  const { offenders, people, office } = drawCast(createRandom(1));
  const count = (kind: string) => offenders.filter((offender) => offender.kind === kind).length;
  expect([count("spray"), count("sign-up"), count("direct")]).toEqual([24, 2, 1]);
  expect(people.filter(({ address }) => address === office).length).toBeGreaterThan(5);
});

test.each([
  { from: "addresses", count: 12, members: "an address each" },
  { from: "site", count: 90, members: "a /64 each of one /48" },
  { from: "world", count: 90, members: "a /64 each and one tool" },
  { from: "office", count: 1, members: "the address that people share" },
] as const)("attackers from $from have $members", ({ from, count }) => {
  const { free, office } = drawCast(createRandom(2));
  const attackers = drawAttackers({ from, count }, { free: [...free], office }, createRandom(3));
  expect(new Set(attackers.map(({ source }) => source)).size).toBe(count);
  const sites = new Set(attackers.map(({ source }) => source.split(":").slice(0, 3).join(":")));
  expect(sites.size).toBe(from === "site" ? 1 : count);
  expect(attackers.some(({ source }) => source === sourceOf(office))).toBe(from === "office");
  expect(new Set(attackers.map(({ ja4 }) => ja4)).size).toBe(1);
  expect(attackers[0]?.ja4 !== undefined).toBe(from === "world");
});

test("the same seed draws the same cast, another seed another", () => {
  const sources = (seed: number) => drawCast(createRandom(seed)).offenders.map(({ source }) => source);
  expect(sources(3)).toEqual(sources(3));
  expect(sources(3)).not.toEqual(sources(4));
});
