/** The steps of an execution of `rollup`: which INSERT is next, and what becomes of one that is over. */
import { InvalidInputError } from "../domain/errors.ts";
import { fromIso, type Instant } from "../domain/instant.ts";
import type { RollupProgress } from "../domain/rollup.ts";
import type { QueryScope } from "./evidence-query.ts";
import { hoursBefore, hoursOf, type Piece, piecesAt, type RollupRegister } from "./rollup.ts";
import { cellParameters, userDayParameters } from "./rollup-query.ts";

export interface RollupWorld {
  readonly register: RollupRegister;
  readonly scope: QueryScope;
}

/** Tries of one piece in one execution. The next execution tries again. */
const MOST_TRIES = 2;

export async function startRollup(world: RollupWorld, startedAt: string): Promise<RollupProgress> {
  const now = fromIso(startedAt);
  if (now === null) throw new InvalidInputError("Rollup cannot start", ["startedAt: is no instant with a zone"]);
  const registered = await world.register.read("hour", hoursBefore(now));
  const todo = piecesAt(now, registered).map((piece) => ({ ...piece, tries: 0 }));
  return await nextPiece(world, { now, serial: 0, todo, failed: [] });
}

/** The piece's INSERT has succeeded: from now on its rows are those that count. */
export async function pieceInserted(world: RollupWorld, progress: RollupProgress): Promise<RollupProgress> {
  const { piece } = progress;
  if (piece) await world.register.write(piece, piece.generation);
  return await nextPiece(world, progress);
}

/** What failed is tried once more when all else is done: whatever was in its way may have passed. */
export async function pieceFailed(world: RollupWorld, progress: RollupProgress): Promise<RollupProgress> {
  const { piece, todo, failed } = progress;
  if (!piece) return await nextPiece(world, progress);
  const { kind, partition, tries } = piece;
  return await nextPiece(world, {
    ...progress,
    todo: tries < MOST_TRIES ? [...todo, { kind, partition, tries }] : todo,
    failed: tries < MOST_TRIES ? failed : [...failed, partition],
  });
}

type Before = Pick<RollupProgress, "now" | "serial" | "todo" | "failed">;

async function nextPiece(world: RollupWorld, { now, serial, todo, failed }: Before): Promise<RollupProgress> {
  const [first, ...rest] = todo;
  const progress = { schema: 1 as const, now, serial, todo: rest, failed };
  if (!first) return { ...progress, next: failed.length > 0 ? "failed" : "done", piece: null, parameters: [] };
  const generation = now + serial;
  const parameters = await parametersOf(world, first, generation);
  // A day without a single registered hour has nothing to be counted from.
  if (!parameters) return await nextPiece(world, { now, serial, todo: rest, failed });
  const piece = { ...first, generation, tries: first.tries + 1 };
  return { ...progress, serial: serial + 1, next: first.kind, piece, parameters };
}

async function parametersOf(world: RollupWorld, piece: Piece, generation: Instant): Promise<string[] | null> {
  if (piece.kind === "hour") return cellParameters(piece, generation, world.scope);
  const hours = await world.register.read("hour", hoursOf(piece.partition));
  return hours.size === 0 ? null : userDayParameters(piece, generation, hours);
}
