/** Whole processes: what a signal or a closed pipe does to one cannot be seen from inside. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const portcullis = join(root, "bin/portcullis.js");
const config = join(root, "portcullis.config.example.json");
let folder: string;
/** A gigabyte of log, of which 8 MB are on the disk. */
let logs: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-terminal-"));
  logs = join(folder, "logs");
  mkdirSync(logs);
  const row = { timestamp: 1, httpRequest: { headers: [], clientIp: "198.51.100.7" }, action: "ALLOW" };
  const line = `${JSON.stringify(row)}\n`;
  const first = join(logs, "0.json");
  writeFileSync(first, line.repeat((8 << 20) / line.length));
  for (let index = 1; index < 128; index += 1) linkSync(first, join(logs, `${index}.json`));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const after = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 600 && !isSo(); tries += 1) await after(50);
  if (!isSo()) throw new Error(`${what} did not come`);
}

/** A process with folders of its own: where it works, and where it may leave temporary files. */
function start(args: readonly string[], [program, ...first]: readonly string[] = ["node", portcullis]) {
  const place = mkdtempSync(join(folder, "place-"));
  const temporary = mkdtempSync(join(folder, "tmp-"));
  // What tsx keeps beside them is not ours.
  const env = { ...process.env, TMPDIR: temporary, TSX_DISABLE_CACHE: "1" };
  const child = spawn(program ?? "", [...first, ...args], { cwd: place, env });
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    said.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said.err += chunk;
  });
  const ended = new Promise((resolve) => void child.once("close", (code, signal) => resolve(code ?? signal)));
  const left = () => [...readdirSync(place), ...readdirSync(temporary).filter((name) => /^portcullis-/.test(name))];
  return { child, said, ended, left, place };
}

function interrupt(child: ChildProcess, times: number): void {
  for (let time = 0; time < times; time += 1) child.kill("SIGINT");
}

test("a reader that has read enough is no failure and no noise", () => {
  const line = `node ${portcullis} cost --calls-per-month 5e6 --config ${config} | head -1; echo "ended with \${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", line], { encoding: "utf8" });
  expect(stdout).toContain("ended with 0");
  expect(stderr).toBe("");
}, 60_000);

test.each([
  { command: "analyze", more: [], times: 1 },
  { command: "analyze", more: ["--html", "page.html"], times: 2 },
  { command: "backtest", more: ["--json"], times: 2 },
])(
  "Ctrl-C ($times ×) while $command $more reads a gigabyte ends it with 130 and leaves nothing",
  async (row) => {
    const { child, said, ended, left } = start([row.command, "--waf", logs, ...row.more]);
    await until(() => left().length > 0, "its rows");
    interrupt(child, row.times);
    expect(await ended).toBe(130);
    expect({ ...said, left: left() }).toEqual({ out: "", err: "", left: [] });
  },
  60_000,
);

const terminal = spawnSync("script", ["--version"]).status === 0 ? test : test.skip;
terminal(
  "who looks at a gigabyte being read is told within a second of its being loaded, and Ctrl-C wipes it",
  async () => {
    // What loading takes on this machine, busy as it may be.
    const loading = performance.now();
    spawnSync("node", [portcullis, "analyze"]);
    const begun = performance.now();
    const command = `node ${portcullis} analyze --waf ${logs}`;
    const { child, said, ended, left } = start(["-qefc", command, "/dev/null"], ["script"]);
    await until(() => said.out.includes("reading the logs"), "progress");
    expect(performance.now() - begun).toBeLessThan(1_000 + 2 * (begun - loading));
    child.stdin?.write("\x03");
    expect(await ended).toBe(130);
    expect(left()).toEqual([]);
  },
  60_000,
);

test("a demo that is stopped twice ends at once, and no command finds it any more", async () => {
  const { child, said, ended, left, place } = start(["demo", "--port", "0"]);
  await until(() => existsSync(join(place, ".portcullis/local.json")), "the demo");
  interrupt(child, 1);
  await until(() => said.err.includes("once more to stop at once"), "the notice");
  interrupt(child, 1);
  expect(await ended).toBe(130);
  expect(left()).toEqual([]);
}, 90_000);

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
