/** Whole processes: what a signal or a closed pipe does to one cannot be seen from inside. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const portcullis = join(root, "bin/portcullis.js");
const config = join(root, "portcullis.config.example.json");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-terminal-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const after = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

test("a reader that has read enough is no failure and no noise", () => {
  const line = `node ${portcullis} cost --calls-per-month 5e6 --config ${config} | head -1; echo "ended with \${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", line], { encoding: "utf8" });
  expect(stdout).toContain("ended with 0");
  expect(stderr).toBe("");
}, 60_000);

test("Ctrl-C in the middle of reading logs ends at once and leaves nothing behind", async () => {
  const log = join(folder, "waf.json");
  const row = { timestamp: 1, httpRequest: { headers: [], clientIp: "198.51.100.7" } };
  writeFileSync(log, `${JSON.stringify(row)}\n`.repeat(500_000));
  const own = mkdtempSync(join(folder, "tmp-"));
  const reading = spawn("node", [portcullis, "analyze", "--waf", log], { env: { ...process.env, TMPDIR: own } });
  const isReading = () => readdirSync(own).some((name) => name.startsWith("portcullis-"));
  for (let tries = 0; tries < 300 && !isReading(); tries += 1) await after(100);
  expect(isReading()).toBe(true);
  const ended = new Promise((resolve) => void reading.once("exit", (code, signal) => resolve({ code, signal })));
  reading.kill("SIGINT");
  expect(await ended).toEqual({ code: 130, signal: null });
  expect(isReading()).toBe(false);
}, 60_000);

test("work that changes something is finished before Ctrl-C ends it", () => {
  const script = `
    import { beWellBehaved, finishing } from ${JSON.stringify(join(root, "cli/terminal.ts"))};
    beWellBehaved();
    await finishing(async () => {
      process.kill(process.pid, "SIGINT");
      await new Promise((resolve) => setTimeout(resolve, 300));
      console.log("whole");
    });`;
  const file = join(folder, "work.mjs");
  writeFileSync(file, script);
  const { status, stdout, stderr } = spawnSync("node", ["--import", "tsx", file], { cwd: root, encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 130, stdout: "whole\n" });
  expect(stderr).toContain("once more to stop at once");
}, 60_000);
