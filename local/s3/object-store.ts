import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

import { AwsError } from "../aws-wire.ts";

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  /** Wall time: what a person sees in the folder. Nothing in the local world judges by it. */
  readonly modifiedAt: number;
}

/** The buckets of the local world as folders: an object is the plain file `<folder>/<bucket>/<key>`. */
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
  const known = new Set(buckets);
  for (const bucket of known) mkdirSync(join(folder, bucket), { recursive: true });

  function folderOf(bucket: string): string {
    if (!known.has(bucket)) throw noSuchBucket(bucket);
    return join(folder, bucket);
  }
  const fileOf = (bucket: string, key: string) => join(folderOf(bucket), pathOf(key));

  return {
    folder,
    fileOf,
    has: (bucket) => known.has(bucket),
    put(bucket, key, body) {
      const file = fileOf(bucket, key);
      mkdirSync(dirname(file), { recursive: true });
      // A reader sees the whole object or none, as on S3.
      writeFileSync(`${file}.part`, body);
      renameSync(`${file}.part`, file);
    },
    get(bucket, key) {
      const file = fileOf(bucket, key);
      return isFile(file) ? readFileSync(file) : undefined;
    },
    list(bucket, prefix = "") {
      const base = folderOf(bucket);
      // Only the folder that the prefix lies in is walked; the rest of the prefix is compared as text.
      const start = pathOf(prefix.slice(0, prefix.lastIndexOf("/") + 1));
      return filesBelow(join(base, start))
        .filter((file) => !file.endsWith(".part"))
        .map((file) => describe(base, file))
        .filter((object) => object.key.startsWith(prefix))
        .sort((one, other) => (one.key < other.key ? -1 : 1));
    },
    delete: (bucket, key) => rmSync(fileOf(bucket, key), { force: true }),
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

function filesBelow(folder: string): string[] {
  const entries = statSync(folder, { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(folder, { withFileTypes: true })
    : [];
  return entries.flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

function describe(base: string, file: string): StoredObject {
  const { size, mtimeMs } = statSync(file);
  return { key: relative(base, file).split(sep).join("/"), size, modifiedAt: mtimeMs };
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}
