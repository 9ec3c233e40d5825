/** JSON documents of the runs in the evidence bucket. */
import {
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";

import { RetryableError } from "../../domain/errors.ts";
import type { EvidenceStore, Pages, SharedDocuments } from "../ports.ts";
import { patience } from "./patience.ts";
import { retryable } from "./retryable.ts";

/** Tries of a conditional write; a document has a handful of writers, so this is only reached if something is wrong. */
const AMEND_TRIES = 8;
/** Somebody wrote it meanwhile, is writing it, or has removed it. */
const FASTER = new Set(["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"]);

export function s3Evidence(bucket: string, config: S3ClientConfig = {}): EvidenceStore & SharedDocuments {
  const client = new S3Client({ ...patience, ...config });
  const send = retryable(bucket);
  const get = (key: string) =>
    send(async () => {
      try {
        const { Body, ETag } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return { document: Body ? parsed(key, await Body.transformToString("utf8")) : null, tag: ETag };
      } catch (error) {
        if (error instanceof NoSuchKey) return { document: null, tag: undefined };
        throw error;
      }
    });
  const put = (key: string, document: unknown, condition: Pick<PutObjectCommandInput, "IfMatch" | "IfNoneMatch">) =>
    send(async () => {
      const object = { Bucket: bucket, Key: key, Body: JSON.stringify(document), ContentType: "application/json" };
      await client.send(new PutObjectCommand({ ...object, ...condition }));
    });
  return {
    read: async (key) => (await get(key)).document,
    write: (key, document) => put(key, document, {}),
    async amend(key, change) {
      for (let tries = 0; tries < AMEND_TRIES; tries += 1) {
        const { document, tag } = await get(key);
        const next = change(document);
        if (next === null) return;
        if (await isFirst(put(key, next, tag === undefined ? { IfNoneMatch: "*" } : { IfMatch: tag }))) return;
      }
      throw new RetryableError(`${key} changed under ${AMEND_TRIES} attempts to write it; try again`);
    },
  };
}

export function s3Pages(bucket: string, config: S3ClientConfig = {}): Pages {
  const client = new S3Client({ ...patience, ...config });
  const send = retryable(bucket);
  return {
    write: (key, html) =>
      send(async () => {
        const ContentType = "text/html; charset=utf-8";
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: html, ContentType }));
      }),
  };
}

async function isFirst(write: Promise<void>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof Error && FASTER.has(error.name)) return false;
    throw error;
  }
}

/** Only we write these documents, so one that is no JSON is not what we wrote: a proxy's page, half an answer. */
function parsed(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RetryableError(`${key} is no JSON; try again`, { cause });
  }
}
