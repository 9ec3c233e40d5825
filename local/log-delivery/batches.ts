/** Collects records in slots of the world's clock and hands each slot on some time after it has closed. */
import type { Instant } from "../../functions/domain/instant.ts";
import type { Clock } from "../ports.ts";

export interface BatchOptions<T> {
  readonly clock: Clock;
  readonly slotMs: number;
  /** From the end of a slot until its delivery. */
  readonly delayMs: number;
  readonly deliver: (slot: Instant, records: readonly T[]) => void | Promise<void>;
}

export interface Batches<T> {
  add(record: T): void;
  /** Delivers what is there now, whether its time has come or not, and waits for what is on its way. */
  flush(): Promise<void>;
}

export function createBatches<T>({ clock, slotMs, delayMs, deliver }: BatchOptions<T>): Batches<T> {
  const slots = new Map<Instant, { readonly records: T[]; readonly cancel: () => void }>();
  let last: Promise<void> = Promise.resolve();

  /** One after the other: a slot is never overtaken by the next. */
  function send(slot: Instant): Promise<void> {
    const batch = slots.get(slot);
    if (!batch) return last;
    slots.delete(slot);
    batch.cancel();
    const sent = last.then(() => deliver(slot, batch.records));
    last = sent.catch(() => undefined);
    return sent;
  }

  return {
    add(record) {
      const slot = Math.floor(clock.now() / slotMs) * slotMs;
      const batch = slots.get(slot);
      if (batch) batch.records.push(record);
      else slots.set(slot, { records: [record], cancel: clock.at(slot + slotMs + delayMs, () => send(slot)) });
    },
    async flush() {
      await Promise.all([...slots.keys()].map(send));
      await last;
    },
  };
}

/** Splits rendered records into runs of at most `limit` bytes; a single longer one stays whole. */
export function splitByBytes(lines: readonly string[], limit: number): string[][] {
  const parts: string[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const bytes = Buffer.byteLength(line) + 1;
    if (size + bytes > limit) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(line);
    size += bytes;
  }
  return parts;
}
