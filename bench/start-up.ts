/** How long one waits before anything is seen: each from the start of its process, the best of three. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Figure, Section } from "./section.ts";

const root = join(import.meta.dirname, "..");
const ROUNDS = 3;

interface Start {
  readonly what: string;
  readonly beside: string;
  readonly seconds: number;
  /** A peer's time in the same run, or what it may take. */
  readonly limit: number;
  readonly aim: number;
}

export async function benchStartUp(): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-start-"));
  try {
    const bare = await best(() => ended(["--import", "tsx", "--eval", "0"]));
    const help = await best(() => ended(["bin/portcullis.js", "--help"]));
    const environment = { PORTCULLIS_CONFIG: "portcullis.config.example.json", CDK_OUTDIR: folder };
    const synth = await best(() => ended(["--import", "tsx", "infra/app.ts"], environment));
    const page = await best(pageAnswers);
    return sectionOf([
      { what: "portcullis --help", beside: "Node with tsx and nothing to do", seconds: help, limit: bare, aim: 2 },
      { what: "both stacks synthesised, offline", beside: "20 s", seconds: synth, limit: 20, aim: 1 },
      { what: "npm start, until its page answers", beside: "three minutes", seconds: page, limit: 180, aim: 1 },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function best(work: () => Promise<number>): Promise<number> {
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) seconds.push(await work());
  return Math.min(...seconds);
}

async function ended(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...environment }, stdio: "ignore" });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`node ${args.join(" ")} ended with ${code}`);
  return secondsSince(start);
}

/** With the templates that an earlier start made, if there was one. */
async function pageAnswers(): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, ["bin/portcullis.js", "demo", "--port", "0"], { cwd: root });
  const end = once(child, "exit");
  try {
    let told = "";
    for await (const chunk of child.stderr) {
      told += chunk;
      const [url] = /http:\/\/127\.0\.0\.1:\d+\//.exec(told) ?? [];
      if (!url) continue;
      if (!(await fetch(url)).ok) throw new Error(`${url} does not answer with its page`);
      return secondsSince(start);
    }
    throw new Error(`the demo ended without a page: ${told.slice(-500)}`);
  } finally {
    child.kill("SIGTERM");
    await end;
  }
}

const secondsSince = (start: number) => (performance.now() - start) / 1000;

function sectionOf(starts: readonly Start[]): Section {
  return {
    text: [
      "Seconds from the start of the process; the best of three. The demo finds its templates where an earlier start left them.",
      "",
      "| what | s | beside | its s | ratio |",
      "|---|---:|---|---:|---:|",
      ...starts.map(
        ({ what, seconds, beside, limit }) =>
          `| ${[what, seconds.toFixed(2), beside, limit.toFixed(2), (seconds / limit).toPrecision(2)].join(" | ")} |`,
      ),
    ].join("\n"),
    figures: starts.map(({ what, beside, seconds, limit, aim }): Figure => {
      return { what, beside, ratio: seconds / limit, aim };
    }),
  };
}
