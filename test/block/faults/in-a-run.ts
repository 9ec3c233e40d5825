/** Fails each AWS call of one function within a run of the machines; their own retries go on from there. */

import { functionSeconds } from "../../../functions/domain/environment.ts";
import { SECOND } from "../../../functions/domain/instant.ts";
import { anAlarm, beginAttack, goOn } from "./attack.ts";
import type { Deployment, HandlerName, RunEnd } from "./deployment.ts";
import { createMachines } from "./machines.ts";
import { type Drawable, eachDrawn } from "./sample.ts";
import { beginScene } from "./scene.ts";
import { type Fault, nameOf, type WireCall } from "./wire.ts";

type Tried = Exclude<HandlerName, "operator">;
export interface Case extends Drawable {
  readonly at: number;
  readonly fault: Fault;
  /** Nobody tries it again: it seems to have failed for good. */
  readonly abandoned: boolean;
}

const givenUp: RunEnd = { error: "InvalidInputError" };

export async function failInARun(deployment: Deployment, handler: Tried): Promise<void> {
  const calls = await cleanRun(deployment, handler);
  expect(calls.length).toBeGreaterThan(0);
  await eachDrawn({ name: handler }, casesOf(calls), (one) => oneCase(deployment, handler, one));
}

/** Each call, each way in which it can fail, and where it crashed also with nobody to try again. */
export function casesOf(calls: readonly WireCall[]): Case[] {
  return calls.flatMap((call, at) =>
    faultsOf(call, at).flatMap((fault) =>
      (fault === "crash-after" ? [false, true] : [false]).map((abandoned) => {
        const kind = `${fault}${abandoned ? ", abandoned" : ""}`;
        return { at, fault, abandoned, kind, what: `${nameOf(call, at)}, ${kind}` };
      }),
    ),
  );
}

/**
 * Fewer than the handlers alone are put through, for a run takes its time. A crash before a call is one after the call
 * before; ways to fail that leave the same behind take turns.
 */
export function faultsOf({ writes, races }: WireCall, at: number): Fault[] {
  const turn = (...faults: Fault[]) => faults.slice(at % faults.length).slice(0, 1);
  if (!writes) return turn("throttled", "denied", "garbage", "hung");
  const race: Fault[] = races ? ["conflict"] : [];
  return [
    ...turn("throttled", "denied"),
    ...turn("late-answer", "lost-answer", "garbled-answer", "hung"),
    ...race,
    "crash-after",
  ];
}

async function cleanRun(deployment: Deployment, handler: Tried): Promise<readonly WireCall[]> {
  let calls: readonly WireCall[] | null = null;
  const machines = createMachines(deployment, {
    interference: {
      async around(name, _, work) {
        deployment.wire.arm(null);
        const end = await work();
        if (name === handler) calls ??= [...deployment.wire.calls()];
        return end;
      },
    },
  });
  await beginScene(deployment, { states: machines.service });
  beginAttack(deployment);
  expect((await machines.run("mitigate", anAlarm(), "run-1")).status).toBe("SUCCEEDED");
  await goOn(deployment, machines, { again: false });
  return calls ?? [];
}

async function oneCase(deployment: Deployment, handler: Tried, { at, fault, abandoned }: Case): Promise<void> {
  let isStruck = false;
  let isAsBefore = false;
  const machines = createMachines(deployment, {
    interference: {
      async around(name, _, work) {
        if (name !== handler || isStruck) return work();
        isStruck = true;
        const began = Date.now();
        deployment.wire.arm(fault, at);
        const end = await work();
        expect(Date.now() - began).toBeLessThan(functionSeconds[handler] * SECOND);
        isAsBefore = end.error !== undefined && deployment.wire.changes() === 0;
        deployment.wire.arm(null);
        // Nothing was changed, so from here on all goes as in the clean run.
        return abandoned || isAsBefore ? givenUp : end;
      },
    },
  });
  await beginScene(deployment, { states: machines.service });
  beginAttack(deployment);
  const { status } = await machines.run("mitigate", anAlarm(), "run-1");
  expect(isStruck).toBe(true);
  if (isAsBefore) return machines.stop();
  await goOn(deployment, machines, { again: status !== "SUCCEEDED" });
}
