/** S3 as far as the handlers and the command line use it, path style, over the object store. */
import { createHash } from "node:crypto";

import { AwsError, unknownOperation, xmlAnswer } from "./aws-wire.ts";
import type { AwsAnswer, AwsCall, AwsService, Permission } from "./ports.ts";
import { unchunk } from "./s3/aws-chunked.ts";
import { createObjectStore, noSuchBucket, type ObjectStore } from "./s3/object-store.ts";

export type { ObjectStore, StoredObject } from "./s3/object-store.ts";

export interface S3 {
  readonly service: AwsService;
  readonly store: ObjectStore;
}

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

interface Address {
  readonly bucket: string;
  readonly key: string;
}
type S3Operation = (address: Address, call: AwsCall, store: ObjectStore) => AwsAnswer;

const actions = {
  PutObject: "s3:PutObject",
  GetObject: "s3:GetObject",
  HeadObject: "s3:GetObject",
  DeleteObject: "s3:DeleteObject",
  ListObjectsV2: "s3:ListBucket",
} as const;
type OperationName = keyof typeof actions;

const operations: Readonly<Record<OperationName, S3Operation>> = {
  PutObject({ bucket, key }, call, store) {
    refuseUnlessAsExpected(call.headers, store.get(bucket, key));
    const body = unchunk(call);
    store.put(bucket, key, body);
    return { status: 200, headers: { etag: etagOf(body) }, body: "" };
  },
  GetObject({ bucket, key }, call, store) {
    if (call.headers.range)
      throw new AwsError("NotImplemented", "Ranges are not supported in the local world", { status: 501 });
    const body = found(store, bucket, key);
    return { status: 200, headers: { "content-type": "binary/octet-stream", etag: etagOf(body) }, body };
  },
  HeadObject({ bucket, key }, _call, store) {
    const body = found(store, bucket, key);
    return { status: 200, headers: { "content-length": String(body.length), etag: etagOf(body) }, body: "" };
  },
  DeleteObject({ bucket, key }, _call, store) {
    store.delete(bucket, key);
    return { status: 204, body: "" };
  },
  ListObjectsV2: listObjects,
};

export function createS3({ folder, buckets }: { folder: string; buckets: readonly string[] }): S3 {
  const store = createObjectStore(folder, buckets);
  return {
    store,
    service: {
      call(call) {
        const address = addressOf(call);
        if (!store.has(address.bucket)) throw noSuchBucket(address.bucket);
        return operations[operationOf(call, address)](address, call, store);
      },
      needs(call): readonly Permission[] {
        const address = addressOf(call);
        const operation = operationOf(call, address);
        const object = operation === "ListObjectsV2" ? "" : `/${address.key}`;
        // A write that hangs on what stands there is a read, too.
        const also = call.headers["if-match"] === undefined ? [] : [actions.GetObject];
        return [actions[operation], ...also].map((action) => ({
          action,
          resource: `arn:aws:s3:::${address.bucket}${object}`,
        }));
      },
    },
  };
}

function addressOf(call: AwsCall): Address {
  const [, bucket = "", ...key] = call.path.split("/");
  return { bucket: decodeURIComponent(bucket), key: key.map(decodeURIComponent).join("/") };
}

/** Query parameters that make another operation of a plain one (`?acl`, `?uploads`, …) are refused, not overlooked. */
function operationOf(call: AwsCall, { key }: Address): OperationName {
  const others = [...call.query.keys()].filter((name) => name !== "x-id");
  const known: Readonly<Record<string, OperationName>> = {
    PUT: "PutObject",
    GET: "GetObject",
    HEAD: "HeadObject",
    DELETE: "DeleteObject",
  };
  const object = known[call.method];
  if (key !== "" && object && others.length === 0 && !call.headers["x-amz-copy-source"]) return object;
  if (key === "" && call.method === "GET" && call.query.get("list-type") === "2") return "ListObjectsV2";
  throw unknownOperation(call);
}

/** Of a key without object, `if-match` is answered like a read of it. */
function refuseUnlessAsExpected(headers: AwsCall["headers"], body: Buffer | null | undefined): void {
  const expected = headers["if-match"];
  if (expected !== undefined && !body) throw noSuchKey();
  const isOther = expected !== undefined && body && etagOf(body) !== expected;
  if (!isOther && !(headers["if-none-match"] === "*" && body)) return;
  throw new AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", {
    status: 412,
  });
}

function found(store: ObjectStore, bucket: string, key: string): Buffer {
  const body = store.get(bucket, key);
  if (!body) throw noSuchKey();
  return body;
}

function noSuchKey(): AwsError {
  return new AwsError("NoSuchKey", "The specified key does not exist.", { status: 404 });
}

function listObjects({ bucket }: Address, call: AwsCall, store: ObjectStore): AwsAnswer {
  const prefix = call.query.get("prefix") ?? "";
  if (call.query.get("delimiter"))
    throw new AwsError("NotImplemented", "Delimiters are not supported in the local world", { status: 501 });
  const after = call.query.get("continuation-token") ?? call.query.get("start-after") ?? "";
  const limit = Math.min(1000, Number(call.query.get("max-keys") ?? 1000));
  const remaining = store.list(bucket, prefix).filter((object) => object.key > after);
  const page = remaining.slice(0, limit);
  const truncated = remaining.length > page.length;
  return xmlAnswer(
    200,
    "ListBucketResult",
    {
      Name: bucket,
      Prefix: prefix,
      KeyCount: page.length,
      MaxKeys: limit,
      IsTruncated: truncated,
      NextContinuationToken: truncated ? page.at(-1)?.key : undefined,
      Contents: page.map(({ key, size, modifiedAt }) => ({
        Key: key,
        LastModified: new Date(modifiedAt).toISOString(),
        Size: size,
        StorageClass: "STANDARD",
      })),
    },
    NAMESPACE,
  );
}

function etagOf(body: Buffer): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}
