/**
 * Runs in the worker thread of one function: makes `Date` follow the world's clock, loads the handler and runs it
 * for each message. Bundled on its own (see bundle.ts); what it shares with the main thread are the types below.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { format } from "node:util";
import { parentPort, workerData } from "node:worker_threads";

import { clockReader } from "../clock-reader.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./messages.ts";

const port = parentPort;
const setup: WorkerSetup = workerData;
const request = new AsyncLocalStorage<string>();
const tell = (message: FromWorker) => port?.postMessage(message);

followClock(setup.clock);
captureConsole();
const handler = loadHandler();
port?.on("message", (message: ToWorker) => void request.run(message.requestId, () => run(message)));

function followClock(shared: SharedArrayBuffer): void {
  const now = clockReader(shared);
  globalThis.Date = new Proxy(Date, {
    construct: (date, args, newTarget) => Reflect.construct(date, args.length > 0 ? args : [now()], newTarget),
    apply: () => new Date(now()).toString(),
    get: (date, name, receiver) => (name === "now" ? now : Reflect.get(date, name, receiver)),
  });
}

function captureConsole(): void {
  for (const level of ["debug", "error", "info", "log", "warn"] as const)
    console[level] = (...args: unknown[]) =>
      tell({ kind: "log", level, text: format(...args), requestId: request.getStore() });
}

type Handler = (event: unknown, context: unknown) => unknown;

/** An error while loading is kept for the first invocation, as Lambda reports it. */
function loadHandler(): { run: Handler } | { failure: unknown } {
  try {
    const loaded: { handler?: unknown } = createRequire(setup.bundle)(setup.bundle);
    if (typeof loaded.handler === "function") return { run: loaded.handler as Handler };
    return { failure: named("Runtime.HandlerNotFound", `${setup.bundle} exports no handler`) };
  } catch (error) {
    return { failure: error };
  }
}

async function run({ requestId, event, functionArn, deadline }: ToWorker): Promise<void> {
  try {
    if ("failure" in handler) throw handler.failure;
    const result: unknown = await handler.run(JSON.parse(event), context(requestId, functionArn, deadline));
    tell({ kind: "end", requestId, payload: JSON.stringify(result) ?? "null" });
  } catch (error) {
    tell({ kind: "failure", requestId, ...describe(error) });
  }
}

function context(awsRequestId: string, invokedFunctionArn: string, deadline: number): unknown {
  return {
    awsRequestId,
    invokedFunctionArn,
    functionName: setup.functionName,
    functionVersion: "1",
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - wall())),
  };
}

/** The deadline is wall time, which the world's clock follows while a function runs. */
function wall(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function describe(error: unknown): { errorType: string; errorMessage: string; trace: string[] } {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: format(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
