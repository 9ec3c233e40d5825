/** What commands over log files are told: which files, from when to when, and whom nobody may ban. */
import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { glob } from "tinyglobby";

import { type Cidr, parseCidr } from "../functions/domain/cidr.ts";
import type { Deployment } from "../functions/domain/deployment.ts";
import { type LogKind, logKinds } from "../functions/domain/evidence.ts";
import { fromIso, type Instant } from "../functions/domain/instant.ts";
import { neverBlockRanges } from "../functions/domain/never-block.ts";
import { printable } from "../functions/domain/printable.ts";
import type { LogFile } from "../local/log-files.ts";
import type { LogFlags } from "./commands/options.ts";
import { UsageError } from "./exit.ts";

export function readSpan(options: LogFlags): { from: Instant | null; to: Instant | null } {
  const from = readTime("--from", options.from);
  const to = readTime("--to", options.to);
  if (from !== null && to !== null && from >= to) throw new UsageError("--from must be earlier than --to");
  return { from, to };
}

function readTime(option: string, text: string | undefined): Instant | null {
  if (text === undefined) return null;
  const instant = fromIso(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/.test(text) ? text.replace("Z", ":00Z") : text);
  if (instant === null)
    throw new UsageError(`${option} ${text}: not a time in ISO 8601 with Z, as 2026-11-22T10:00:00Z`);
  return instant;
}

/** The files of every pattern, each file once. A directory stands for all files in it. */
export async function findFiles(options: LogFlags): Promise<LogFile[]> {
  const files: LogFile[] = [];
  for (const kind of logKinds) {
    const known = new Set<string>();
    for (const pattern of options[kind] ?? []) {
      for (const path of await match(kind, pattern)) {
        const real = readable(kind, path);
        if (!known.has(real)) files.push({ kind, path });
        known.add(real);
      }
    }
  }
  if (files.length === 0) throw new UsageError("no logs given: use --waf, --cloudfront or --cloudtrail");
  return files;
}

/** The real name of a log file; throws where it cannot be read, before minutes of reading others. */
function readable(kind: LogKind, path: string): string {
  const refuse = (why: string): never => {
    throw new UsageError(`--${kind} ${printable(path)}: ${why}`);
  };
  const there = statSync(path, { throwIfNoEntry: false });
  if (!there) refuse("is a link to a file that is not there");
  // Logs are read more than once, and what comes out of a pipe is gone.
  if (!there?.isFile()) refuse("is no file; write what comes out of a pipe to one");
  try {
    accessSync(path, constants.R_OK);
  } catch {
    refuse("may not be read by you; change its permissions, or leave it out of the pattern");
  }
  return realpathSync(path);
}

async function match(kind: LogKind, pattern: string): Promise<string[]> {
  // What the shell expanded is a name, whatever signs are in it.
  if (existsSync(pattern) && !statSync(pattern).isDirectory()) return [pattern];
  const isDirectory = existsSync(pattern);
  const found = isDirectory
    ? await glob("**/*", { cwd: pattern, absolute: true, dot: true })
    : await glob(pattern, { dot: true, expandDirectories: false, absolute: isAbsolute(pattern) });
  if (found.length === 0)
    throw new UsageError(`--${kind} ${printable(pattern)}: ${isDirectory ? "no file is in it" : "no such file"}`);
  return found.sort();
}

/** What is never banned, own egress and the config's allow list included. */
export function neverBlockOf(deployment: Deployment | null): Cidr[] {
  const own = deployment ? [...deployment.egress, ...deployment.allowList] : [];
  return [...neverBlockRanges(), ...own.flatMap((text) => parseCidr(text) ?? [])];
}
