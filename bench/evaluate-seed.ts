import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { HOUR } from "../functions/domain/instant.ts";
import { defaultPolicy } from "../functions/domain/policy.ts";
import { evaluateMix, type MixResult } from "./evaluate-mix.ts";
import { corpusCrowd } from "./traffic/corpus-crowd.ts";
import { drawMix, type MixRequest } from "./traffic/mix.ts";
import { writeMix } from "./traffic/write-mix.ts";

export interface EvaluatedSeed {
  readonly result: MixResult;
  /** Whether the corpus' crowd took part. */
  readonly corpus: boolean;
}

/** Draws, writes, reads and judges one mix, with the corpus' crowd among the people where it is there. */
export async function evaluateSeed(request: MixRequest): Promise<EvaluatedSeed> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-evaluate-"));
  try {
    const crowd = corpusCrowd({ from: request.from, to: request.from + request.hours * HOUR }, request.seed);
    const mix = drawMix(request, crowd ?? []);
    const files = await writeMix(folder, mix);
    return { result: await evaluateMix(mix, files, defaultPolicy), corpus: crowd !== null };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
