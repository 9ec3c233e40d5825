/** The demo's own attack, from what it tells of its story. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import * as z from "zod";

import { DAY } from "../functions/domain/instant.ts";

const bin = join(import.meta.dirname, "../bin/portcullis.js");
const documentSchema = z.object({ firstBlockedAt: z.iso.datetime() });

export async function attackOfDemo() {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-latency-"));
  try {
    const args = [bin, "demo", "--once", "--json"];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    const start = timeIn(stderr, "An attack begins");
    const since = (time: number) => (time - start + DAY) % DAY;
    return {
      ...{ waf: null, trail: null, applied: null, alarm: since(timeIn(stderr, "The quota alarm fires")) },
      look: since(timeIn(stderr, "The logs name the offenders")),
      refused: since(Date.parse(documentSchema.parse(JSON.parse(stdout)).firstBlockedAt) % DAY),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** When the demo's clock told this sentence, as a time of the day. */
function timeIn(told: string, sentence: string): number {
  const line = told.split("\n").find((each) => each.includes(` ✓ ${sentence}`));
  if (line === undefined) throw new Error(`the demo did not tell: ${sentence}`);
  return Date.parse(`1970-01-01T${line.slice(0, 8)}Z`);
}
