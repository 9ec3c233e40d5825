/** JSON documents of the runs in the evidence bucket. */
import {
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";

import { RetryableError } from "../../domain/errors.ts";
import type { EvidenceStore, Pages, SharedDocuments, VersionedDocuments } from "../ports.ts";
import { patience } from "./patience.ts";
import { retryable } from "./retryable.ts";

/** Tries of a conditional write; a document has a handful of writers, so this is only reached if something is wrong. */
const AMEND_TRIES = 8;
/** Somebody wrote it meanwhile, is writing it, or has removed it. */
const FASTER = new Set(["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"]);

export function s3Evidence(
  bucket: string,
  config: S3ClientConfig = {},
): EvidenceStore & SharedDocuments & VersionedDocuments {
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
      const { ETag } = await client.send(new PutObjectCommand({ ...object, ...condition }));
      return ETag ?? "";
    });
  /** Until nobody else was faster. Null where `change` wants none. */
  const change = async <T extends object>(key: string, change: (document: unknown) => Promise<T> | T | null) => {
    for (let tries = 0; tries < AMEND_TRIES; tries += 1) {
      const { document, tag } = await get(key);
      const next = await change(document);
      if (next === null) return null;
      const written = await unlessLate(put(key, next, tag === undefined ? { IfNoneMatch: "*" } : { IfMatch: tag }));
      if (written !== null) return { document: next, tag: written };
    }
    throw new RetryableError(`${key} changed under ${AMEND_TRIES} attempts to write it; try again`);
  };
  return {
    read: async (key) => (await get(key)).document,
    write: async (key, document) => void (await put(key, document, {})),
    amend: async (key, make) => void (await change(key, make)),
    async replace(key, make) {
      const written = await change(key, make);
      if (written === null) throw new Error(`${key} was not made`);
      return written;
    },
    async newerThan(key, tag) {
      const head = await send(() => client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })));
      if (head.ETag === tag) return null;
      const now = await get(key);
      return { document: now.document, tag: now.tag ?? "" };
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

/** The tag of what was written; null where somebody was faster. */
async function unlessLate(write: Promise<string>): Promise<string | null> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof Error && FASTER.has(error.name)) return null;
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
