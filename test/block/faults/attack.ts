/** What the logs and the alarm tell while `fresh`, `allowed` and `doubtful` attack, until `fresh` is kept out. */

import type { ProposalTicket } from "../../../functions/block/ports.ts";
import { dynamoDbLeases } from "../../../functions/detect/aws/dynamodb-leases.ts";
import { MINUTE, SECOND, toIso } from "../../../functions/domain/instant.ts";
import type { Proposal } from "../../../functions/domain/proposal.ts";
import { anAlarmEvent } from "../../detect/run-builders.ts";
import type { Row } from "./account.ts";
import type { Deployment } from "./deployment.ts";
import { ALARM, TABLE } from "./environment.ts";
import type { Machines } from "./machines.ts";
import { allowed, doubtful, expectAllOver, expectConverged, expectSound, fresh } from "./scene.ts";

export const aggressors = [fresh, doubtful];
const CATEGORY = "UserAuthentication";

export function anAlarm() {
  return anAlarmEvent({ alarmName: ALARM, timestamp: toIso(Date.now()) });
}

/** The alarm is over a minute after the deny list holds `fresh`. */
export function beginAttack(deployment: Deployment, { endless = false } = {}): void {
  const { outside } = deployment.account();
  const began = Date.now();
  let keptOut: number | null = null;
  const isKeptOut = (source: string) => linesOf(deployment).includes(source);
  outside.alarm = () => {
    if (isKeptOut(fresh)) keptOut ??= Date.now();
    const isOver = !endless && keptOut !== null && Date.now() >= keptOut + MINUTE;
    return isOver ? { state: "OK", since: (keptOut ?? 0) + MINUTE } : { state: "ALARM", since: began };
  };
  outside.rows = (window) =>
    window === "short" ? [fresh, allowed, doubtful].flatMap((source) => rowsOf(source, isKeptOut(source))) : [];
}

export function linesOf(deployment: Deployment): readonly string[] {
  return deployment.account().ipSets.find(({ name }) => name === "auto-v4-1")?.addresses ?? [];
}

/** Until when the category's lease is held; the past if it is free. */
export async function leaseNow({ timed }: Deployment): Promise<number> {
  const lease = await timed(() => dynamoDbLeases(TABLE).read(CATEGORY));
  return lease?.owner ? lease.expiresAt : 0;
}

/** The category's latest proposal. */
export async function proposalNow(deployment: Deployment): Promise<Proposal> {
  return (await ticketNow(deployment)).proposal;
}

async function ticketNow({ ledger, timed }: Deployment): Promise<ProposalTicket> {
  const id = await timed(() => ledger.proposals.latest(CATEGORY));
  const ticket = await timed(() => ledger.proposals.get(id ?? ""));
  if (!ticket) throw new Error("no proposal");
  return ticket;
}

/** A person approves: at once, and once, `doubtful` is banned. */
async function expectDecidable(deployment: Deployment, machines: Machines): Promise<void> {
  const { id, status, sources } = await proposalNow(deployment);
  expect({ status, sources }).toEqual({ status: "open", sources: 1 });
  const before = Date.now();
  const decide = { id, approve: true, except: [], comment: "", nonce: "n" };
  expect((await machines.call("operator", { decide })).result).toMatchObject({ end: "decided-now" });
  await machines.finish("approve");
  expect(Date.now() - before).toBeLessThan(MINUTE);
  const { bans, lines } = await expectSound(deployment, aggressors);
  expect(bans.get(doubtful)).toMatchObject({ status: "active", strikes: 1 });
  expect(lines).toContain(doubtful);
}

/**
 * Nobody does anything more, but the sweep comes by: what was decided has been applied, and else the time-out decides.
 * True if `doubtful` is banned.
 */
export async function settleBySweeps(deployment: Deployment, machines: Machines): Promise<boolean> {
  // Once at least: what was decided may be done by now, and bans that are over are the sweep's.
  for (let sweeps = 0; sweeps < 12 && (sweeps === 0 || (await ticketNow(deployment)).doneAt === null); sweeps += 1) {
    deployment.pass(11 * MINUTE);
    expect((await machines.call("sweep", {})).error).toBeUndefined();
    await machines.finish("approve");
  }
  const { bans, lines } = await expectConverged(deployment, aggressors);
  const { proposal, doneAt } = await ticketNow(deployment);
  const { status } = proposal;
  expect(doneAt).not.toBeNull();
  const isApproved = status === "approved";
  expect(status).toBe(isApproved ? "approved" : "expired");
  if (isApproved) expect(bans.get(doubtful)).toMatchObject({ status: "active", strikes: 1 });
  else expect(bans.has(doubtful)).toBe(false);
  expect(lines.includes(doubtful)).toBe(isApproved);
  return isApproved;
}

/** How often people were told that nobody decided. */
export function toldOfSilence(deployment: Deployment): number {
  return deployment
    .account()
    .mails()
    .filter(({ subject }) => subject?.includes("nobody decided")).length;
}

/** The mail was perhaps sent when its sender died, so it is sent again; never more than that. */
export function expectFewMails(deployment: Deployment): void {
  const counts = new Map<string, number>();
  for (const { subject, message } of deployment.account().mails()) {
    const mail = `${subject} ${message.replace(/https:\S+/g, "")}`;
    counts.set(mail, (counts.get(mail) ?? 0) + 1);
  }
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(2);
}

/** From whatever has happened to the first run: with `again` the next alarm comes once the lease is free. */
export async function goOn(deployment: Deployment, machines: Machines, { again }: { again: boolean }): Promise<void> {
  await expectSound(deployment, aggressors);
  if (again) {
    deployment.pass(Math.max(0, (await leaseNow(deployment)) - Date.now()) + SECOND);
    expect((await machines.call("sweep", {})).error).toBeUndefined();
    await expectConverged(deployment, aggressors);
    beginAttack(deployment);
    expect((await machines.run("mitigate", anAlarm(), "run-2")).status).toBe("SUCCEEDED");
  }
  deployment.pass(MINUTE);
  expect((await machines.call("sweep", {})).error).toBeUndefined();
  await expectAnswered(deployment, machines);
}

/** The attack has had its answer, once: ban and sets agree, what was filed can be decided, and all of it ends. */
export async function expectAnswered(deployment: Deployment, machines: Machines): Promise<void> {
  const { bans, lines } = await expectConverged(deployment, aggressors);
  expect(bans.get(fresh)).toMatchObject({ status: "active", strikes: 1 });
  expect(lines).toContain(fresh);
  await expectDecidable(deployment, machines);
  expectFewMails(deployment);
  await machines.stop();
  await expectAllOver(deployment, aggressors);
}

function rowsOf(source: string, keptOut: boolean): Row[] {
  const seen = { first_seen: String(Date.now() - 5 * MINUTE), last_seen: String(Date.now() - 30 * SECOND) };
  const users = { tags: "200", failing_tags: "200", top_user_failures: "3" };
  const tried = { failures: "600", steps: "390", successes: "10", ...users };
  const what = keptOut ? { blocked: "1000" } : { ...tried, untroubled_tags: source === doubtful ? "5" : "0" };
  const row = {
    ...{ source_ip: source.replace("/32", ""), calls: "1000", peak_per_minute: "300", active_minutes: "4" },
    ...what,
    ...seen,
  };
  return [
    { ...row, whole: "1" },
    { ...row, whole: "0", path: "proxied", operation: "InitiateAuth" },
  ];
}
