/**
 * Synthesises the stacks of a deployment in a child process, as a deployment would. The result is kept by the content
 * of everything it is made from, so a start that changes nothing takes no time.
 */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { globSync } from "tinyglobby";

import type { DeploymentInput } from "../functions/domain/deployment.ts";
import { PortcullisError } from "../functions/domain/errors.ts";
import { byExit } from "./at-exit.ts";
import { buildCache, digestOf, projectRoot, UNSETTLED } from "./build-cache.ts";

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

/** The app ended with an error; the message is what it wrote. */
class SynthesisError extends PortcullisError {}

/** Gives the folder of the cloud assembly. It is shared with other processes: read it, never write to it. */
export async function synthesise(config: DeploymentInput): Promise<string> {
  const text = JSON.stringify(config);
  const keyNow = () => digestOf(globSync(inputs, { cwd: projectRoot }), text);
  const key = keyNow();
  const cache = buildCache("synth");
  const make = async (folder: string) => {
    await runApp(text, folder);
    return keyNow() === key ? key : UNSETTLED;
  };
  // Test files of one run start at the same time and want the same templates.
  return cache.find(key) ?? (await cache.exclusively(key, async () => cache.find(key) ?? (await cache.publish(make))));
}

async function runApp(config: string, folder: string): Promise<void> {
  const file = join(folder, "portcullis.config.json");
  writeFileSync(file, config);
  const env = {
    ...process.env,
    NODE_OPTIONS: "",
    PORTCULLIS_CONFIG: file,
    CDK_OUTDIR: folder,
    // Bundling is for deployment; the local Lambda runs the handlers' sources.
    CDK_CONTEXT_JSON: JSON.stringify({ "aws:cdk:bundling-stacks": [] }),
  };
  const child = spawn(process.execPath, ["--import", "tsx", "infra/app.ts"], {
    cwd: projectRoot,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const end = byExit(() => child.kill());
  const said: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => said.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  end();
  if (code !== 0)
    throw new SynthesisError(`The stacks cannot be synthesised:\n${Buffer.concat(said).toString().trim()}`);
}
