import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { benignKinds, offenceKinds } from "../../bench/traffic/actor.ts";
import { incidentKinds } from "../../bench/traffic/incident.ts";
import { errors, logsOf } from "../../bench/traffic/log-records.ts";
import { drawMix, firstBurst, type Mix, MONDAY } from "../../bench/traffic/mix.ts";
import { writeMix } from "../../bench/traffic/write-mix.ts";
import { gatherCalls } from "../../cli/analysis.ts";
import { parseCidr } from "../../functions/domain/cidr.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { meetsAny, neverBlockRanges } from "../../functions/domain/never-block.ts";
import { sourceOf } from "../../functions/domain/source.ts";
import { queryRows } from "../../local/duckdb.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-mix-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const request = { hours: 2, users: 150, offenders: 14, from: MONDAY + 8 * 60 * MINUTE };
const mix = drawMix({ seed: 7, ...request });

test("the same seed draws the same mix, another seed another", () => {
  // Sets of objects are compared each with each; lists in their order.
  const inOrder = ({ offences, ...drawn }: Mix) => ({ ...drawn, offences: [...offences] });
  expect(inOrder(drawMix({ seed: 7, ...request }))).toEqual(inOrder(mix));
  expect(drawMix({ seed: 8, ...request }).calls).not.toEqual(mix.calls);
});

test("every source of a call has a label, and could be banned", () => {
  const v4 = mix.calls.filter(({ ip }) => !ip.includes(":")).map(({ ip }) => `${ip}/32`);
  expect(v4.filter((source) => !mix.truths.has(source))).toEqual([]);
  const sources = [...mix.truths.keys()].flatMap((source) => parseCidr(source) ?? []);
  expect(sources).toHaveLength(mix.truths.size);
  expect(sources.filter((source) => meetsAny(source, neverBlockRanges()))).toEqual([]);
});

test("calls are in order of time and inside the span", () => {
  const times = mix.calls.map(({ at }) => at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times[0]).toBeGreaterThanOrEqual(mix.span.from);
  expect(times.at(-1)).toBeLessThan(mix.span.to);
});

test("every kind of offender takes part, and no label of a benign kind has an offence", () => {
  const truths = [...mix.truths.values()];
  const offending = new Set(truths.filter(({ offences }) => offences > 0).map(({ kind }) => kind));
  expect([...offending].sort()).toEqual([...offenceKinds].sort());
  expect(truths.filter(({ benign, offences }) => benign && offences > 0)).toEqual([]);
});

test("every look-alike takes part, but the corpus' visitors, and one office has three in ten of the people", () => {
  const kinds = new Set([...mix.truths.values()].filter(({ benign }) => benign).map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(benignKinds.filter((kind) => kind !== "corpus-crowd").sort());
  const people = [...mix.truths].filter(([, { kind }]) => kind === "office").map(([source]) => usersBehind(source));
  expect(Math.max(...people)).toBeGreaterThan(0.2 * request.users);
});

function usersBehind(source: string): number {
  return new Set(mix.calls.filter(({ ip }) => `${ip}/32` === source).map(({ user }) => user)).size;
}

test("in an incident of ours the innocent fail and try again, and nobody else", () => {
  const mixes = Array.from({ length: 16 }, (_, seed) => drawMix({ seed, ...request }));
  const drawn = new Set(mixes.flatMap(({ incident }) => incident?.kind ?? []));
  expect([...drawn].sort()).toEqual([...incidentKinds].sort());
  const { incident, calls, truths } = mixes.find((each) => each.incident?.kind === "wrong-secret") ?? mix;
  const failed = calls.filter(({ path, error }) => path === "proxied" && error === errors.secretWrong);
  expect(failed.length).toBeGreaterThan(5);
  expect(failed.filter(({ at }) => at < (incident?.window.from ?? 0))).toEqual([]);
  expect(failed.filter(({ ip }) => truths.get(sourceOf(ip) ?? "")?.benign === false)).toEqual([]);
});

test("Cognito's log knows nothing of what the edge refused", () => {
  const [call] = mix.calls.filter(({ path }) => path === "proxied");
  const logs = logsOf(call ? [call, { ...call, refused: true, error: errors.unknownClient }] : []);
  expect([logs.edge, logs.trail, logs.cloudFront].map(({ length }) => length)).toEqual([2, 1, 2]);
});

test("what is written is what analyze reads: no record is refused, and each call is one call", async () => {
  const files = await writeMix(join(folder, "usual"), mix);
  const { connection, inputs, close } = await gatherCalls({ files, from: null, to: null, scope: null });
  const [row] = await queryRows(
    connection,
    "select count(*) as calls, count(*) filter (where outcome = 'failure') as failures from calls",
  );
  close();
  expect(inputs.filter(({ records, accepted }) => records !== accepted)).toEqual([]);
  expect(Number(row?.["calls"])).toBe(mix.calls.length);
  const offending = [...mix.truths.values()].reduce((sum, { failures }) => sum + failures.length, 0);
  expect(Number(row?.["failures"])).toBeGreaterThan(offending);
}, 60_000);

test("CloudFront's log has the proxied calls as Parquet", async () => {
  const files = await writeMix(join(folder, "cloudfront"), mix, ["cloudfront"]);
  const { inputs, close } = await gatherCalls({ files, from: null, to: null, scope: null });
  close();
  const accepted = inputs.reduce((sum, input) => sum + input.accepted, 0);
  expect(accepted).toBe(mix.calls.filter(({ path }) => path === "proxied").length);
}, 60_000);

test("a burst begins with the first of enough failures in any five minutes", () => {
  const at = (...minutes: number[]) => minutes.map((minute) => minute * MINUTE);
  expect(firstBurst(at(0, 4, 6, 8.9, 20), 3)).toBe(4 * MINUTE);
  expect(firstBurst(at(0, 4, 9), 3)).toBeNull();
  expect(firstBurst([], 1)).toBeNull();
});
