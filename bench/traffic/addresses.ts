/**
 * Addresses for crowds: the documentation ranges hold too few. Any public-looking address may come out, so none is
 * ever written down; those that no path may ban are left out, and so are the documentation ranges.
 */
import { type Cidr, parseCidr } from "../../functions/domain/cidr.ts";
import { meetsAny, neverBlockRanges } from "../../functions/domain/never-block.ts";
import type { Random } from "../../local/demo/random.ts";

const documentation = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"].flatMap((text) => parseCidr(text) ?? []);
const excluded: readonly Cidr[] = [...neverBlockRanges(), ...documentation];

export interface Addresses {
  /** An IPv4 address alone in its /24. */
  v4(): string;
  /** Addresses of one /24, at most 250. */
  neighbours(count: number): string[];
  /** The text before the host part of a /64 that is alone in its /48. */
  v6Network(): string;
}

export function drawAddresses(random: Random): Addresses {
  const taken = new Set<string>();
  const draw = (make: () => string, toCidr: (text: string) => string): string => {
    for (;;) {
      const text = make();
      const cidr = parseCidr(toCidr(text));
      if (!cidr || taken.has(text) || meetsAny(cidr, excluded)) continue;
      taken.add(text);
      return text;
    }
  };
  const net24 = () =>
    draw(
      () => `${random.int(1, 223)}.${random.int(0, 255)}.${random.int(0, 255)}`,
      (net) => `${net}.0/24`,
    );
  return {
    v4: () => `${net24()}.${random.int(1, 254)}`,
    neighbours: (count) => {
      const net = net24();
      const hosts = random.shuffle(Array.from({ length: 250 }, (_, index) => index + 2));
      return hosts.slice(0, count).map((host) => `${net}.${host}`);
    },
    v6Network: () =>
      draw(
        () => `2a0${random.int(0, 9)}:${hextet(random)}:${hextet(random)}:${hextet(random)}`,
        (net) => `${net}::/64`,
      ),
  };
}

/** An address below a /64, as privacy extensions make a new one every day. */
export function hostIn(network: string, random: Random): string {
  return `${network}:${hextet(random)}:${hextet(random)}:${hextet(random)}:${hextet(random)}`;
}

function hextet(random: Random): string {
  return random.int(0x1000, 0xffff).toString(16);
}
