/** JSON documents of the runs in the evidence bucket. */
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

import type { EvidenceStore } from "../ports.ts";
import { retryable } from "./retryable.ts";

export function s3Evidence(bucket: string, config: S3ClientConfig = {}): EvidenceStore {
  const client = new S3Client(config);
  const send = retryable(bucket);
  return {
    read: (key) =>
      send(async () => {
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
          return Body ? JSON.parse(await Body.transformToString("utf8")) : null;
        } catch (error) {
          if (error instanceof NoSuchKey) return null;
          throw error;
        }
      }),
    write: (key, document) =>
      send(async () => {
        const Body = JSON.stringify(document);
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentType: "application/json" }));
      }),
  };
}
