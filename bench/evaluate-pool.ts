/** Evaluates seeds in processes of their own: half of the work runs on one core, so that processes use the others. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import type { EvaluatedSeed } from "./evaluate-seed.ts";
import type { MixRequest } from "./traffic/mix.ts";

const WORKER = join(import.meta.dirname, "evaluate-worker.ts");

/** In the order of the requests, however they end; `done` is told of each as it ends. */
export async function evaluateSeeds(
  requests: readonly MixRequest[],
  jobs: number,
  done: (request: MixRequest, evaluated: EvaluatedSeed) => void,
): Promise<EvaluatedSeed[]> {
  const evaluated = new Map<MixRequest, EvaluatedSeed>();
  const left = [...requests];
  const work = async () => {
    for (let request = left.shift(); request; request = left.shift()) {
      const result = await inProcess(request);
      evaluated.set(request, result);
      done(request, result);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return requests.flatMap((request) => evaluated.get(request) ?? []);
}

/** A process of its own for each seed: its memory goes with it. */
async function inProcess(request: MixRequest): Promise<EvaluatedSeed> {
  // Structured clones keep sets, and what two objects share.
  const worker = fork(WORKER, { serialization: "advanced" });
  let result: EvaluatedSeed | null = null;
  worker.on("message", (message) => {
    result = message as EvaluatedSeed;
  });
  worker.send(request);
  const [code] = await once(worker, "exit");
  if (result === null) throw new Error(`seed ${request.seed} was not evaluated: its process ended with ${code}`);
  return result;
}
