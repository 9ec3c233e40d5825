import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

import { AwsError } from "../aws-wire.ts";
import { createObjectIndex, type ObjectIndex } from "./object-index.ts";

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  /** Wall time: what a person sees in the folder. Nothing in the local world judges by it. */
  readonly modifiedAt: number;
}

/**
 * The buckets of the local world as folders: an object is the plain file `<folder>/<bucket>/<key>`. What lies there at first is
 * found; afterwards nobody else may write.
 */
export interface ObjectStore {
  readonly folder: string;
  /** Throws `AwsError` NoSuchBucket, or InvalidArgument for a key that is no plain path. */
  put(bucket: string, key: string, body: Buffer | string): void;
  get(bucket: string, key: string): Buffer | undefined;
  /** Objects whose key begins with `prefix`, in the order of their keys. */
  list(bucket: string, prefix?: string): StoredObject[];
  delete(bucket: string, key: string): void;
  /** The file that an object lies in, whether it is there or not. */
  fileOf(bucket: string, key: string): string;
  has(bucket: string): boolean;
}

export function createObjectStore(folder: string, buckets: readonly string[]): ObjectStore {
  for (const bucket of buckets) mkdirSync(join(folder, bucket), { recursive: true });
  const indexes = new Map(buckets.map((bucket) => [bucket, createObjectIndex(objectsBelow(join(folder, bucket)))]));

  function indexOf(bucket: string): ObjectIndex {
    const index = indexes.get(bucket);
    if (!index) throw noSuchBucket(bucket);
    return index;
  }
  const folderOf = (bucket: string) => join(folder, bucket);
  function fileOf(bucket: string, key: string): string {
    if (!indexes.has(bucket)) throw noSuchBucket(bucket);
    return join(folderOf(bucket), pathOf(key));
  }

  return {
    folder,
    fileOf,
    has: (bucket) => indexes.has(bucket),
    put(bucket, key, body) {
      const file = fileOf(bucket, key);
      mkdirSync(dirname(file), { recursive: true });
      // A reader sees the whole object or none, as on S3.
      writeFileSync(`${file}.part`, body);
      renameSync(`${file}.part`, file);
      indexOf(bucket).set(describe(folderOf(bucket), file));
    },
    get(bucket, key) {
      const file = fileOf(bucket, key);
      return isFile(file) ? readFileSync(file) : undefined;
    },
    list: (bucket, prefix = "") => indexOf(bucket).list(prefix),
    delete(bucket, key) {
      rmSync(fileOf(bucket, key), { force: true });
      indexOf(bucket).delete(key);
    },
  };
}

export function noSuchBucket(bucket: string): AwsError {
  return new AwsError("NoSuchBucket", `The specified bucket does not exist: ${bucket}`, { status: 404 });
}

/** S3 takes keys such as `../a` or `a//b`; as files they would be elsewhere, so the local world refuses them. */
function pathOf(key: string): string {
  const segments = key.replace(/\/$/, "").split("/");
  const plain =
    key === "" ||
    segments.every((segment) => segment !== "" && segment !== "." && segment !== ".." && !/[\\\0]/.test(segment));
  if (!plain)
    throw new AwsError("InvalidArgument", `The local world keeps objects as files; this key is no plain path: ${key}`);
  return join(...segments);
}

function objectsBelow(base: string): StoredObject[] {
  return readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".part"))
    .map((entry) => describe(base, join(entry.parentPath, entry.name)));
}

function describe(base: string, file: string): StoredObject {
  const { size, mtimeMs } = statSync(file);
  return { key: relative(base, file).split(sep).join("/"), size, modifiedAt: mtimeMs };
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}
