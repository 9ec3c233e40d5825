/** Which objects a bucket holds, in the order of their keys; listings are many and would else walk every folder. */
import type { StoredObject } from "./object-store.ts";

export interface ObjectIndex {
  set(object: StoredObject): void;
  delete(key: string): void;
  /** Those whose key begins with `prefix`. */
  list(prefix: string): StoredObject[];
}

export function createObjectIndex(present: readonly StoredObject[]): ObjectIndex {
  const objects = new Map(present.map((object) => [object.key, object]));
  const keys = [...objects.keys()].sort();

  /** Of the first key that is not before `key`. */
  function placeOf(key: string): number {
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((keys[middle] ?? "") < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    set(object) {
      if (!objects.has(object.key)) keys.splice(placeOf(object.key), 0, object.key);
      objects.set(object.key, object);
    },
    delete(key) {
      if (objects.delete(key)) keys.splice(placeOf(key), 1);
    },
    list(prefix) {
      const found: StoredObject[] = [];
      for (let place = placeOf(prefix); keys[place]?.startsWith(prefix); place += 1) {
        const object = objects.get(keys[place] ?? "");
        if (object) found.push(object);
      }
      return found;
    },
  };
}
