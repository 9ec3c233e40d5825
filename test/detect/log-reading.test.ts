import { gzipSync } from "node:zlib";
import fc from "fast-check";

import type { Fate } from "../../functions/detect/log-fate.ts";
import { openDuckDb } from "../../local/duckdb.ts";
import { lineCutter } from "../../local/log-bytes.ts";
import { readLogFile } from "../../local/log-files.ts";
import { logFolder } from "./log-folder.ts";
import { errors, jsonLines, logsOf, series, trailFile, tsvFile } from "./traffic.ts";

const folder = logFolder();
const logs = logsOf(series(3, 1_000, () => ({ error: errors.wrongPassword })));
const wellFormed = [jsonLines(logs.edge), trailFile(logs.trail), tsvFile(logs.cloudFront)];

let db: Awaited<ReturnType<typeof openDuckDb>>;
beforeAll(async () => {
  db = await openDuckDb({ threads: 1 });
});
afterAll(() => {
  db.close();
  folder.remove();
});

const noise = fc.oneof(
  fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: "binary", maxLength: 300 }).map((text) => Buffer.from(text)),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .constantFrom(...wellFormed)
    .chain((text) =>
      fc
        .tuple(fc.nat(text.length), fc.nat(60), fc.string({ maxLength: 5 }))
        .map(([at, length, put]) => Buffer.from(text.slice(0, at) + put + text.slice(at + length))),
    ),
  fc.constantFrom(...wellFormed).chain((text) =>
    fc.tuple(fc.nat(900), fc.nat(255)).map(([at, byte]) => {
      const bytes = gzipSync(text);
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  ),
);

test("whatever the bytes, a reader ends and every fate is one of the three", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("waf", "cloudtrail", "cloudfront"), noise, async (kind, bytes) => {
      const fates: Fate[] = [];
      await readLogFile({ kind, path: folder.write("noise", bytes) }, null, db.connection, (fate) => fates.push(fate));
      for (const fate of fates) expect(Object.keys(fate)).toEqual([expect.stringMatching(/^(row|skipped|rejected)$/)]);
    }),
    { numRuns: 400 },
  );
});

test("a file that is not there is one rejected record", async () => {
  const fates: Fate[] = [];
  for (const kind of ["waf", "cloudtrail", "cloudfront"] as const)
    await readLogFile({ kind, path: "/nowhere/at/all" }, null, db.connection, (fate) => fates.push(fate));
  expect(fates).toEqual(Array(3).fill({ rejected: "wrong-shape" }));
});

test("lines come out whole wherever the chunks are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), fc.array(fc.nat(40)), (texts, cuts) => {
      const lines = texts.map((text) => text.replace(/[\r\n\ufeff]/g, "")).filter((text) => text.trim() !== "");
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      const got: (string | null)[] = [];
      const cutter = lineCutter((line) => got.push(line));
      let at = 0;
      for (const cut of [...cuts, bytes.length]) {
        cutter.push(bytes.subarray(at, at + cut));
        at = Math.min(bytes.length, at + cut);
      }
      cutter.push(bytes.subarray(at));
      cutter.end();
      expect(got).toEqual(lines);
    }),
  );
});
