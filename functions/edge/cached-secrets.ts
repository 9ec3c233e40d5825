import type { SecretDocument } from "../domain/edge-config.ts";
import { MINUTE } from "../domain/instant.ts";
import type { ClientSecrets } from "./ports.ts";

/** A document is used for this long without asking again. */
const FRESH_MS = 5 * MINUTE;
/** And up to this long while a newer one is being fetched, or cannot be; a rotation must wait at least as long. */
const STALE_MS = 15 * MINUTE;

interface Entry {
  value?: { readonly document: SecretDocument; readonly at: number };
  pending?: Promise<SecretDocument>;
}

/**
 * Remembers what was read. Callers at the same time share one read; after `FRESH_MS` the old document is still
 * handed out while the next is fetched. A failure is never remembered: the next call tries again.
 */
export function cachedSecrets(origin: ClientSecrets, now: () => number): ClientSecrets {
  const entries = new Map<string, Entry>();

  function fetchOnce(copies: readonly string[], entry: Entry): Promise<SecretDocument> {
    entry.pending ??= origin
      .read(copies)
      .then((document) => {
        entry.value = { document, at: now() };
        return document;
      })
      .finally(() => {
        delete entry.pending;
      });
    return entry.pending;
  }

  return {
    async read(copies) {
      const key = copies.join();
      const entry = entries.get(key) ?? {};
      entries.set(key, entry);
      const age = entry.value ? now() - entry.value.at : Number.POSITIVE_INFINITY;
      if (!entry.value || age >= STALE_MS) return fetchOnce(copies, entry);
      // The failure of a refresh in the background shows when the document is too old to be used.
      if (age >= FRESH_MS) fetchOnce(copies, entry).catch(() => undefined);
      return entry.value.document;
    },
  };
}
