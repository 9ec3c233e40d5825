/** Files far larger than any that AWS delivers, read in a process of its own with little memory. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

import { logFolder } from "../detect/log-folder.ts";
import { errors, jsonLines, logsOf, series } from "../detect/traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

const MEGABYTES = 60;
const HEAP_MEGABYTES = 48;
const COUNT = 1_000;
const logs = logsOf(
  series(COUNT, 100, (index) => ({ path: "direct", user: `victim-${index}`, error: errors.wrongPassword })),
);

/** The same text again and again, until the file has its size. Returns how often. */
function fill(path: string, first: string, again: string, last: string): number {
  const handle = openSync(path, "w");
  const times = Math.ceil((MEGABYTES << 20) / again.length);
  writeSync(handle, first);
  for (let time = 0; time < times; time += 1) writeSync(handle, time === 0 ? again.slice(1) : again);
  writeSync(handle, last);
  closeSync(handle);
  return times;
}

function read(kind: string, path: string): { records: number; rejected: number; megabytes: number } {
  const script = join(import.meta.dirname, "hostile-logs/read-one.ts");
  const options = ["--import", "tsx", `--max-old-space-size=${HEAP_MEGABYTES}`];
  return JSON.parse(execFileSync(process.execPath, [...options, script, kind, path], { encoding: "utf8" }));
}

test("a trail file in one line costs the memory of a record, not of the file", () => {
  const path = folder.write("one-line.json", "");
  const records = logs.trail.map((record) => `,${JSON.stringify(record)}`).join("");
  const times = fill(path, '{"Records":[', records, "]}");
  const { megabytes, ...counts } = read("cloudtrail", path);
  expect(counts).toEqual({ records: times * COUNT, rejected: 0 });
  expect(megabytes).toBeLessThan(2 * HEAP_MEGABYTES + 40);
});

test("one line without an end costs the memory of the longest line there may be", () => {
  const path = folder.write("endless.log", "");
  const good = jsonLines(logs.pool);
  fill(path, `${good}{"x":"`, "x".repeat(1 << 20), "");
  const { megabytes, ...counts } = read("waf", path);
  expect(counts).toEqual({ records: COUNT + 1, rejected: 1 });
  expect(megabytes).toBeLessThan(2 * HEAP_MEGABYTES + 40);
});
