/** Judges the one mix that its parent asks for. */
import { evaluateSeed } from "./evaluate-seed.ts";
import type { MixRequest } from "./traffic/mix.ts";

process.once("message", async (request) => {
  const evaluated = await evaluateSeed(request as MixRequest);
  process.send?.(evaluated, () => process.disconnect());
});
