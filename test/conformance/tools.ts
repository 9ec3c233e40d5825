/** The second opinions that install.sh installs: whether they are there, and how they are started. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const folder = join(root, ".portcullis/tools");

/** With moto and what came with it. */
export const python = join(folder, "moto/bin/python");

/** Where install.sh puts what it installs. */
export const toolFolder = (tool: Tool) => join(folder, tool);

export type Tool = "cfn-lint" | "dynamodb-local" | "moto" | "trino";

/**
 * Defines tests that need a tool. Without it they are one visible skip; in CI they are one failure, for there the
 * tool has to be.
 */
export function describeWith(tool: Tool, name: string, tests: () => void): void {
  if (existsSync(join(folder, `${tool}.stamp`))) describe(name, tests);
  else if (process.env["CI"] === "true")
    test(name, () => {
      throw new Error(`${tool} is not installed; run test/conformance/install.sh`);
    });
  else test.skip(`${name} (${tool} is not installed)`, () => undefined);
}

export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startDynamoDbLocal(): Promise<Server> {
  const libraries = join(folder, "dynamodb-local");
  const port = await freePort();
  const main = ["com.amazonaws.services.dynamodbv2.local.main.ServerRunner", "-inMemory", "-sharedDb"];
  const arguments_ = ["-Xmx256m", `-Djava.library.path=${libraries}`, "-cp", `${libraries}/*`, ...main];
  const child = spawn("java", [...arguments_, "-disableTelemetry", "-port", String(port)]);
  return await ready(child, port);
}

/** moto with our launcher; the tasks of its state machines, if it is to run any, are sent to `router`. */
export async function startMoto(router = "http://127.0.0.1:9"): Promise<Server> {
  const port = await freePort();
  const launcher = join(import.meta.dirname, "moto/launcher.py");
  const child = spawn(python, [launcher, "-H", "127.0.0.1", "-p", String(port)], {
    env: {
      PATH: process.env["PATH"],
      MOTO_PORT: new URL(router).port,
      AWS_ACCESS_KEY_ID: "ak",
      AWS_SECRET_ACCESS_KEY: "sk",
      PYTHONDONTWRITEBYTECODE: "1",
    },
  });
  const server = await ready(child, port);
  const config = { stepfunctions: { execute_state_machine: true }, lambda: { use_docker: false } };
  await fetch(`${server.url}/moto-api/config`, { method: "POST", body: JSON.stringify(config) });
  return server;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Resolves once the port answers; what the process said is in the error if it ends before. */
export async function ready(child: ChildProcess, port: number): Promise<Server> {
  let said = "";
  let ended = false;
  const gone = new Promise<void>((resolve) => child.once("exit", resolve)).then(() => {
    ended = true;
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      said = `${said}${chunk}`.slice(-4000);
    });
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill();
    await gone;
  };
  for (let tries = 0; tries < 300; tries += 1) {
    if (ended) throw new Error(`${child.spawnfile} has ended:\n${said}`);
    if (await fetch(url).catch(() => null)) return { url, stop };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await stop();
  throw new Error(`${child.spawnfile} does not answer:\n${said}`);
}
