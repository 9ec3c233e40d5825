/**
 * `npm run ranges -- FILE`: makes the dated table of CloudFront's ranges from AWS's ip-ranges.json (downloaded by
 * the caller from https://ip-ranges.amazonaws.com/ip-ranges.json). The table is the fallback where the managed
 * prefix lists cannot be asked.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

import * as z from "zod";

import { mergeLines } from "../functions/domain/cidr.ts";
import { InvalidInputError } from "../functions/domain/errors.ts";

const SERVICES: readonly string[] = ["CLOUDFRONT", "CLOUDFRONT_ORIGIN_FACING"];

const ipRangesSchema = z.object({
  createDate: z.string().regex(/^\d{4}-\d\d-\d\d-/),
  prefixes: z.array(z.object({ ip_prefix: z.string(), service: z.string() })),
  ipv6_prefixes: z.array(z.object({ ipv6_prefix: z.string(), service: z.string() })),
});

/** The source text of `functions/domain/cloudfront-ranges.ts` for one ip-ranges.json. */
export function cloudFrontTable(ipRanges: unknown): string {
  const parsed = ipRangesSchema.safeParse(ipRanges);
  if (!parsed.success)
    throw new InvalidInputError(
      "not an ip-ranges.json of AWS",
      parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join(".")}: ${issue.message}`),
    );
  const { createDate, prefixes, ipv6_prefixes } = parsed.data;
  const texts = [
    ...prefixes.filter((prefix) => SERVICES.includes(prefix.service)).map((prefix) => prefix.ip_prefix),
    ...ipv6_prefixes.filter((prefix) => SERVICES.includes(prefix.service)).map((prefix) => prefix.ipv6_prefix),
  ];
  if (texts.length === 0) throw new InvalidInputError("not an ip-ranges.json of AWS", ["no CloudFront range in it"]);
  const merged = mergeLines(texts.join("\n")).trimEnd().split("\n");
  const lines = merged.map((range) => `    "${range}",`);
  return [
    "/** CloudFront's addresses as AWS published them. Made by `npm run ranges -- FILE`; do not edit. */",
    "export const cloudFrontRanges: { readonly asOf: string; readonly ranges: readonly string[] } = {",
    `  asOf: "${createDate.slice(0, 10)}",`,
    "  ranges: [",
    ...lines,
    "  ],",
    "};",
    "",
  ].join("\n");
}

function main(file: string | undefined): void {
  if (file === undefined) throw new InvalidInputError("usage", ["npm run ranges -- FILE, an ip-ranges.json of AWS"]);
  const bytes = readFileSync(file);
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("utf8");
  const target = join(import.meta.dirname, "../functions/domain/cloudfront-ranges.ts");
  writeFileSync(target, cloudFrontTable(JSON.parse(text)));
  process.stderr.write(`wrote ${target}\n`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    main(process.argv[2]);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
