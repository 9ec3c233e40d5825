import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";

import {
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";

import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { createS3, type S3 } from "../../local/s3.ts";
import { plainClock, sdkConfig } from "./builders.ts";

const Bucket = "portcullis-evidence-111122223333";
const folder = mkdtempSync(join(tmpdir(), "portcullis-s3-"));
let server: AwsServer;
let s3: S3;
let client: S3Client;

beforeAll(async () => {
  s3 = createS3({ folder, buckets: [Bucket] });
  server = await startAwsServer({ clock: plainClock, services: { s3: s3.service } });
  client = new S3Client(sdkConfig(server.url));
});
afterAll(async () => {
  client.destroy();
  await server.stop();
  rmSync(folder, { recursive: true });
});

const read = async (Key: string) =>
  (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

test("an object that was put is a plain file and comes back", async () => {
  await client.send(
    new PutObjectCommand({ Bucket, Key: "runs/a b+c/plan.json", Body: '{"é":1}', ContentType: "application/json" }),
  );
  expect(readFileSync(join(folder, Bucket, "runs/a b+c/plan.json"), "utf8")).toBe('{"é":1}');
  expect(await read("runs/a b+c/plan.json")).toBe('{"é":1}');
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: "runs/a b+c/plan.json" }));
  expect(head.ContentLength).toBe(8);
});

test("a stream arrives without the framing of its chunks", async () => {
  const Body = Readable.from([Buffer.alloc(70_000, "a"), Buffer.from("end")]);
  await client.send(new PutObjectCommand({ Bucket, Key: "stream", Body, ContentLength: 70_003 }));
  expect(await read("stream")).toBe(`${"a".repeat(70_000)}end`);
});

test("what is not there is reported as S3 does", async () => {
  await expect(read("nope")).rejects.toMatchObject({ name: "NoSuchKey" });
  await expect(client.send(new HeadObjectCommand({ Bucket, Key: "nope" }))).rejects.toMatchObject({ name: "NotFound" });
  const elsewhere = new GetObjectCommand({ Bucket: "other", Key: "a" });
  await expect(client.send(elsewhere)).rejects.toMatchObject({ name: "NoSuchBucket" });
});

test("lists are sorted, paged and bound to their prefix", async () => {
  for (const key of ["list/2", "list/1", "list/3", "listing"]) s3.store.put(Bucket, key, key);
  const first = await client.send(new ListObjectsV2Command({ Bucket, Prefix: "list/", MaxKeys: 2 }));
  expect(first.Contents?.map((object) => [object.Key, object.Size])).toEqual([
    ["list/1", 6],
    ["list/2", 6],
  ]);
  const rest = await client.send(
    new ListObjectsV2Command({ Bucket, Prefix: "list/", ContinuationToken: first.NextContinuationToken }),
  );
  expect(rest.Contents?.map((object) => object.Key)).toEqual(["list/3"]);
  expect(rest.IsTruncated).toBe(false);
  expect(s3.store.list(Bucket, "listi").map((object) => object.key)).toEqual(["listing"]);
  expect(s3.store.list(Bucket, "absent/folder/")).toEqual([]);
});

test("who opens the folder later finds what was put and not deleted, in the same order", () => {
  const keys = ["z", "a/b", "a-b", "a/b-c", "é", "a.b", "B"];
  for (const key of keys) s3.store.put(Bucket, `later/${key}`, key);
  s3.store.put(Bucket, "later/a/b", "longer than before");
  s3.store.delete(Bucket, "later/z");
  s3.store.delete(Bucket, "later/was-never-there");
  const listed = s3.store.list(Bucket, "later/");
  expect(listed.map(({ key }) => key)).toEqual(["B", "a-b", "a.b", "a/b", "a/b-c", "é"].map((key) => `later/${key}`));
  expect(listed.find(({ key }) => key === "later/a/b")?.size).toBe(18);
  expect(createS3({ folder, buckets: [Bucket] }).store.list(Bucket, "later/")).toEqual(listed);
});

test("a delete is final, and may be repeated", async () => {
  s3.store.put(Bucket, "gone", "x");
  await client.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
  await expect(read("gone")).rejects.toMatchObject({ name: "NoSuchKey" });
});

test("a write that must not replace anything does not", async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: "once", Body: "1", IfNoneMatch: "*" }));
  const again = new PutObjectCommand({ Bucket, Key: "once", Body: "2", IfNoneMatch: "*" });
  await expect(client.send(again)).rejects.toMatchObject({ name: "PreconditionFailed" });
  expect(await read("once")).toBe("1");
});

test("a write that hangs on what stands there is refused once something else does", async () => {
  const put = (Body: string, IfMatch: string | undefined) =>
    client.send(new PutObjectCommand({ Bucket, Key: "matched", Body, ...(IfMatch !== undefined && { IfMatch }) }));
  await expect(put("0", '"none"')).rejects.toMatchObject({ name: "NoSuchKey" });
  const { ETag } = await put("1", undefined);
  await put("2", ETag);
  await expect(put("3", ETag)).rejects.toMatchObject({ name: "PreconditionFailed" });
  expect(await read("matched")).toBe("2");
});

test.each(["../escape", "a/../../b", "/absolute", "a//b", "a/./b"])(
  "the key %s, which is no plain path, is refused",
  (key) => {
    expect(() => s3.store.put(Bucket, key, "x")).toThrow("no plain path");
  },
);

test("an operation that is not there is refused", async () => {
  await expect(client.send(new GetBucketAclCommand({ Bucket }))).rejects.toMatchObject({
    name: "UnknownOperationException",
  });
});

test("IAM sees objects and buckets under their ARNs", () => {
  const call = { service: "s3", region: "us-east-1", accessKeyId: "a", headers: {}, body: Buffer.alloc(0) };
  const needs = (method: string, path: string, query = "") =>
    s3.service.needs?.({ ...call, method, path, query: new URLSearchParams(query) });
  expect(needs("HEAD", "/b/k/1")).toEqual([{ action: "s3:GetObject", resource: "arn:aws:s3:::b/k/1" }]);
  const conditional = {
    ...call,
    method: "PUT",
    path: "/b/k",
    headers: { "if-match": "1" },
    query: new URLSearchParams(),
  };
  expect(s3.service.needs?.(conditional).map(({ action }) => action)).toEqual(["s3:PutObject", "s3:GetObject"]);
  expect(needs("GET", "/b", "list-type=2")).toEqual([{ action: "s3:ListBucket", resource: "arn:aws:s3:::b" }]);
});
