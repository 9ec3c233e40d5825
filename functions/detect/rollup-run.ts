/** The steps of an execution of `rollup`: which INSERT is next, and what becomes of one that is over. */
import type { EvidenceStore } from "../block/ports.ts";
import { InvalidInputError } from "../domain/errors.ts";
import { fromIso } from "../domain/instant.ts";
import type { RollupProgress } from "../domain/rollup.ts";
import type { QueryScope } from "./evidence-query.ts";
import {
  daysBefore,
  hoursBefore,
  hoursOf,
  piecesAt,
  type RollupKind,
  type RollupRegister,
  readingOf,
} from "./rollup.ts";
import { cellParameters, userDayParameters, WHOLE } from "./rollup-query.ts";

export interface RollupWorld {
  readonly register: RollupRegister;
  readonly scope: QueryScope;
  /** Where queries look, which cannot see the register. */
  readonly evidence: Pick<EvidenceStore, "write">;
}

export async function startRollup(world: RollupWorld, startedAt: string): Promise<RollupProgress> {
  const now = fromIso(startedAt);
  if (now === null) throw new InvalidInputError("Rollup cannot start", ["startedAt: is no instant with a zone"]);
  const registered = {
    hour: await world.register.read("hour", hoursBefore(now)),
    day: await world.register.read("day", daysBefore(now)),
  };
  const todo = piecesAt(now, registered).map((piece) => ({ ...piece, tries: 0 }));
  return await nextPiece(world, { now, serial: 0, todo, failed: [] });
}

/** An INSERT has succeeded. After a piece's last one its rows are those that count. */
export async function pieceInserted(world: RollupWorld, progress: RollupProgress): Promise<RollupProgress> {
  const { piece } = progress;
  if (!piece) return await nextPiece(world, progress);
  const { slices, isSample } = readingOf(piece, piece.tries) ?? WHOLE;
  if (piece.slice + 1 < slices) return await nextSlice(world, progress, { ...piece, slice: piece.slice + 1 });
  // Queries first: an hour that is registered is not done again, and they would never hear of it.
  if (piece.kind === "hour") await tellQueries(world, piece);
  await world.register.write(piece, piece.generation, isSample);
  return await nextPiece(world, progress);
}

/** By now the register may name another execution's generation, a later one; so telling it again does no harm. */
async function tellQueries(
  { register, evidence }: RollupWorld,
  { partition, generation }: InsertedPiece,
): Promise<void> {
  const registered = (await register.read("hour", [partition])).get(partition) ?? 0;
  const document = { generation: Math.max(registered, generation) };
  await evidence.write(`registered/dt=${partition}/hour.json`, document);
}

/** All slices of a try have one generation, so that they count together or not at all. */
async function nextSlice(world: RollupWorld, progress: RollupProgress, piece: InsertedPiece): Promise<RollupProgress> {
  return { ...progress, piece, parameters: (await parametersOf(world, piece)) ?? [] };
}

/** What failed is tried again when all else is done: whatever was in its way may have passed, and less is read of it. */
export async function pieceFailed(world: RollupWorld, progress: RollupProgress): Promise<RollupProgress> {
  const { piece, todo, failed } = progress;
  if (!piece) return await nextPiece(world, progress);
  const { kind, partition, tries } = piece;
  const isGivenUp = readingOf(piece, tries + 1) === null;
  return await nextPiece(world, {
    ...progress,
    todo: isGivenUp ? todo : daysLast([...todo, { kind, partition, tries }]),
    failed: isGivenUp ? [...failed, partition] : failed,
  });
}

function daysLast<T extends { readonly kind: RollupKind }>(todo: readonly T[]): T[] {
  const of = (kind: RollupKind) => todo.filter((piece) => piece.kind === kind);
  return [...of("hour"), ...of("day")];
}

type InsertedPiece = NonNullable<RollupProgress["piece"]>;
type Before = Pick<RollupProgress, "now" | "serial" | "todo" | "failed">;

async function nextPiece(world: RollupWorld, { now, serial, todo, failed }: Before): Promise<RollupProgress> {
  const [first, ...rest] = todo;
  const progress = { schema: 1 as const, now, serial, todo: rest, failed };
  if (!first) return { ...progress, next: failed.length > 0 ? "failed" : "done", piece: null, parameters: [] };
  const piece = { ...first, generation: now + serial, tries: first.tries + 1, slice: 0 };
  const parameters = await parametersOf(world, piece);
  // A day without a single registered hour has nothing to be counted from.
  if (!parameters) return await nextPiece(world, { now, serial, todo: rest, failed });
  return { ...progress, serial: serial + 1, next: first.kind, piece, parameters };
}

async function parametersOf(world: RollupWorld, piece: InsertedPiece): Promise<string[] | null> {
  const { kind, generation, tries, partition } = piece;
  if (kind === "hour") return cellParameters(piece, generation, world.scope, readingOf(piece, tries) ?? WHOLE);
  const hours = await world.register.read("hour", hoursOf(partition));
  return hours.size === 0 ? null : userDayParameters(piece, generation, hours);
}
