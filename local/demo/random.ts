/** A small seeded generator (sfc32): the same seed tells the same story. Not for secrets. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [low, high]. */
  int(low: number, high: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  shuffle<T>(items: readonly T[]): T[];
  /** Gaps between arrivals that know nothing of one another, at most four times the mean. */
  gap(mean: number): number;
  /** A generator of its own, so that one actor's draws do not move another's. */
  fork(): Random;
}

export function createRandom(seed: number): Random {
  const next = sfc32(seed);
  const int = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    int,
    pick: (items) => items[int(0, items.length - 1)] ?? items[0],
    shuffle: (items) => shuffle(items, int),
    gap: (mean) => Math.min(-Math.log(1 - next()) * mean, 4 * mean),
    fork: () => createRandom(int(0, 0xffffffff)),
  };
}

function shuffle<T>(items: readonly T[], int: (low: number, high: number) => number): T[] {
  const order = items.map((item) => ({ item, key: int(0, 0xffffffff) }));
  return order.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

function sfc32(seed: number): () => number {
  let [a, b, c, counter] = [0x9e3779b9 ^ seed, 0x243f6a88, Math.floor(seed / 0x1_0000_0000) | 0, 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  };
  for (let round = 0; round < 15; round++) next();
  return next;
}
