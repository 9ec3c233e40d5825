/** `npm run evaluate [-- --seeds N --hours H --users U --offenders O --jobs J]`: measures detection and writes docs/evaluation.md. */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";

import { barsOf, isBanned, isHandsOff, isSeen } from "./evaluate-figures.ts";
import type { Judged } from "./evaluate-mix.ts";
import { evaluationPage } from "./evaluate-page.ts";
import { evaluateSeeds } from "./evaluate-pool.ts";
import { MONDAY } from "./traffic/mix.ts";

const PAGE = join(import.meta.dirname, "../docs/evaluation.md");

interface Options {
  readonly seeds: number;
  readonly first: number;
  readonly hours: number;
  readonly users: number;
  readonly offenders: number;
  readonly jobs: number;
  readonly page: boolean;
}

function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("Write a whole number from one.");
}

/** Who is against a bar, so that one can look. */
function surprises(sources: readonly Judged[]): string[] {
  return sources.flatMap((judged) => {
    const { truth, verdict } = judged;
    const harmed = truth.benign && isHandsOff(judged);
    const missed = !truth.benign && truth.failures.length >= 10 && !isBanned(judged);
    const unseen = !truth.benign && truth.failures.length >= 5 && !isSeen(judged);
    if (!harmed && !missed && !unseen) return [];
    const why = verdict?.reasons.map(({ detection, text }) => `${detection}: ${text}`).join("; ") ?? "nothing found";
    const rate = truth.perMinute === null ? "" : `, ${truth.perMinute.toFixed(3)} a minute`;
    return [
      `  ${truth.kind} ${truth.source}${rate}, ${truth.failures.length} failures: ${verdict?.verdict ?? "ignore"} ${verdict?.score ?? 0} (${why})`,
    ];
  });
}

async function main({ seeds, first, page, jobs, ...mix }: Options): Promise<void> {
  const request = { ...mix, from: MONDAY, seeds: Array.from({ length: seeds }, (_, index) => first + index) };
  const requests = request.seeds.map((seed) => ({ ...mix, from: MONDAY, seed }));
  const evaluated = await evaluateSeeds(requests, jobs, ({ seed }, { result: { calls, sources } }) => {
    console.error(`seed ${seed}: ${calls} calls of ${sources.length} sources`);
    for (const line of surprises(sources)) console.error(line);
  });
  const results = evaluated.map(({ result }) => result);
  const corpus = evaluated.every((each) => each.corpus);
  const text = evaluationPage({ ...request, corpus }, results);
  console.log(text);
  if (page) writeFileSync(PAGE, `${text}\n`);
  const missed = barsOf(results.flatMap(({ sources }) => sources)).filter(({ met }) => !met);
  for (const { name, found } of missed) console.error(`missed: ${name}, found ${found}`);
  if (missed.length > 0) process.exitCode = 1;
}

const program = new Command("evaluate")
  .option("--seeds <count>", "how many mixes", whole, 50)
  .option("--first <seed>", "the first seed", whole, 1)
  .option("--hours <count>", "length of a mix", whole, 24)
  .option("--users <count>", "people in a mix", whole, 1_000)
  .option("--offenders <count>", "offending parties in a mix", whole, 40)
  .option("--jobs <count>", "mixes judged at the same time", whole, availableParallelism())
  .option("--no-page", "print only, leave docs/evaluation.md alone")
  .action(main);
await program.parseAsync();
