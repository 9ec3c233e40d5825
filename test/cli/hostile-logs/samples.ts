/** Log files to be mutated: generated ones of all forms, and every log of the corpus where it is at hand. */
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { globSync } from "tinyglobby";

import { MINUTE } from "../../../functions/domain/instant.ts";
import { createParquetWriter } from "../../../local/log-delivery/parquet.ts";
import type { LogFile } from "../../../local/log-files.ts";
import { errors, FIELDS, jsonLines, logsOf, series, trailFile, tsvFile } from "../../detect/traffic.ts";

export type LogForm = "lines" | "document" | "table" | "parquet";

export interface Sample {
  readonly name: string;
  readonly kind: LogFile["kind"];
  readonly form: LogForm;
  /** Not compressed. */
  readonly content: Buffer;
}

export const corpusFolder = join(import.meta.dirname, "../../../../shared/corpus");
export const hasCorpus = existsSync(corpusFolder);

const forms: Readonly<Record<LogFile["kind"], LogForm>> = {
  waf: "lines",
  cloudtrail: "document",
  cloudfront: "table",
};

export function corpusSamples(): Sample[] {
  return (["waf", "cloudtrail", "cloudfront"] as const).flatMap((kind) =>
    globSync("**/*", { cwd: join(corpusFolder, kind), absolute: true })
      .sort()
      .map((path) => {
        const bytes = readFileSync(path);
        const content = path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
        return { name: basename(path), kind, form: forms[kind], content };
      }),
  );
}

const calls = [
  ...series(20, 7_000, (index) => ({ user: `victim-${index}`, error: errors.wrongPassword })),
  ...series(15, 11_000, (index) => ({ path: "direct", ip: `198.51.100.${index + 1}`, error: errors.unknownUser })),
  ...series(5, MINUTE, (index) => ({ ip: `2001:db8:0:${index}::1`, operation: "SignUp", user: `new-${index}` })),
];

export async function generatedSamples(): Promise<Sample[]> {
  const { edge, pool, trail, cloudFront } = logsOf(calls);
  const names = FIELDS.split(" ").slice(1);
  const rows = cloudFront.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? "-"])));
  const writer = createParquetWriter();
  const parquet = await writer.write(names, rows);
  await writer.close();
  const text = { waf: jsonLines([...edge, ...pool]), trail: trailFile(trail), table: tsvFile(cloudFront) };
  return [
    { name: "web ACL lines", kind: "waf", form: "lines", content: Buffer.from(text.waf) },
    { name: "trail document", kind: "cloudtrail", form: "document", content: Buffer.from(text.trail) },
    { name: "trail lines", kind: "cloudtrail", form: "lines", content: Buffer.from(jsonLines(trail)) },
    { name: "CloudFront table", kind: "cloudfront", form: "table", content: Buffer.from(text.table) },
    { name: "CloudFront JSON", kind: "cloudfront", form: "lines", content: Buffer.from(jsonLines(rows)) },
    { name: "CloudFront Parquet", kind: "cloudfront", form: "parquet", content: parquet },
  ];
}
