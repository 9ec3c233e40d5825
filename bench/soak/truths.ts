/** Who is who in a soak, told by address. A source that is a range is judged by everybody in it. */
import { type Cidr, contains, parseCidr } from "../../functions/domain/cidr.ts";
import type { Draft } from "./draft.ts";

export interface Truth {
  readonly label: "attack" | "by-hand" | "benign";
  /** Attacks with an address in the source. */
  readonly attacks: readonly string[];
}

export interface Truths {
  of(source: string): Truth;
}

/** Whoever is not known is benign: nobody else may be banned. */
export function truthsOf({ people, attacks }: Pick<Draft, "people" | "attacks">, byHand: string): Truths {
  const innocent = people.flatMap(({ addresses }) => addresses.flatMap(cidrOf));
  const guilty = attacks.flatMap(({ name, actor }) =>
    [...new Set(actor.offences.map(({ ip }) => ip))].flatMap(cidrOf).map((address) => ({ name, address })),
  );
  return {
    of(source) {
      const range = parseCidr(source);
      const isIn = (address: Cidr) => range !== null && contains(range, address);
      const own = [...new Set(guilty.filter(({ address }) => isIn(address)).map(({ name }) => name))];
      const [hand] = cidrOf(byHand);
      if (innocent.some(isIn)) return { label: "benign", attacks: own };
      if (own.length > 0) return { label: "attack", attacks: own };
      return { label: hand && isIn(hand) ? "by-hand" : "benign", attacks: [] };
    },
  };
}

const cidrOf = (address: string): Cidr[] => [parseCidr(address) ?? []].flat();
