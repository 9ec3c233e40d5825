/** Runs a handler once for each of its AWS calls and each way in which that call can fail. */
import type { Deployment, HandlerName, RunEnd } from "./deployment.ts";
import { type Drawable, eachDrawn, type Walk } from "./sample.ts";
import { type Fault, nameOf, type WireCall } from "./wire.ts";

export interface FaultCase {
  readonly call: WireCall;
  readonly fault: Fault;
  readonly end: RunEnd;
  /** Nobody tries this invocation again: the execution that it belonged to was killed with it. */
  readonly abandoned: boolean;
}

export interface Subject extends Walk {
  readonly handler: HandlerName;
  /** Makes the account anew and returns the handler's event. */
  begin(): Promise<unknown>;
  /** What must hold after the fault, and after all that goes on from there. */
  settle(end: FaultCase, event: unknown): Promise<void>;
}

interface Strike extends Drawable {
  readonly at: number;
  readonly fault: Fault;
  readonly abandoned: boolean;
}

export async function failEveryCall(deployment: Deployment, subject: Subject): Promise<void> {
  const calls = await cleanRun(deployment, subject);
  await eachDrawn(subject, calls.flatMap(strikesOf), (strike) => oneCase(deployment, subject, strike));
}

function strikesOf(call: WireCall, at: number): Strike[] {
  return faultsOf(call, at).flatMap((fault) =>
    (fault.startsWith("crash") ? [false, true] : [false]).map((abandoned) => {
      const how = `${fault}${abandoned ? ", abandoned" : ""}`;
      return { at, fault, abandoned, kind: `${call.service} ${how}`, what: `${nameOf(call, at)}, ${how}` };
    }),
  );
}

/** Without a fault everything holds as well; its calls are the ones that then fail. */
async function cleanRun(deployment: Deployment, subject: Subject): Promise<readonly WireCall[]> {
  const event = await subject.begin();
  deployment.wire.arm(null);
  const end = await deployment.run(subject.handler, event);
  expect(end.error).toBeUndefined();
  const calls = [...deployment.wire.calls()];
  const call = { service: "", operation: "none", writes: false, races: false };
  await subject.settle({ call, fault: "lost", end, abandoned: false }, event);
  return calls;
}

async function oneCase(deployment: Deployment, subject: Subject, { at, fault, abandoned }: Strike): Promise<void> {
  const event = await subject.begin();
  deployment.wire.arm(fault, at);
  const end = await deployment.run(subject.handler, event);
  const call = deployment.wire.calls()[at] ?? { service: "", operation: "none", writes: false, races: false };
  // Nothing was changed, so from here on all goes as in the clean run.
  if (deployment.wire.changes() === 0) return expect(end.error).toBeDefined();
  deployment.wire.arm(null);
  await subject.settle({ call, fault, end, abandoned }, event);
}

/** A read that is lost and one whose answer is lost are the same; a refusal for good is once a refusal, once garbage. */
function faultsOf(call: WireCall, at: number): Fault[] {
  if (!call.writes) return ["throttled", at % 2 === 0 ? "denied" : "garbage", "crash"];
  const race: Fault[] = call.races ? ["conflict"] : [];
  return ["throttled", "denied", "garbled-answer", "late-answer", "lost-answer", ...race, "crash", "crash-after"];
}

/** What the state machines try again by themselves. */
export function isTriedAgain({ end, abandoned }: FaultCase): boolean {
  return !abandoned && (end.error === "RetryableError" || end.error === "Sandbox.Timedout");
}
