import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { buildCache, digestOf, projectRoot, UNSETTLED } from "../../local/build-cache.ts";

const kind = `test-${process.pid}`;
const cache = buildCache(kind);
afterAll(() => rmSync(cache.folder, { recursive: true }));

const publish = (key: string, text = key) =>
  cache.publish(async (folder) => {
    writeFileSync(join(folder, "made"), text);
    return key;
  });

test("what was published is found under its key, whole", async () => {
  expect(cache.find("a")).toBeUndefined();
  const folder = await publish("a");
  expect(cache.find("a")).toBe(folder);
  expect(readFileSync(join(folder, "made"), "utf8")).toBe("a");
});

test("what is published never changes", async () => {
  const folder = await publish("b", "first");
  expect(await publish("b", "second")).toBe(folder);
  expect(readFileSync(join(folder, "made"), "utf8")).toBe("first");
});

test("a making that fails leaves nothing", async () => {
  const made: string[] = [];
  const failing = cache.publish(async (folder) => {
    made.push(folder);
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(made.map(existsSync)).toEqual([false]);
});

test("what was made while its sources changed is used once and not found again", async () => {
  const folder = await publish(UNSETTLED);
  expect(existsSync(join(folder, "made"))).toBe(true);
  expect(await publish(UNSETTLED)).not.toBe(folder);
});

test("work on one key waits for the other, work on another key does not", async () => {
  const steps: string[] = [];
  const work = (key: string, name: string, ms: number) =>
    cache.exclusively(key, async () => {
      steps.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, ms));
      steps.push(`${name} ends`);
    });
  await Promise.all([work("x", "first", 150), work("x", "second", 0), work("y", "other", 0)]);
  expect(steps.indexOf("second begins")).toBeGreaterThan(steps.indexOf("first ends"));
  expect(steps.indexOf("other ends")).toBeLessThan(steps.indexOf("first ends"));
});

test("a lock that a dead process left is broken", async () => {
  const path = join(cache.folder, "z.lock");
  mkdirSync(path);
  utimesSync(path, 0, 0);
  expect(await cache.exclusively("z", async () => "done")).toBe("done");
});

test("old folders are forgotten, the latest used stay", async () => {
  for (let index = 0; index < 15; index++) {
    const folder = await publish(`k${index}`);
    if (index < 14) utimesSync(folder, 1000 + index, 1000 + index);
  }
  expect(cache.find("k14")).toBeDefined();
  expect(cache.find("k0")).toBeUndefined();
});

test("a digest tells contents, names and salt apart", () => {
  const file = join(".portcullis", kind, "file.txt");
  writeFileSync(join(projectRoot, file), "1");
  const first = digestOf([file]);
  expect(digestOf([file, "LICENSE"])).toBe(digestOf(["LICENSE", file]));
  expect(digestOf([file], "salt")).not.toBe(first);
  writeFileSync(join(projectRoot, file), "2");
  expect(digestOf([file])).not.toBe(first);
});
