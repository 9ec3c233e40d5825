/** A day of the mixes' crowd, which holds every look-alike, with every set of logs. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { drawMix, MONDAY } from "../../bench/traffic/mix.ts";
import { type MixLog, writeMix } from "../../bench/traffic/write-mix.ts";
import { type LogSet, logSets } from "../../functions/detect/detection.ts";
import { bansOf } from "../detect/case-logs.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-day-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const logsOfSet: Readonly<Record<LogSet, readonly MixLog[]>> = {
  "waf + cloudtrail": ["edge", "pool", "trail"],
  "cloudfront + cloudtrail": ["cloudfront", "trail"],
  cloudtrail: ["trail"],
  waf: ["edge", "pool"],
};

const mix = drawMix({ seed: 5, hours: 24, users: 200, offenders: 0, from: MONDAY });

test.each(logSets)(
  "a day of people bans none of them hands-off with %s, and with CloudTrail none at all",
  async (set) => {
    const files = await writeMix(join(folder, set), mix, logsOfSet[set]);
    const bans = (await bansOf(files, mix.span)).filter(({ source }) => mix.truths.get(source)?.benign);
    const against = set === "waf" ? bans.filter(({ handsOff }) => handsOff) : bans;
    expect(against.map(({ source, reasons }) => [source, reasons[0]?.text])).toEqual([]);
  },
  120_000,
);
