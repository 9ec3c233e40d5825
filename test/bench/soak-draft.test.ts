import { disturbanceKinds, drawDraft, windowOf } from "../../bench/soak/draft.ts";
import { truthsOf } from "../../bench/soak/truths.ts";
import { DAY, HOUR, MINUTE } from "../../functions/domain/instant.ts";

const MONDAY = Date.UTC(2026, 10, 23);
const draw = (seed: number, days = 1) => drawDraft(seed, MONDAY, days, 60);

test("the same seed draws the same draft, another seed another", () => {
  const plain = ({ random: _, ...drawn }: ReturnType<typeof draw>) => drawn;
  expect(plain(draw(3))).toEqual(plain(draw(3)));
  expect(plain(draw(4))).not.toEqual(plain(draw(3)));
});

test("each day has everything that goes wrong and eleven kinds of attack, all well inside of it", () => {
  const { attacks, disturbances, span } = draw(5, 2);
  expect(span.to - span.from).toBe(2 * DAY);
  for (const kind of disturbanceKinds)
    expect(disturbances.filter((each) => each.kind === kind).length).toBeGreaterThan(1);
  expect(new Set(attacks.map(({ kind }) => kind)).size).toBe(11);
  for (const { actor } of attacks) {
    expect(windowOf(actor).from).toBeGreaterThanOrEqual(span.from);
    expect(windowOf(actor).from).toBeLessThan(span.to - HOUR);
  }
});

test.each([1, 2, 3, 4, 5])("attacks overlap and nothing of our own making falls among loud ones, seed %d", (seed) => {
  const { attacks, disturbances } = draw(seed);
  const loud = attacks.filter(({ kind }) => !kind.startsWith("distributed-")).map(({ actor }) => windowOf(actor));
  const overlapping = loud.filter((one) => loud.some((other) => other !== one && meet(one, other)));
  expect(overlapping.length).toBeGreaterThan(6);
  const faults = disturbances.filter(({ kind }) => ["wrong-secret", "trigger-throws", "wrong-client"].includes(kind));
  expect(faults).toHaveLength(3);
  expect(faults.filter(({ window }) => loud.some((attack) => meet(attack, window)))).toEqual([]);
});

test("after a release everybody who signs in at all is there within twenty minutes, from where they were last", () => {
  const { people, waves, disturbances } = draw(6);
  const release = disturbances.find(({ kind }) => kind === "release")?.window ?? { from: 0, to: 0 };
  expect(waves.length).toBeGreaterThan(50);
  expect(new Set(waves.map(({ user }) => user)).size).toBe(waves.length);
  for (const { at } of waves) {
    expect(at).toBeGreaterThanOrEqual(release.from);
    expect(at).toBeLessThanOrEqual(release.from + 20 * MINUTE);
  }
  const homes = new Set(people.flatMap(({ addresses }) => addresses));
  expect(waves.filter(({ ip }) => !homes.has(ip))).toEqual([]);
});

test("who is not known to attack is innocent, and a range with one innocent in it is, too", () => {
  const draft = draw(7);
  const truths = truthsOf(draft, "198.51.100.99");
  const [attack] = draft.attacks.filter(({ kind }) => kind === "distributed-range");
  const ip = attack?.actor.offences[0]?.ip ?? "";
  const home = draft.people[0]?.addresses[0] ?? "";
  expect(truths.of(`${ip}/32`)).toEqual({ label: "attack", attacks: [attack?.name] });
  expect(truths.of(`${ip.replace(/\.\d+$/, ".0")}/24`)).toEqual({ label: "attack", attacks: [attack?.name] });
  expect(truths.of(home.includes(":") ? `${home}/128` : `${home}/32`).label).toBe("benign");
  expect(truths.of("0.0.0.0/0").label).toBe("benign");
  expect(truths.of("198.51.100.99/32").label).toBe("by-hand");
  expect(truths.of("203.0.113.5/32").label).toBe("benign");
});

interface Span {
  readonly from: number;
  readonly to: number;
}
const meet = (one: Span, other: Span) => one.from < other.to && other.from < one.to;
