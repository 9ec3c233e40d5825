/** JSON documents of the runs in the evidence bucket. */
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

import { RetryableError } from "../../domain/errors.ts";
import type { EvidenceStore } from "../ports.ts";
import { patience } from "./patience.ts";
import { retryable } from "./retryable.ts";

export function s3Evidence(bucket: string, config: S3ClientConfig = {}): EvidenceStore {
  const client = new S3Client({ ...patience, ...config });
  const send = retryable(bucket);
  return {
    read: (key) =>
      send(async () => {
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
          return Body ? parsed(key, await Body.transformToString("utf8")) : null;
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

/** Only we write these documents, so one that is no JSON is not what we wrote: a proxy's page, half an answer. */
function parsed(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RetryableError(`${key} is no JSON; try again`, { cause });
  }
}
