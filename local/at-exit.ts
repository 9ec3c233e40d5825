/** What a process leaves in order when it ends, also where a signal ends it in the middle of its work. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const pending = new Set<() => void>();

/** Does `work`, once, when the answer is called, and at the latest when the process ends. It cannot wait for anything. */
export function byExit(work: () => void): () => void {
  // One listener for all: Node warns of more than ten.
  if (pending.size === 0) process.once("exit", doPending);
  pending.add(work);
  return () => {
    if (!pending.delete(work)) return;
    if (pending.size === 0) process.removeListener("exit", doPending);
    work();
  };
}

function doPending(): void {
  for (const work of pending)
    try {
      work();
    } catch {
      // Nobody is left to be told, and the others have their turn.
    }
}

export interface OwnFolder {
  readonly path: string;
  remove(): void;
}

/** A folder for what only this process needs. It goes with the process at the latest. */
export function makeOwnFolder(prefix: string, parent = tmpdir()): OwnFolder {
  const path = mkdtempSync(join(parent, prefix));
  return { path, remove: byExit(() => rmSync(path, { recursive: true, force: true })) };
}
