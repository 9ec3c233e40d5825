/** The demo as a newcomer starts it: a process of its own, on an address of its own. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";

import { readmeTranscript, sentencesOf } from "../docs/transcript.ts";

const bin = join(import.meta.dirname, "../../bin/portcullis.js");
const iso = z.iso.datetime();
const documentSchema = z.strictObject({
  seed: z.int(),
  alarm: z.strictObject({ name: z.string(), at: iso }),
  runs: z.array(z.strictObject({ id: z.string(), status: z.string() })).min(1),
  attackers: z.array(z.string()).min(24),
  banned: z.array(
    z.strictObject({
      source: z.string(),
      targets: z.array(z.enum(["edge", "pool"])),
      at: iso,
      expiresAt: iso,
      reasons: z.array(z.looseObject({ detection: z.string(), text: z.string() })).min(1),
    }),
  ),
  firstBlockedAt: iso,
  alarmToFirstBlockSeconds: z.number(),
  released: z.array(z.strictObject({ source: z.string(), at: iso })),
  passedAgainAt: iso,
  benign: z.strictObject({ calls: z.number().min(100), blocked: z.literal(0) }),
  steps: z.array(z.strictObject({ step: z.string(), observed: z.literal(true) })).min(10),
});

test("an attack is seen, explained, blocked and released, and nobody else notices", async () => {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-demo-"));
  try {
    const args = [bin, "demo", "--once", "--json", "--seed", "7"];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    const told = documentSchema.parse(JSON.parse(stdout));
    expect(sentencesOf(stderr)).toEqual(sentencesOf(readmeTranscript()));
    expect(told.banned.map(({ source }) => source).sort()).toEqual(told.attackers.toSorted());
    const released = new Map(told.released.map(({ source, at }) => [source, Date.parse(at)]));
    for (const { source, expiresAt } of told.banned) {
      const late = (released.get(source) ?? Number.POSITIVE_INFINITY) - Date.parse(expiresAt);
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(120_000);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 400_000);
