/**
 * Which cases of a walk are run. By default a sample that PORTCULLIS_SEED draws, one case of each kind, so that no kind is
 * ever left out. With PORTCULLIS_FAULT_SECONDS one seed's sample follows another's until the file's time is up, also in
 * the first one; with PORTCULLIS_FAULT_SECONDS=all every case is run.
 */
import { createHash } from "node:crypto";
import { relative } from "node:path";

export interface Drawable {
  /** One case of each kind is in every sample. */
  readonly kind: string;
  /** What fails, and how. */
  readonly what: string;
}

export interface Walk {
  readonly name: string;
  /** How many walks share their file's time. */
  readonly walks?: number;
}

/** Tells how many of the cases were run, and of a case that fails, how it is run again. */
export async function eachDrawn<T extends Drawable>(
  { name, walks = 1 }: Walk,
  all: readonly T[],
  work: (one: T) => Promise<unknown>,
): Promise<void> {
  const first = firstSeed();
  const isOver = clockOf(walks);
  const left = new Set(all);
  let seed = first;
  for (; left.size > 0 && (seed === first || (hasTime() && !isOver())); seed += 1)
    for (const one of wantsAll() ? all : sample(all, `${seed} ${name}`)) {
      if (!left.has(one) || isOver()) continue;
      left.delete(one);
      await tellFailure(`${name}: ${one.what}`, seed, () => work(one));
    }
  const seeds = seed - 1 === first ? `seed ${first}` : `seeds ${first} to ${seed - 1}`;
  process.stdout.write(`${name}: ${all.length - left.size} of ${all.length} cases, ${seeds}\n`);
}

const time = () => process.env["PORTCULLIS_FAULT_SECONDS"];
const wantsAll = () => time() === "all";
const hasTime = () => time() !== undefined && !wantsAll();

function firstSeed(): number {
  const seed = Number(process.env["PORTCULLIS_SEED"]);
  if (!Number.isSafeInteger(seed)) throw new Error("PORTCULLIS_SEED is a whole number");
  return seed;
}

/** Whether this walk's share of its file's time is up; never, if no time is given. */
function clockOf(walks: number): () => boolean {
  // Not Date: it is the cases' own time.
  const end = hasTime() ? performance.now() + (Number(time()) / walks) * 1000 : Number.POSITIVE_INFINITY;
  return () => performance.now() >= end;
}

async function tellFailure(what: string, seed: number, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const file = relative(process.cwd(), expect.getState().testPath ?? "");
    const again = `again: ${wantsAll() ? "PORTCULLIS_FAULT_SECONDS=all" : `PORTCULLIS_SEED=${seed}`} npx jest ${file}`;
    throw new Error(`${what}: ${error instanceof Error ? error.message : error}\n${again}`, { cause: error });
  }
}

/** One of each kind, in the order of the cases. */
function sample<T extends Drawable>(all: readonly T[], salt: string): readonly T[] {
  const kinds = [...new Set(all.map(({ kind }) => kind))];
  const drawn = kinds.map((kind) => {
    const cases = all.filter((one) => one.kind === kind);
    return cases[drawNumber(`${salt} ${kind}`) % cases.length];
  });
  return all.filter((one) => drawn.includes(one));
}

function drawNumber(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE();
}
