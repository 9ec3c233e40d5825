/**
 * Synthesises the stacks of a deployment in a child process, as a deployment would. The result is kept under
 * `.portcullis/synth/` by the content of everything it is made from, so a start that changes nothing takes no time.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { globSync } from "tinyglobby";

import type { DeploymentInput } from "../functions/domain/deployment.ts";
import { PortcullisError } from "../functions/domain/errors.ts";

const root = join(import.meta.dirname, "..");
const cacheFolder = join(root, ".portcullis", "synth");
/** What synthesis reads; a file that is missing here would make the cache answer with an old template. */
const inputs = [
  "infra/**/*.ts",
  "functions/domain/**/*.ts",
  "functions/**/*.sql",
  "statemachines/*.json",
  "cdk.json",
  "tsconfig.json",
  "package-lock.json",
];
const KEPT = 12;
const LOCKED_MS = 90_000;

/** The app ended with an error; the message is what it wrote. */
class SynthesisError extends PortcullisError {}

/** Gives the folder of the cloud assembly. It may be shared with other processes: read it, never write to it. */
export async function synthesise(config: DeploymentInput): Promise<string> {
  const text = JSON.stringify(config);
  const folder = join(cacheFolder, cacheKey(text));
  if (existsSync(folder)) {
    const now = new Date();
    utimesSync(folder, now, now);
    return folder;
  }
  // Test files of one run start at the same time and want the same templates.
  const release = await lock(`${folder}.lock`);
  const work = mkdtempSync(join(tmpdir(), "portcullis-synth-"));
  try {
    if (existsSync(folder)) return folder;
    await runApp(text, work);
    publish(join(work, "assembly"), folder);
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
    release();
  }
}

/** Waits until nobody else holds the lock; one that is older than a synthesis can take was left by a process that died. */
async function lock(path: string): Promise<() => void> {
  mkdirSync(cacheFolder, { recursive: true });
  for (;;) {
    try {
      mkdirSync(path);
      return () => rmSync(path, { recursive: true, force: true });
    } catch (error) {
      const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      if (since === undefined && !existsSync(cacheFolder)) throw error;
      if (since !== undefined && Date.now() - since > LOCKED_MS) rmSync(path, { recursive: true, force: true });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function cacheKey(config: string): string {
  const hash = createHash("sha256").update(config);
  for (const file of globSync(inputs, { cwd: root }).sort())
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest("hex").slice(0, 32);
}

async function runApp(config: string, work: string): Promise<void> {
  const file = join(work, "portcullis.config.json");
  writeFileSync(file, config);
  const env = {
    ...process.env,
    NODE_OPTIONS: "",
    PORTCULLIS_CONFIG: file,
    CDK_OUTDIR: join(work, "assembly"),
    // Bundling is for deployment; the local Lambda runs the handlers' sources.
    CDK_CONTEXT_JSON: JSON.stringify({ "aws:cdk:bundling-stacks": [] }),
    // CDK's own checks of the templates take two thirds of the time; `npm run check` and the tests of infra/ make them.
    CDK_VALIDATION: "false",
  };
  const child = spawn(process.execPath, ["--import", "tsx", "infra/app.ts"], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  if (code !== 0) throw new SynthesisError(`The stacks cannot be synthesised:\n${said.trim()}`);
}

/** Another process may have been quicker, with the same result. */
function publish(made: string, folder: string): void {
  const near = mkdtempSync(join(cacheFolder, "new-"));
  cpSync(made, near, { recursive: true });
  try {
    renameSync(near, folder);
  } catch (error) {
    rmSync(near, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  forgetOldest();
}

function forgetOldest(): void {
  const byAge = readdirSync(cacheFolder)
    .filter((name) => !name.endsWith(".lock"))
    .map((name) => join(cacheFolder, name))
    .map((folder) => ({ folder, usedAt: statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((one, other) => other.usedAt - one.usedAt);
  for (const { folder } of byAge.slice(KEPT)) rmSync(folder, { recursive: true, force: true });
}
