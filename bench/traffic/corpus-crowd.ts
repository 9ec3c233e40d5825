/**
 * The crowd of a public web site, as others logged it: its clients and its rhythm are real, what they do here is not.
 * The site had no sign-in, so a client's first request in half an hour stands for a sign-in and each other one for a
 * look at the profile.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { canonicalAddress } from "../../functions/domain/cidr.ts";
import { DAY, type Instant, MINUTE, type Window } from "../../functions/domain/instant.ts";
import { type Actor, callOf, srp } from "./actor.ts";

const FILE = join(import.meta.dirname, "../../../shared/corpus/labelled/benign-elastic-apache_logs.log.gz");
const IDLE = 30 * MINUTE;

/** One day of the log moved into the span; days go round. Null where the corpus is not there. */
export function corpusCrowd(span: Window, day: number): Actor[] | null {
  if (!existsSync(FILE)) return null;
  const requests = readRequests(gunzipSync(readFileSync(FILE)).toString("utf8"));
  const first = Math.floor(Math.min(...requests.map(({ at }) => at)) / DAY) * DAY;
  const shift = span.from - (first + (day % 4) * DAY);
  const byClient = new Map<string, Instant[]>();
  for (const { client, at } of requests) {
    const moved = at + shift;
    if (moved >= span.from && moved < span.to) byClient.set(client, [...(byClient.get(client) ?? []), moved]);
  }
  return [...byClient].map(([ip, times]) => visitor(ip, times));
}

interface SiteRequest {
  readonly client: string;
  readonly at: Instant;
}

function readRequests(log: string): SiteRequest[] {
  return log.split("\n").flatMap((line) => {
    const [, address = "", day, month, year, time] = /^(\S+) \S+ \S+ \[(\d+)\/(\w+)\/(\d+):([\d:]+) /.exec(line) ?? [];
    const client = canonicalAddress(address);
    const at = Date.parse(`${day} ${month} ${year} ${time} UTC`);
    return client !== null && Number.isFinite(at) ? [{ client, at }] : [];
  });
}

function visitor(ip: string, times: readonly Instant[]): Actor {
  const user = `reader-${ip}`;
  const ordered = [...times].sort((a, b) => a - b);
  const calls = ordered.flatMap((at, index) => {
    const before = ordered[index - 1];
    const arrives = before === undefined || at - before > IDLE;
    return arrives ? srp({ ip }, at, user) : [callOf({ ip }, at, { user, operation: "GetUser" })];
  });
  return { kind: "corpus-crowd", benign: true, perMinute: null, addresses: [ip], offences: [], calls };
}
