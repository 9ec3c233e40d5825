import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Bar, barsOf } from "../../bench/evaluate-figures.ts";
import { type Judged, judgeWindows } from "../../bench/evaluate-mix.ts";
import { evaluateSeed } from "../../bench/evaluate-seed.ts";
import { drawMix, MONDAY } from "../../bench/traffic/mix.ts";
import { writeMix } from "../../bench/traffic/write-mix.ts";
import { gatherCalls } from "../../cli/analysis.ts";
import { judgeCalls } from "../../cli/judge-calls.ts";
import { HOUR } from "../../functions/domain/instant.ts";
import { neverBlockRanges } from "../../functions/domain/never-block.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";

const small = { hours: 3, users: 300, offenders: 24, from: MONDAY + 7 * HOUR };
const smaller = { ...small, seed: 3, hours: 2, users: 100, offenders: 16 };

const folder = mkdtempSync(join(tmpdir(), "portcullis-evaluate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let bars: Bar[] = [];
beforeAll(async () => {
  const sources: Judged[] = [];
  for (const seed of [1, 2]) sources.push(...(await evaluateSeed({ ...small, seed })).result.sources);
  bars = barsOf(sources);
}, 240_000);

test("the bars of docs/evaluation.md hold on two small mixes", () => {
  expect(bars).toHaveLength(5);
  // An even pace on one user is filed after a day of it; in three hours it is watched.
  const ofADay = /^of sources with ≥ 10 failing calls, banned:/;
  expect(bars.filter(({ name }) => ofADay.test(name))).toHaveLength(1);
  expect(bars.filter(({ name, met }) => !met && !ofADay.test(name))).toEqual([]);
});

test("the verdicts that are measured are those of analyze", async () => {
  const mix = drawMix(smaller);
  const files = await writeMix(folder, mix);
  const { connection, close } = await gatherCalls({ files, ...mix.span, scope: null });
  const rules = { policy: defaultPolicy, neverBlock: neverBlockRanges() };
  const analyzed = await judgeCalls(connection, { window: mix.span, completeTo: mix.span.to, rules });
  const { verdicts } = await judgeWindows(connection, mix.span, defaultPolicy);
  close();
  const measured = [...verdicts].filter(([, { verdict }]) => verdict !== "ignore");
  const single = analyzed.filter(({ source }) => mix.truths.has(source));
  expect(single.length).toBeGreaterThan(5);
  expect(new Map(measured)).toEqual(
    new Map(
      single.map(({ source, verdict, handsOff, needsPerson, score, reasons }) => [
        source,
        { verdict, handsOff, needsPerson, score, reasons },
      ]),
    ),
  );
}, 120_000);
