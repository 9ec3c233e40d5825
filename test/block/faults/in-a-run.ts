/** Fails each AWS call of one function within a run of the machines; their own retries go on from there. */

import { functionSeconds } from "../../../functions/domain/environment.ts";
import { SECOND } from "../../../functions/domain/instant.ts";
import { anAlarm, beginAttack, goOn } from "./attack.ts";
import type { Deployment, HandlerName, RunEnd } from "./deployment.ts";
import { createMachines, type Machines } from "./machines.ts";
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

interface Outage {
  /** SNS takes nothing until the run is over. */
  readonly isTopicDown?: boolean;
}

export async function failInARun(deployment: Deployment, handler: Tried, outage: Outage = {}): Promise<void> {
  const { calls, told } = await cleanRun(deployment, handler, outage);
  expect(calls.length).toBeGreaterThan(0);
  const name = outage.isTopicDown ? `${handler} while SNS is down` : handler;
  await eachDrawn({ name }, casesOf(calls), async (one) => {
    const isOver = await oneCase(deployment, handler, outage, one);
    if (isOver && !one.abandoned && outage.isTopicDown) await expectTold(deployment, told);
  });
}

/** Whatever SNS did not take has reached people in the end. */
async function expectTold({ account, ledger, timed }: Deployment, subjects: readonly string[]): Promise<void> {
  expect(await timed(() => ledger.outbox.waiting())).toEqual([]);
  expect(subjectsOf(account().mails())).toEqual(expect.arrayContaining([...subjects]));
}

function subjectsOf(mails: readonly { readonly subject: string | null }[]): string[] {
  return mails.map(({ subject }) => subject ?? "");
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

async function cleanRun(deployment: Deployment, handler: Tried, outage: Outage) {
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
  expect((await runThrough(deployment, machines, outage)).status).toBe("SUCCEEDED");
  await goOn(deployment, machines, { again: false });
  return { calls: calls ?? [], told: subjectsOf(deployment.account().mails()) };
}

/** One run from the alarm on, in an account that is new. */
async function runThrough(deployment: Deployment, machines: Machines, { isTopicDown = false }: Outage) {
  await beginScene(deployment, { states: machines.service });
  beginAttack(deployment);
  const { outside } = deployment.account();
  outside.isTopicDown = () => isTopicDown;
  const end = await machines.run("mitigate", anAlarm(), "run-1");
  outside.isTopicDown = () => false;
  return end;
}

/** False where nothing was changed, so that from there on all goes as in the clean run. */
async function oneCase(
  deployment: Deployment,
  handler: Tried,
  outage: Outage,
  { at, fault, abandoned }: Case,
): Promise<boolean> {
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
        return abandoned || isAsBefore ? givenUp : end;
      },
    },
  });
  const { status } = await runThrough(deployment, machines, outage);
  expect(isStruck).toBe(true);
  if (isAsBefore) await machines.stop();
  else await goOn(deployment, machines, { again: status !== "SUCCEEDED" });
  return !isAsBefore;
}
