/** One range as plain numbers, where reading, printing and long lists meet: big integers and objects are slow by the 100,000. */
export type Family = 4 | 6;

/** Bits and 32-bit words of an address. */
export const WIDTH = { 4: 32, 6: 128 } as const;
export const WORDS = { 4: 1, 6: 4 } as const;

/**
 * The range that is being read or printed: its first address as words, the lowest first, of which IPv4 has one, and
 * the same as groups and as halves; Lambda's processors are little-endian, like all of Node's.
 */
export const atHand = aRange();

function aRange() {
  const words = new Uint32Array(4);
  const { buffer } = words;
  return {
    family: 4 as Family,
    prefix: WIDTH[4] as number,
    ...{ words, groups: new Uint16Array(buffer), halves: new BigUint64Array(buffer) },
  };
}
