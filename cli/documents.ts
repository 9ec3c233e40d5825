/** The JSON documents that a command is given. What is refused is named with its place and with what to do. */
import { readFileSync } from "node:fs";

import { type Deployment, parseDeployment } from "../functions/domain/deployment.ts";
import { printable } from "../functions/domain/printable.ts";
import { UsageError } from "./exit.ts";

const CONFIG_STEP =
  "Name the deployment's config with --config; docs/config.md describes it, and portcullis.config.example.json is one.";

/** Throws `UsageError` where it cannot be read, `InvalidInputError` with every problem of what it says. */
export function readConfig(file: string, step = CONFIG_STEP): Deployment {
  return parseDeployment(readJson({ what: "config", file, step }), file);
}

interface Wanted {
  readonly what: string;
  readonly file: string;
  /** What to do where it is not there. */
  readonly step: string;
}

export function readJson({ what, file, step }: Wanted): unknown {
  const text = readText({ what, file, step });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`The ${what} ${printable(file)} is no JSON: ${whyNot(text, cause)}.`, { cause });
  }
}

const obstacles: Readonly<Record<string, string>> = {
  ENOENT: "is not there",
  ENOTDIR: "is not there",
  EISDIR: "is a folder",
  EACCES: "may not be read by you",
  EPERM: "may not be read by you",
};

function readText({ what, file, step }: Wanted): string {
  try {
    return readFileSync(file, "utf8").replace(/^\ufeff/, "");
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    const why = obstacles[code] ?? `cannot be read: ${message}`;
    throw new UsageError(`The ${what} ${printable(file)} ${why}.\n  → ${step}`, { cause });
  }
}

/** What the engine says about a syntax, with the line instead of the number of signs before it. */
function whyNot(text: string, error: unknown): string {
  if (text.trim() === "") return "it is empty";
  const message = error instanceof Error ? error.message : String(error);
  const [, what = message, position] = /^(.*?) at position (\d+)/.exec(message) ?? [];
  if (position === undefined) return printable(message);
  const before = text.slice(0, Number(position)).split("\n");
  return `${printable(what)}, line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
