/**
 * Synthesises both stacks, offline: `node --import tsx infra/app.ts`. `PORTCULLIS_CONFIG` names the config file,
 * `CDK_OUTDIR` the folder to write to. Started by hand, by the CDK command line (`cdk.json`) and by the local world.
 */
import { readFileSync } from "node:fs";

import { parseDeployment } from "../functions/domain/deployment.ts";
import { portcullisApp } from "./portcullis-app.ts";

const file = process.env.PORTCULLIS_CONFIG ?? "portcullis.config.json";
const deployment = parseDeployment(JSON.parse(readFileSync(file, "utf8")), file);
portcullisApp(deployment, { outdir: process.env.CDK_OUTDIR ?? "cdk.out" }).synth();
