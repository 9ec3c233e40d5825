import { createHash } from "node:crypto";

import type { RandomBytes } from "../cognito/random.ts";

/** Bytes that are the same for the same seed and purpose. For a world that is thrown away; nothing real may use them. */
export function seededBytes(seed: number, purpose: string): RandomBytes {
  let block = 0;
  let rest = Buffer.alloc(0);
  return (count) => {
    while (rest.length < count) {
      block += 1;
      rest = Buffer.concat([rest, createHash("sha256").update(`${seed}/${purpose}/${block}`).digest()]);
    }
    const taken = Buffer.from(rest.subarray(0, count));
    rest = rest.subarray(count);
    return taken;
  };
}
