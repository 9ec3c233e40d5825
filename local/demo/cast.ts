/** Who appears in the demo, drawn from a seed: every address is from a documentation range and belongs to one actor. */
import { sourceOf } from "../../functions/domain/source.ts";
import { scriptFingerprint } from "./offences.ts";
import type { Random } from "./random.ts";

/** A user of the pool who knows the password; `address` is where they sit. */
export interface Person {
  readonly name: string;
  readonly password: string;
  readonly address: string;
}

export type OffenceKind = "spray" | "sign-up" | "direct";

/** One source of the attack. `address` draws the next address: an IPv6 offender walks through its /64. */
export interface Offender {
  readonly kind: OffenceKind;
  readonly source: string;
  address(): string;
}

/** Anybody who attacks, whether the story's or launched. */
export type Attacker = Pick<Offender, "source" | "address"> & { readonly ja4?: string };

export interface Cast {
  readonly people: readonly Person[];
  /** The one address that many of the people share. */
  readonly office: string;
  readonly offenders: readonly Offender[];
  /** IPv4 addresses that nobody in the story has. */
  readonly free: readonly string[];
}

const counts = { homesV4: 12, homesV6: 6, office: 10, sprayV4: 16, sprayV6: 8, signUp: 2 } as const;

export function drawCast(random: Random): Cast {
  const v4 = random.shuffle(documentationV4());
  const v6 = drawNetworks(random, counts.homesV6 + counts.sprayV6);
  const office = takeOne(v4);
  const homes = [
    ...v4.splice(0, counts.homesV4),
    ...v6.splice(0, counts.homesV6).map((network) => host(network, random)),
  ];
  const people = [...homes, ...Array<string>(counts.office).fill(office)].map((address, index) =>
    person(index, address, random),
  );
  const offenders = [
    ...v4.splice(0, counts.sprayV4).map((address) => fixedOffender("spray", address)),
    ...v6.splice(0, counts.sprayV6).map((network) => walkingOffender("spray", network, random.fork())),
    ...v4.splice(0, counts.signUp).map((address) => fixedOffender("sign-up", address)),
    fixedOffender("direct", takeOne(v4)),
  ];
  return { people, office, offenders, free: v4 };
}

/** Where attackers sit: at addresses of their own, in one /48, all over the world with one tool, or among the people of the office. */
export interface Places {
  readonly count: number;
  readonly from: "addresses" | "site" | "world" | "office";
}

/** New attackers. IPv4 addresses out of `free` are used up one by one; when none is left they are IPv6 ones. */
export function drawAttackers(
  { count, from }: Places,
  { free, office }: { readonly free: string[]; readonly office: string },
  random: Random,
): Attacker[] {
  if (from === "office") return [fixedAttacker(office)];
  const site = `2001:db8:${hextet(random)}`;
  const first = random.int(1, 0xf000);
  const ja4 = from === "world" ? { ja4: scriptFingerprint(random) } : {};
  return Array.from({ length: count }, (_, index) => {
    const address = from === "addresses" ? free.pop() : undefined;
    if (address !== undefined) return fixedAttacker(address);
    const network =
      from === "site" ? `${site}:${(first + index).toString(16)}` : `2001:db8:${hextet(random)}:${hextet(random)}`;
    return { source: known(host(network, random)), address: () => host(network, random), ...ja4 };
  });
}

function fixedAttacker(address: string): Attacker {
  return { source: known(address), address: () => address };
}

function fixedOffender(kind: OffenceKind, address: string): Offender {
  return { kind, ...fixedAttacker(address) };
}

function walkingOffender(kind: OffenceKind, network: string, random: Random): Offender {
  return { kind, source: known(host(network, random)), address: () => host(network, random) };
}

function known(address: string): string {
  const source = sourceOf(address);
  if (!source) throw new Error(`the cast drew ${address}, which is no address`);
  return source;
}

const firstNames = [
  "ada",
  "ben",
  "chloe",
  "dev",
  "emil",
  "fay",
  "gus",
  "hana",
  "ines",
  "jon",
  "kira",
  "leo",
  "mila",
  "nils",
] as const;
const lastNames = ["adams", "berg", "cruz", "diaz", "evans", "fischer", "garcia", "haas", "ito", "jones"] as const;

function person(index: number, address: string, random: Random): Person {
  const first = firstNames[index % firstNames.length] ?? "ada";
  const last = random.pick(lastNames);
  return {
    name: `${first}.${last}${index}@example.com`,
    password: `${first}-Keeps-${random.int(1000, 9999)}!`,
    address,
  };
}

/** Every host of the three IPv4 documentation ranges, without network and broadcast addresses. */
function documentationV4(): string[] {
  return ["192.0.2", "198.51.100", "203.0.113"].flatMap((net) =>
    Array.from({ length: 254 }, (_, index) => `${net}.${index + 1}`),
  );
}

/** Distinct /64s below 2001:db8::/32, as the text before the host part. */
function drawNetworks(random: Random, count: number): string[] {
  const drawn = new Set<string>();
  while (drawn.size < count) drawn.add(`2001:db8:${hextet(random)}:${hextet(random)}`);
  return [...drawn];
}

function host(network: string, random: Random): string {
  return `${network}:${hextet(random)}:${hextet(random)}:${hextet(random)}:${hextet(random)}`;
}

function hextet(random: Random): string {
  return random.int(1, 0xffff).toString(16);
}

function takeOne(addresses: string[]): string {
  const address = addresses.pop();
  if (!address) throw new Error("the documentation ranges are used up");
  return address;
}
