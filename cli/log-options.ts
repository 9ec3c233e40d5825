/** The options by which commands take log files, and the documents that go with them. */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { Command } from "commander";
import { glob } from "tinyglobby";

import { readPolicyDocument } from "../functions/detect/policy-document.ts";
import { type Cidr, parseCidr } from "../functions/domain/cidr.ts";
import { type Deployment, parseDeployment } from "../functions/domain/deployment.ts";
import { type LogKind, logKinds } from "../functions/domain/evidence.ts";
import { fromIso, type Instant } from "../functions/domain/instant.ts";
import { neverBlockRanges } from "../functions/domain/never-block.ts";
import type { Policy } from "../functions/domain/policy.ts";
import type { LogFile } from "../local/log-files.ts";
import { UsageError } from "./exit.ts";

export interface LogOptions {
  readonly waf?: readonly string[];
  readonly cloudfront?: readonly string[];
  readonly cloudtrail?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly config?: string;
}

export function addLogOptions(command: Command): Command {
  return command
    .option("--waf <patterns...>", "AWS WAF logs, JSON lines, plain or gzip", collect)
    .option("--cloudfront <patterns...>", "CloudFront logs, legacy TSV or v2 Parquet", collect)
    .option("--cloudtrail <patterns...>", "CloudTrail files", collect)
    .option("--from <time>", "begin of the window, ISO 8601 with Z (default: the first call)")
    .option("--to <time>", "end of the window (default: just after the last call)")
    .option("--config <file>", "only calls of this deployment (portcullis.config.json)");
}

/** Options may repeat, and each may take several values. */
function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

export function readSpan(options: LogOptions): { from: Instant | null; to: Instant | null } {
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
export async function findFiles(options: LogOptions): Promise<LogFile[]> {
  const files: LogFile[] = [];
  for (const kind of logKinds) {
    const known = new Set<string>();
    for (const pattern of options[kind] ?? []) {
      for (const path of await match(kind, pattern)) {
        const real = realpathSync(path);
        if (!known.has(real)) files.push({ kind, path });
        known.add(real);
      }
    }
  }
  if (files.length === 0) throw new UsageError("no logs given: use --waf, --cloudfront or --cloudtrail");
  return files;
}

async function match(kind: LogKind, pattern: string): Promise<string[]> {
  // What the shell expanded is a name, whatever signs are in it.
  if (existsSync(pattern) && !statSync(pattern).isDirectory()) return [pattern];
  const isDirectory = existsSync(pattern);
  const found = isDirectory
    ? await glob("**/*", { cwd: pattern, absolute: true, dot: true })
    : await glob(pattern, { dot: true, expandDirectories: false, absolute: isAbsolute(pattern) });
  if (found.length === 0) throw new UsageError(`--${kind} ${pattern}: no such file`);
  return found.sort();
}

export function readConfig(file: string): Deployment {
  return parseDeployment(readJson("--config", file), file);
}

export function readPolicy(file: string): Policy {
  return readPolicyDocument(readJson("policy", file), file);
}

function readJson(option: string, file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8").replace(/^\ufeff/, ""));
  } catch (cause) {
    throw new UsageError(`${option} ${file}: ${cause instanceof Error ? cause.message : "cannot be read"}`, { cause });
  }
}

/** What is never banned, own egress and the config's allow list included. */
export function neverBlockOf(deployment: Deployment | null): Cidr[] {
  const own = deployment ? [...deployment.egress, ...deployment.allowList] : [];
  return [...neverBlockRanges(), ...own.flatMap((text) => parseCidr(text) ?? [])];
}
