/**
 * Remembers the secret document between requests.
 *
 * Lambda freezes the process between two invocations, in the middle of whatever goes on in the background, for
 * seconds or for hours. So a refresh in the background may come to life long after it began, its connection dead or
 * its answer old. Three rules follow: a document's age counts from the moment its read *began*; a caller that has no
 * document to go on with never waits for a refresh of the background, but reads itself; and a read that has taken
 * longer than any can is dead and stands in nobody's way.
 */
import type { SecretDocument } from "../domain/edge-config.ts";
import { MINUTE } from "../domain/instant.ts";
import type { ClientSecrets } from "./ports.ts";

/** A document is used for this long without asking again. */
const FRESH_MS = 5 * MINUTE;
/** And up to this long while a newer one is being fetched, or cannot be; a rotation must wait at least as long. */
const STALE_MS = 15 * MINUTE;
/** The adapter gives up after four seconds (two attempts of two). */
const DEAD_MS = 10_000;

interface Read {
  readonly began: number;
  readonly background: boolean;
  readonly document: Promise<SecretDocument>;
}

interface Entry {
  known?: { readonly document: SecretDocument; readonly began: number };
  running?: Read;
}

/**
 * Callers at the same time share one read; after `FRESH_MS` the old document is still handed out while the next is
 * fetched. A failure is never remembered: the next call tries again.
 */
export function cachedSecrets(origin: ClientSecrets, now: () => number): ClientSecrets {
  const entries = new Map<string, Entry>();
  const isYounger = (read: { readonly began: number }, limit: number) => now() - read.began < limit;

  function entryOf(copies: readonly string[]): Entry {
    const key = copies.join();
    const entry = entries.get(key) ?? {};
    entries.set(key, entry);
    return entry;
  }

  function start(copies: readonly string[], entry: Entry, background: boolean): Read {
    const began = now();
    const document = origin.read(copies).then((document) => {
      // A refresh that thaws late must not replace what was read while it was frozen.
      if (!entry.known || entry.known.began <= began) entry.known = { document, began };
      return document;
    });
    const read = { began, background, document };
    entry.running = read;
    const settle = () => {
      if (entry.running === read) delete entry.running;
    };
    // Also what keeps the failure of a refresh quiet: it shows once the document is too old to be used.
    document.then(settle, settle);
    return read;
  }

  async function readNow(copies: readonly string[], entry: Entry, running: Read | undefined): Promise<SecretDocument> {
    const read = running?.background === false ? running : start(copies, entry, false);
    const document = await read.document;
    return isYounger(read, STALE_MS) ? document : current(copies);
  }

  async function current(copies: readonly string[]): Promise<SecretDocument> {
    const entry = entryOf(copies);
    const running = entry.running && isYounger(entry.running, DEAD_MS) ? entry.running : undefined;
    if (!entry.known || !isYounger(entry.known, STALE_MS)) return readNow(copies, entry, running);
    if (!isYounger(entry.known, FRESH_MS) && !running) start(copies, entry, true);
    return entry.known.document;
  }

  return { read: current };
}
