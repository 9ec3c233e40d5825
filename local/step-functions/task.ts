/**
 * One visit of a Task or Wait state on the world's clock: time-out, heartbeat and retries, around the integration
 * that does the work. Errors that stay are thrown by the names that Catch matches.
 */
import type { Clock } from "../ports.ts";
import type { InFlight } from "./in-flight.ts";
import type { Json, TaskState } from "./machine.ts";
import { type Attempts, nextTry, StateError } from "./retry.ts";
import type { TaskTokens } from "./task-tokens.ts";

export const PAYLOAD_LIMIT = 256 * 1024;

/** Does the work of a task. With a token it only starts it, and what it returns is dropped. */
export type Integration = (resource: string, parameters: Json, token: string | null) => Promise<Json>;

export interface TaskWorld {
  readonly clock: Clock;
  readonly tokens: TaskTokens;
  readonly integrate: Integration;
  readonly inFlight: InFlight;
  /** Aborted when the execution ends from outside. */
  readonly signal: AbortSignal;
  readonly onRetry: (state: string, error: StateError) => void;
}

/** What the engine hands over, in the shape that machine.ts gave it. */
export interface TaskInput {
  readonly parameters: Json;
  readonly timeoutSeconds?: Json;
}

export async function visitTask(world: TaskWorld, state: TaskState, input: TaskInput): Promise<Json> {
  const end = world.inFlight.begin();
  try {
    return state.type === "Wait" ? await waitOn(world, input.parameters) : await tryTask(world, state, input);
  } finally {
    end();
  }
}

async function tryTask(world: TaskWorld, state: TaskState, input: TaskInput): Promise<Json> {
  let attempts: Attempts = new Map();
  for (let parameters = input.parameters; ; parameters = withFreshToken(world.tokens, parameters)) {
    try {
      return limited(await attempt(world, state, { ...input, parameters }));
    } catch (thrown) {
      const error = thrown instanceof StateError ? thrown : new StateError("States.Runtime", String(thrown));
      const next = nextTry(state.retriers, attempts, error.name);
      if (next === null || world.signal.aborted) throw error;
      attempts = next.attempts;
      world.onRetry(state.name, error);
      await pause(world, world.clock.now() + next.delayMs);
    }
  }
}

async function attempt(world: TaskWorld, state: TaskState, input: TaskInput): Promise<Json> {
  const { clock, tokens, integrate, inFlight, signal } = world;
  const seconds = typeof input.timeoutSeconds === "number" ? input.timeoutSeconds : state.timeoutSeconds;
  const withToken = state.resource.endsWith(".waitForTaskToken");
  const token = withToken ? tokens.findIn(JSON.stringify(limited(input.parameters))) : null;
  if (withToken && token === null)
    throw new StateError("States.Runtime", `${state.name} waits for a task token that it hands to nobody`);
  limited(input.parameters);
  const stops: (() => void)[] = [];
  let over = false;
  try {
    return await new Promise<Json>((resolve, reject) => {
      const expire = () => reject(new StateError("States.Timeout", ""));
      stops.push(onAbort(signal, reject));
      if (seconds !== null) stops.push(clock.at(clock.now() + seconds * 1000, expire));
      const work = integrate(state.resource, input.parameters, token);
      if (token === null) {
        work.then(resolve, reject);
        return;
      }
      const beat = heartbeat(clock, state.heartbeatSeconds, stops, reject);
      tokens.wait(token, { succeed: (output) => resolve(output as Json), fail: reject, beat });
      // The answer may come while the function that asks is still running.
      work.then(() => over || stops.push(inFlight.beginWait()), reject);
    });
  } finally {
    over = true;
    for (const stop of stops) stop();
    if (token !== null) tokens.close(token);
  }
}

/** The returned function is the beat: it puts the time-out off. */
function heartbeat(
  clock: Clock,
  seconds: number | null,
  stops: (() => void)[],
  reject: (error: StateError) => void,
): () => void {
  if (seconds === null) return () => {};
  let cancel = () => {};
  const beat = () => {
    cancel();
    cancel = clock.at(clock.now() + seconds * 1000, () => reject(new StateError("States.HeartbeatTimeout", "")));
  };
  stops.push(() => cancel());
  beat();
  return beat;
}

async function waitOn(world: TaskWorld, parameters: Json): Promise<Json> {
  const { seconds, timestamp } = Object(parameters) as { seconds?: unknown; timestamp?: unknown };
  const until = timestamp === undefined ? world.clock.now() + Number(seconds) * 1000 : Date.parse(String(timestamp));
  if (!Number.isFinite(until) || (seconds !== undefined && !(Number(seconds) >= 0)))
    throw new StateError("States.Runtime", `A Wait state cannot wait for ${JSON.stringify(parameters)}`);
  await pause(world, until);
  return null;
}

function pause({ clock, inFlight, signal }: TaskWorld, until: number): Promise<void> {
  const endWait = inFlight.beginWait();
  const stops = [endWait];
  return new Promise<void>((resolve, reject) => {
    const wake = () => {
      // At once, for the clock races on as soon as this returns.
      endWait();
      resolve();
    };
    stops.push(onAbort(signal, reject), clock.at(until, wake));
  }).finally(() => {
    for (const stop of stops) stop();
  });
}

function onAbort(signal: AbortSignal, reject: (error: StateError) => void): () => void {
  const abort = () => reject(new StateError("States.Runtime", "The execution was ended"));
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  return () => signal.removeEventListener("abort", abort);
}

/** Each try of a task has a token of its own, so a late answer to the first does not end the second. */
function withFreshToken(tokens: TaskTokens, parameters: Json): Json {
  const text = JSON.stringify(parameters);
  const old = tokens.lastIn(text);
  return old === null ? parameters : JSON.parse(text.replaceAll(old, tokens.issue()));
}

function limited<T extends Json>(value: T): T {
  if (Buffer.byteLength(JSON.stringify(value)) > PAYLOAD_LIMIT)
    throw new StateError("States.DataLimitExceeded", `A state's input or result is larger than ${PAYLOAD_LIMIT} bytes`);
  return value;
}
