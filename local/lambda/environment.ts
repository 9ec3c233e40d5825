import { randomUUID } from "node:crypto";
import { Worker } from "node:worker_threads";

import { wallNow } from "../clock-reader.ts";
import type { FunctionEnd } from "../ports.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./messages.ts";

/** Lambda's limit on an answer. */
const LARGEST_ANSWER = 6 * 1024 * 1024;

export interface EnvironmentOptions {
  readonly worker: string;
  readonly setup: WorkerSetup;
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly onLog: (line: { level: string; text: string; requestId: string | undefined }) => void;
}

interface Pending {
  readonly worker: Worker;
  readonly over: Promise<unknown>;
  readonly settle: (end: FunctionEnd) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * The execution environment of one function: a worker thread, started at the first invocation and started again
 * after it died. Unlike on AWS it takes several invocations at once, so a handler must not keep one request's state
 * in its module; a time-out ends the thread and with it what else runs there.
 */
export class ExecutionEnvironment {
  readonly #options: EnvironmentOptions;
  readonly #pending = new Map<string, Pending>();
  #worker: Worker | undefined;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
  }

  /** Loads the handler ahead of its first invocation. */
  warm(): void {
    this.#current();
  }

  #current(): Worker {
    this.#worker ??= this.#start();
    return this.#worker;
  }

  /** What runs ends in the old thread; the next invocation begins in a new one. */
  async replace(): Promise<void> {
    const old = this.#worker;
    this.#worker = undefined;
    await Promise.all([...this.#pending.values()].map(({ worker, over }) => (worker === old ? over : undefined)));
    await old?.terminate();
  }

  invoke(functionArn: string, event: string): Promise<FunctionEnd> {
    const worker = this.#current();
    const requestId = randomUUID();
    const timeout = this.#options.timeoutSeconds * 1000;
    let settle: Pending["settle"] = () => {};
    const over = new Promise<FunctionEnd>((resolve) => {
      settle = resolve;
    });
    const timer = setTimeout(() => this.#timeOut(requestId, worker), timeout);
    this.#pending.set(requestId, { worker, over, settle, timer });
    worker.postMessage({ requestId, event, functionArn, deadline: wallNow() + timeout } satisfies ToWorker);
    return over;
  }

  async stop(): Promise<void> {
    await this.#discard(failure("Runtime.ExitError", "The local world stopped"));
  }

  #start(): Worker {
    const { worker: file, setup, variables, memoryMegabytes } = this.#options;
    const worker = new Worker(file, {
      workerData: setup,
      env: { ...variables },
      execArgv: ["--enable-source-maps"],
      // Lambda counts all of a process; the heap alone is never the stricter limit.
      resourceLimits: { maxOldGenerationSizeMb: memoryMegabytes, maxYoungGenerationSizeMb: 4 },
      stdout: true,
      stderr: true,
    });
    worker.on("message", (message: FromWorker) => this.#receive(message));
    worker.on("error", (error) => void this.#discard(endOfThread(error), worker));
    worker.on("exit", () => void this.#discard(failure("Runtime.ExitError", "The function's thread ended"), worker));
    return worker;
  }

  #receive(message: FromWorker): void {
    if (message.kind === "log") {
      this.#options.onLog(message);
    } else if (message.kind === "failure") {
      const { errorType, errorMessage, trace } = message;
      this.#settle(message.requestId, { ok: false, errorType, errorMessage, trace });
    } else {
      this.#settle(message.requestId, endOf(message.payload));
    }
  }

  #settle(requestId: string, end: FunctionEnd): void {
    const pending = this.#pending.get(requestId);
    if (!pending) return;
    clearTimeout(pending.timer);
    this.#pending.delete(requestId);
    pending.settle(end);
  }

  #timeOut(requestId: string, worker: Worker): void {
    const seconds = this.#options.timeoutSeconds.toFixed(2);
    this.#settle(
      requestId,
      failure("Sandbox.Timedout", `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`),
    );
    void this.#discard(failure("Runtime.ExitError", "Another invocation in the same thread timed out"), worker);
  }

  /** Ends the thread and fails what runs in it. */
  async #discard(end: FunctionEnd, worker = this.#worker): Promise<void> {
    if (worker === undefined) return;
    if (worker === this.#worker) this.#worker = undefined;
    for (const [requestId, pending] of [...this.#pending]) if (pending.worker === worker) this.#settle(requestId, end);
    await worker.terminate();
  }
}

function endOf(payload: string): FunctionEnd {
  if (Buffer.byteLength(payload) > LARGEST_ANSWER)
    return failure(
      "Function.ResponseSizeTooLarge",
      "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    );
  return { ok: true, payload: JSON.parse(payload) };
}

function endOfThread(error: Error): FunctionEnd {
  const outOfMemory = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
  if (outOfMemory) return failure("Runtime.ExitError", "Error: Runtime exited with error: signal: killed");
  return failure(error.name, error.message, error.stack);
}

function failure(errorType: string, errorMessage: string, stack = ""): FunctionEnd {
  return { ok: false, errorType, errorMessage, trace: stack ? stack.split("\n") : [] };
}
