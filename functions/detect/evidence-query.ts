/** The parameters of the evidence queries, in the order of the `?` in `queries/auth_calls.sql`. */
import { MINUTE, toIso, type Window } from "../domain/instant.ts";
import type { LogFolders } from "../domain/names.ts";
import type { WindowPart } from "../domain/run.ts";
import { floorTo, SAMPLE_DIGIT, WAF_SLOT, windowOfPart } from "./window-part.ts";

/** Logs disagree on the time of a call by seconds; the rows of one call must not fall apart at the window's rim. */
export const RIM = 2 * MINUTE;
/** What WAF, EventBridge and Firehose may take to pass a record on, before it waits for its file to be full or a minute old. */
const FIREHOSE = 5 * MINUTE;
/** CloudTrail names a file by the minute of its delivery, after the calls in it; so far that time may be wrong. */
const TRAIL_NAME_DOUBT = 15 * MINUTE;

export interface QueryScope {
  /** App clients whose calls are ours; empty means every client. */
  readonly clientIds: readonly string[];
  /** Lower-case hex SHA-256 of each valid gate. Gates themselves stand in no query. */
  readonly gateHashes: readonly string[];
  /** Web origins whose pages may call, as the edge has them; absent: pages of any origin. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Where the logs lie in S3; absent for rows that were read from elsewhere. Without it no file is left out. */
  readonly folders?: LogFolders;
}

type PathBounds = readonly [from: string, to: string];
const EVERY_FILE: PathBounds = ["", "~"];
/** Between these lies no partition. */
export const NO_PARTITION = ["~", ""];

/** One value for each `?`, unquoted. */
export function evidenceValues(window: Window, scope: QueryScope, part: WindowPart = "whole"): string[] {
  return valuesOf(windowOfPart(window, part), scope, part === "sample");
}

/** A sample is of WAF files, of one slot of them; see window-part.ts. */
export function valuesOf({ from, to }: Window, scope: QueryScope, isSample: boolean): string[] {
  const { clientIds, gateHashes, allowedOrigins = [], folders } = scope;
  const clients = clientIds.join(",");
  const gates = gateHashes.join(",");
  const origins = allowedOrigins.join(",");
  const rim = { from: from - RIM, to: to + RIM };
  const wafPartitions = partitionsOf(rim, folders, isSample);
  return [
    // CloudTrail's day is that of delivery, some minutes after the call.
    day(rim.from),
    day(to + 60 * MINUTE),
    seconds(rim.from),
    seconds(rim.to),
    ...trailFiles(folders, rim.from),
    ...fastTrailPartitions(rim, folders),
    seconds(rim.from),
    seconds(rim.to),
    gates,
    ...wafPartitions,
    ...wafFiles(folders, "edge", from, isSample),
    origins,
    origins,
    ...wafPartitions,
    ...wafFiles(folders, "pool", from, isSample),
    gates,
    // CloudFront's files are of an hour and cannot be told apart by name: a sample does without.
    ...(isSample ? NO_PARTITION : [hour(rim.from), hour(rim.to)]),
    timestamp(from),
    timestamp(to),
    clients === "" ? "*" : "",
    clients,
  ];
}

/** The same as `ExecutionParameters`. */
export function evidenceParameters(window: Window, scope: QueryScope, part: WindowPart = "whole"): string[] {
  return literals(evidenceValues(window, scope, part));
}

/** A file that was delivered before the window began holds nothing of it; the folder alone would be that of a day. */
export function trailFiles(folders: LogFolders | undefined, from: number): PathBounds {
  if (!folders) return EVERY_FILE;
  return [trailFileAt(folders.trail, from - TRAIL_NAME_DOUBT), "~"];
}

/** How the address of a file begins that CloudTrail delivers at this instant. */
export function trailFileAt(folder: string, at: number): string {
  return `${fileStart(folder, day(at))}${compact(at)}`;
}

/**
 * The folders of the web ACLs' logs that hold a window. Firehose names a folder by the minute in which it got the first
 * record of a file: a call lies in one of a minute before it, or of minutes after. A sample is one folder of those.
 */
function partitionsOf({ from, to }: Window, folders: LogFolders | undefined, isSample: boolean): [string, string] {
  if (folders?.waf !== "fast") return [wafPartition(from), wafPartition(to)];
  if (isSample) return [minutes((from + to) / 2), minutes((from + to) / 2)];
  return [wafPartition(from), minutes(to + FIREHOSE)];
}

/**
 * The folders of the fast trail that hold a window; a sample reads them whole, as it does CloudTrail's own files. What comes
 * later than these is in those files, too.
 */
export function fastTrailPartitions({ from, to }: Window, folders?: LogFolders): readonly string[] {
  return folders?.fastTrail === undefined ? NO_PARTITION : [wafPartition(from), minutes(to + FIREHOSE)];
}

/** As `partitionsOf`, of whole rows that are counted. */
export function wafPartitions(window: Window, folders?: LogFolders): [string, string] {
  return partitionsOf(window, folders, false);
}

function wafFiles(folders: LogFolders | undefined, log: "edge" | "pool", slot: number, isSample: boolean): PathBounds {
  const folder = folders?.[log];
  if (!isSample || folder === undefined || folders?.waf === "fast") return EVERY_FILE;
  const start = `${fileStart(folder, minutes(slot))}${compact(slot)}_${SAMPLE_DIGIT}`;
  return [start, `${start}~`];
}

/**
 * A log file's name repeats its folders, from the account on: `<account>_CloudTrail_<Region>_`,
 * `<account>_waflogs_<place>_<web ACL>_`.
 */
function fileStart(folder: string, partition: string): string {
  const [, path = ""] = /AWSLogs\/(?:o-[a-z0-9]+\/)?([^/]+\/(?:CloudTrail|WAFLogs)\/.*)\/$/.exec(folder) ?? [];
  const names = path.split("/");
  return `${folder}${partition}/${names.join("_").replace("_WAFLogs_", "_waflogs_")}_`;
}

/** Values as SQL literals, as Athena's `ExecutionParameters` want them. */
export function literals(values: readonly string[]): string[] {
  return values.map((value) => `'${value.replaceAll("'", "''")}'`);
}

export const wafPartition = (at: number): string => minutes(floorTo(at, WAF_SLOT));
export const hourPartition = hour;
export const dayPartition = day;

function minutes(at: number): string {
  return `${hour(at)}/${toIso(at).slice(14, 16)}`;
}

function hour(at: number): string {
  return `${day(at)}/${toIso(at).slice(11, 13)}`;
}

/** `20261122T1205Z` */
function compact(at: number): string {
  return `${toIso(at).slice(0, 16).replaceAll(/[-:]/g, "")}Z`;
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
