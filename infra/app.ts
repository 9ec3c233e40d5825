/**
 * Synthesises both stacks, offline: `node --import tsx infra/app.ts`. `PORTCULLIS_CONFIG` names the config file,
 * `CDK_OUTDIR` the folder to write to. Started by hand, by the CDK command line (`cdk.json`) and by the local world.
 */
import { readFileSync } from "node:fs";

import { parseDeployment } from "../functions/domain/deployment.ts";
import { InvalidInputError } from "../functions/domain/errors.ts";
import { portcullisApp } from "./portcullis-app.ts";

const file = process.env.PORTCULLIS_CONFIG ?? "portcullis.config.json";
try {
  const deployment = parseDeployment(readJson(file), file);
  portcullisApp(deployment, { outdir: process.env.CDK_OUTDIR ?? "cdk.out" }).synth();
} catch (error) {
  if (!(error instanceof InvalidInputError)) throw error;
  // What is wrong with the config, without a stack trace of ours around it.
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new InvalidInputError(`${path} cannot be read`, [cause instanceof Error ? cause.message : "no JSON"], {
      cause,
    });
  }
}
