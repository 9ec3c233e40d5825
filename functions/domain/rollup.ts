/** What travels between the states of `rollup`. */
import * as z from "zod";

const piece = z.object({
  kind: z.enum(["hour", "day"]),
  partition: z.string(),
  /** INSERTs of it that this execution began. */
  tries: z.number().int().min(0),
});

export const rollupProgressSchema = z.object({
  schema: z.literal(1),
  /** What the machine does next; `done` and `failed` end it. */
  next: z.enum(["hour", "day", "done", "failed"]),
  /** When the execution started: its first generation. */
  now: z.number().int(),
  /** INSERTs begun so far. */
  serial: z.number().int().min(0),
  /** What is being inserted. */
  piece: piece
    .extend({
      generation: z.number().int(),
      /** Which of the equal slices of an hour is being inserted, from 0; all have the same generation. */
      slice: z.number().int().min(0).default(0),
    })
    .nullable(),
  /** SQL literals of its INSERT. */
  parameters: z.array(z.string()),
  todo: z.array(piece),
  /** Partitions that were given up. */
  failed: z.array(z.string()),
});
export type RollupProgress = z.infer<typeof rollupProgressSchema>;

export const rollupRequestSchema = z.discriminatedUnion("step", [
  z.object({ step: z.literal("start"), startedAt: z.string() }),
  z.object({ step: z.literal("inserted"), progress: rollupProgressSchema }),
  z.object({ step: z.literal("failed"), progress: rollupProgressSchema.extend({ error: z.unknown() }) }),
]);
