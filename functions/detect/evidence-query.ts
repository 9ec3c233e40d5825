/** The parameters of the evidence queries, in the order of the `?` in `queries/auth_calls.sql`. */
import { MINUTE, toIso, type Window } from "../domain/instant.ts";

/** Logs disagree on the time of a call by seconds; the rows of one call must not fall apart at the window's rim. */
export const RIM = 2 * MINUTE;
/** A WAF file holds the calls of five minutes and lies in the folder of the minute it began. */
const WAF_SLOT = 5 * MINUTE;

export interface QueryScope {
  /** App clients whose calls are ours; empty means every client. */
  readonly clientIds: readonly string[];
  /** Lower-case hex SHA-256 of each valid gate. Gates themselves stand in no query. */
  readonly gateHashes: readonly string[];
  /** Web origins whose pages may call, as the edge has them; absent: pages of any origin. */
  readonly allowedOrigins?: readonly string[] | undefined;
}

/** One value for each `?`, unquoted. */
export function evidenceValues(
  { from, to }: Window,
  { clientIds, gateHashes, allowedOrigins = [] }: QueryScope,
): string[] {
  const clients = clientIds.join(",");
  const gates = gateHashes.join(",");
  const origins = allowedOrigins.join(",");
  const rim = { from: from - RIM, to: to + RIM };
  const wafPartitions = [minutes(floorTo(rim.from, WAF_SLOT)), minutes(floorTo(rim.to, WAF_SLOT))];
  return [
    // CloudTrail's day is that of delivery, some minutes after the call.
    day(rim.from),
    day(to + 60 * MINUTE),
    seconds(rim.from),
    seconds(rim.to),
    gates,
    ...wafPartitions,
    origins,
    origins,
    ...wafPartitions,
    gates,
    hour(rim.from),
    hour(rim.to),
    timestamp(from),
    timestamp(to),
    clients === "" ? "*" : "",
    clients,
  ];
}

/** The same as `ExecutionParameters`. */
export function evidenceParameters(window: Window, scope: QueryScope): string[] {
  return literals(evidenceValues(window, scope));
}

/** Values as SQL literals, as Athena's `ExecutionParameters` want them. */
export function literals(values: readonly string[]): string[] {
  return values.map((value) => `'${value.replaceAll("'", "''")}'`);
}

export const wafPartition = (at: number): string => minutes(floorTo(at, WAF_SLOT));
export const hourPartition = hour;
export const dayPartition = day;

function floorTo(at: number, step: number): number {
  return Math.floor(at / step) * step;
}

function minutes(at: number): string {
  return `${hour(at)}/${toIso(at).slice(14, 16)}`;
}

function hour(at: number): string {
  return `${day(at)}/${toIso(at).slice(11, 13)}`;
}

function day(at: number): string {
  return toIso(at).slice(0, 10).replaceAll("-", "/");
}

function seconds(at: number): string {
  return `${toIso(at).slice(0, 19)}Z`;
}

function timestamp(at: number): string {
  return toIso(at).slice(0, 23).replace("T", " ");
}
