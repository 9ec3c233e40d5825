/**
 * Folders of generated files under `.portcullis/`, each named by the content of what it was made from: templates and
 * bundles take seconds to make and change seldom. Several processes may share it; what is published never changes.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";

import { byExit, makeOwnFolder } from "./at-exit.ts";

export const projectRoot = join(import.meta.dirname, "..");

/** Folders that are kept of one kind. */
const KEPT = 12;
/** The key to publish under if a source changed while the folder was made: it is used once and never found again. */
export const UNSETTLED = "";

/** A lock that is older than anything can take to make was left by a process that died. */
const LOCKED_MS = 90_000;

export interface BuildCache {
  readonly folder: string;
  /** The folder that was published under `key`, if there is one. */
  find(key: string): string | undefined;
  /** Runs `work` while no other process runs one for the same key. */
  exclusively<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Makes a folder with `fill`, which gives the key to publish it under. */
  publish(fill: (folder: string) => Promise<string>): Promise<string>;
}

export function buildCache(kind: string): BuildCache {
  const folder = join(projectRoot, ".portcullis", kind);
  mkdirSync(folder, { recursive: true });
  return {
    folder,
    find(key) {
      const found = join(folder, key);
      if (!existsSync(found)) return undefined;
      const now = new Date();
      utimesSync(found, now, now);
      return found;
    },
    async exclusively(key, work) {
      const release = await lock(join(folder, `${key}.lock`));
      try {
        return await work();
      } finally {
        release();
      }
    },
    async publish(fill) {
      const made = makeOwnFolder("new-", folder);
      try {
        const key = (await fill(made.path)) || `unsettled-${randomUUID()}`;
        const published = join(folder, key);
        if (!existsSync(published)) renameSync(made.path, published);
        return published;
      } finally {
        made.remove();
        forgetOldest(folder);
      }
    },
  };
}

/** A digest of these files' names and contents; the files may be absolute or relative to the project. */
export function digestOf(files: readonly string[], salt = ""): string {
  const hash = createHash("sha256").update(salt);
  for (const file of [...files].sort()) {
    const path = join(projectRoot, file);
    hash.update(`\0${file}\0`).update(existsSync(path) ? readFileSync(path) : "");
  }
  return hash.digest("hex").slice(0, 32);
}

async function lock(path: string): Promise<() => void> {
  for (;;) {
    try {
      mkdirSync(path);
      return byExit(() => rmSync(path, { recursive: true, force: true }));
    } catch (error) {
      const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      if (!isHeld(error)) throw error;
      if (since !== undefined && Date.now() - since > LOCKED_MS) rmSync(path, { recursive: true, force: true });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Not by `instanceof`: in a test the errors of Node's core are of another realm. */
function isHeld(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "EEXIST";
}

function forgetOldest(folder: string): void {
  const byAge = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/\.lock$|^new-/.test(entry.name))
    .map(({ name }) => join(folder, name))
    .map((path) => ({ path, usedAt: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((one, other) => other.usedAt - one.usedAt);
  for (const { path } of byAge.slice(KEPT)) rmSync(path, { recursive: true, force: true });
}
