/**
 * Dynalite ends what reads its store by `return`, a method that the store's iterators do not have: none would ever be closed, and
 * each keeps the store as it was when it began. Here they get that method.
 */
import { createRequire } from "node:module";

interface StoreIterator {
  close(): Promise<void>;
  return?: () => Promise<void>;
}
type IteratorClass = { readonly prototype: StoreIterator };

const fromDynalite = createRequire(createRequire(import.meta.filename).resolve("dynalite"));
const fromStore = createRequire(fromDynalite.resolve("memory-level"));

/** Those of keys and of values; dynalite makes no others. */
export function iteratorClasses(): readonly IteratorClass[] {
  const store: Readonly<Record<"AbstractKeyIterator" | "AbstractValueIterator", IteratorClass>> =
    fromStore("abstract-level");
  return [store.AbstractKeyIterator, store.AbstractValueIterator];
}

export function closeIterators(): void {
  for (const { prototype } of iteratorClasses())
    prototype.return ??= function close(this: StoreIterator) {
      return this.close();
    };
}
