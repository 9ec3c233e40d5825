/**
 * Counts of one address in one minute, as Security Automations for AWS WAF takes them from Athena every five minutes with its default
 * thresholds: 50 errors a minute (CloudFront's log), and 100 requests in five minutes, which it divides into 20 a minute (WAF's log).
 */
import { type Instant, MINUTE } from "../../functions/domain/instant.ts";
import type { Call } from "../traffic/log-records.ts";
import type { Blocks, Peer } from "./peer.ts";

const EVERY = 5 * MINUTE;
const banMinutes = 240;

/** Cognito's errors, and what the edge or the firewall refuses, are 400 or 403. */
const isError = ({ error, blockedBy, refused }: Call) => error !== null || Boolean(blockedBy) || refused === true;

export const errorThreshold: Peer = {
  ...{ name: "Security Automations, 50 errors a minute", banMinutes },
  findBlocks: (calls) => manyInAMinute(calls, 50, isError),
};
export const requestThreshold: Peer = {
  ...{ name: "Security Automations, 100 requests in 5 minutes", banMinutes },
  findBlocks: (calls) => manyInAMinute(calls, 100 / 5, () => true),
};

/** Both logs are the distribution's: who goes round it is in neither. */
function manyInAMinute(calls: readonly Call[], threshold: number, counts: (call: Call) => boolean): Blocks {
  const minutes = new Map<string, { minute: Instant; count: number }>();
  const blocks = new Map<string, Instant>();
  for (const call of calls) {
    if (call.path === "direct" || !counts(call) || blocks.has(call.ip)) continue;
    const minute = Math.floor(call.at / MINUTE);
    const known = minutes.get(call.ip);
    const count = known?.minute === minute ? known.count + 1 : 1;
    minutes.set(call.ip, { minute, count });
    if (count >= threshold) blocks.set(call.ip, Math.ceil((call.at + 1) / EVERY) * EVERY);
  }
  return blocks;
}
