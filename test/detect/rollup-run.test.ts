/** An execution of the rollup, step by step, without Athena: what is inserted next, what is tried again, what counts. */
import { pieceFailed, pieceInserted, startRollup } from "../../functions/detect/rollup-run.ts";
import { HOUR, MINUTE, toIso } from "../../functions/domain/instant.ts";
import type { RollupProgress } from "../../functions/domain/rollup.ts";

const NOON = Date.UTC(2026, 10, 22, 12);
const RUN_AT = NOON + 20 * MINUTE;
const hour = (n: number) => `2026-11-22-${String(n).padStart(2, "0")}`;

/** What is registered, by the hour or day; `told` is what queries were told, `samples` what counts as a sample. */
function aWorld(registered: Record<string, number> = {}) {
  const counts = new Map(Object.entries(registered));
  const told: [string, unknown][] = [];
  const samples: string[] = [];
  const world = {
    register: {
      read: async (_kind: string, partitions: readonly string[]) =>
        new Map(partitions.flatMap((name) => (counts.has(name) ? [[name, counts.get(name) ?? 0] as const] : []))),
      sampled: async () => samples,
      write: async ({ partition }: { partition: string }, generation: number, isSample = false) => {
        counts.set(partition, generation);
        if (isSample) samples.push(partition);
        return true;
      },
    },
    scope: { clientIds: [], gateHashes: ["ab"] },
    evidence: { write: async (key: string, document: unknown) => void told.push([key, document]) },
  };
  return { world, counts, told, samples };
}
type World = ReturnType<typeof aWorld>["world"];
const failTimes = async (world: World, progress: RollupProgress, times: number): Promise<RollupProgress> =>
  times === 0 ? progress : failTimes(world, await pieceFailed(world, progress), times - 1);
const names = (progress: RollupProgress) => [
  progress.piece?.partition,
  ...progress.todo.map((piece) => piece.partition),
];

test("the first run takes the last three hours, one INSERT after the other, each with a generation of its own", async () => {
  const { world, counts, told } = aWorld();
  const first = await startRollup(world, toIso(RUN_AT));
  expect(first).toMatchObject({ schema: 1, next: "hour", now: RUN_AT, serial: 1, failed: [] });
  expect(names(first)).toEqual([hour(9), hour(10), hour(11)]);
  expect(first.piece).toMatchObject({ generation: RUN_AT, tries: 1, slice: 0 });
  expect(first.parameters.at(-1)).toBe(`'${RUN_AT}'`);
  const second = await pieceInserted(world, first);
  expect(second).toMatchObject({ next: "hour", serial: 2, piece: { partition: hour(10), generation: RUN_AT + 1 } });
  const end = await pieceInserted(world, await pieceInserted(world, second));
  expect(end).toMatchObject({ next: "done", piece: null, parameters: [], todo: [], failed: [] });
  expect([...counts]).toEqual([
    [hour(9), RUN_AT],
    [hour(10), RUN_AT + 1],
    [hour(11), RUN_AT + 2],
  ]);
  expect(told[0]).toEqual([`registered/dt=${hour(9)}/hour.json`, { generation: RUN_AT }]);
  expect(told).toHaveLength(3);
});

test("queries are never told an older generation than another execution has registered", async () => {
  const { world, counts, told } = aWorld();
  const first = await startRollup(world, toIso(RUN_AT));
  counts.set(hour(9), RUN_AT + 99);
  await pieceInserted(world, first);
  expect(told).toEqual([[`registered/dt=${hour(9)}/hour.json`, { generation: RUN_AT + 99 }]]);
});

test("an hour that failed is tried again last, in four slices that count together", async () => {
  const { world, counts } = aWorld();
  const failed = await pieceFailed(world, await startRollup(world, toIso(RUN_AT)));
  expect(names(failed)).toEqual([hour(10), hour(11), hour(9)]);
  let progress = await pieceInserted(world, await pieceInserted(world, failed));
  expect(progress.piece).toMatchObject({ partition: hour(9), tries: 2, slice: 0 });
  for (const slice of [1, 2, 3]) {
    progress = await pieceInserted(world, progress);
    expect(progress.piece).toMatchObject({ partition: hour(9), slice, generation: RUN_AT + 3 });
    expect(progress.parameters.at(-1)).toBe(`'${RUN_AT + 3}'`);
    expect(counts.has(hour(9))).toBe(false);
  }
  const end = await pieceInserted(world, progress);
  expect(end.next).toBe("done");
  expect(counts.get(hour(9))).toBe(RUN_AT + 3);
});

test("each try has a generation of its own; after the fourth, a sample, the hour is given up and the rest goes on", async () => {
  const { world, samples } = aWorld();
  const start = await startRollup(world, toIso(RUN_AT));
  const alone = { ...start, todo: [] };
  const sample = await failTimes(world, alone, 3);
  expect(sample.piece).toMatchObject({ partition: hour(9), tries: 4, generation: RUN_AT + 3 });
  expect(await failTimes(world, alone, 4)).toMatchObject({ next: "failed", failed: [hour(9)], piece: null });
  expect(await pieceFailed(world, { ...sample, todo: start.todo })).toMatchObject({ next: "hour", failed: [hour(9)] });
  let progress = sample;
  for (let slice = 0; slice < 12; slice += 1) progress = await pieceInserted(world, progress);
  expect(progress.next).toBe("done");
  expect(samples).toEqual([hour(9)]);
});

test("days come after the hours that they are counted from, tried again or not; a day without any hour is left out", async () => {
  const nextDay = NOON + 12 * HOUR + 20 * MINUTE;
  const { world, told } = aWorld({ [hour(20)]: 1 });
  const start = await startRollup(world, toIso(nextDay));
  expect(names(start)).toEqual([hour(21), hour(22), hour(23), "2026-11-22"]);
  const later = NOON + 13 * HOUR + 20 * MINUTE;
  const again = await startRollup(world, toIso(later));
  expect(names(again).at(-1)).toBe("2026-11-22");
  const failed = await pieceFailed(world, again);
  expect(names(failed).slice(-2)).toEqual([again.piece?.partition, "2026-11-22"]);
  const day = { ...failed, todo: failed.todo.filter(({ kind }) => kind === "day") };
  const counting = await pieceInserted(world, day);
  expect(counting).toMatchObject({ next: "day", piece: { kind: "day", partition: "2026-11-22" } });
  expect(counting.parameters.slice(0, 2)).toEqual([`'${hour(0)}'`, `'${hour(23)}'`]);
  expect(counting.parameters[2]).toContain(`${hour(20)}=1`);
  const told_ = told.length;
  expect((await pieceInserted(world, counting)).next).toBe("done");
  expect(told).toHaveLength(told_);
  const empty = aWorld();
  expect((await pieceInserted(empty.world, { ...day, piece: null })).next).toBe("done");
});

test("an execution that begins at no instant says what is wrong; without a piece it goes on to the next", async () => {
  const { world } = aWorld();
  await expect(startRollup(world, "noon")).rejects.toThrow(/Rollup cannot start[\s\S]*no instant with a zone/);
  const start = await startRollup(world, toIso(RUN_AT));
  expect((await pieceFailed(world, { ...start, piece: null })).piece?.partition).toBe(hour(10));
});
