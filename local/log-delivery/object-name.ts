import { createHash } from "node:crypto";

import { type Instant, toIso } from "../../functions/domain/instant.ts";

/** Date and time of an object's name and folder, from an instant. */
export function dateParts(instant: Instant): {
  yyyy: string;
  MM: string;
  dd: string;
  HH: string;
  mm: string;
  ss: string;
} {
  const iso = toIso(instant);
  return {
    yyyy: iso.slice(0, 4),
    MM: iso.slice(5, 7),
    dd: iso.slice(8, 10),
    HH: iso.slice(11, 13),
    mm: iso.slice(14, 16),
    ss: iso.slice(17, 19),
  };
}

/** `20261122T1205Z` */
export function compactTime(instant: Instant): string {
  const { yyyy, MM, dd, HH, mm } = dateParts(instant);
  return `${yyyy}${MM}${dd}T${HH}${mm}Z`;
}

/** The random end of an object's name on AWS; here it follows from the content, so that a run can be repeated. */
export function uniqueEnd(content: string | Buffer, length: number): string {
  return createHash("sha256").update(content).digest("hex").slice(0, length);
}

/** The bucket and the prefix below it of `arn:aws:s3:::bucket/prefix`; null for every other ARN. */
export function bucketOf(arn: string): { bucket: string; prefix: string } | null {
  const [, bucket, prefix = ""] = /^arn:aws:s3:::([a-z0-9.-]+)(?:\/(.*?))?\/?$/.exec(arn) ?? [];
  return bucket === undefined ? null : { bucket, prefix };
}
