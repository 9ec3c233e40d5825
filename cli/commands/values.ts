/** Readers of single values of a command line: what they refuse ends as wrong usage. */
import { InvalidArgumentError } from "commander";

import { fromIso, type Instant } from "../../functions/domain/instant.ts";

/** A parser for options that take a whole number. */
export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
  };
}

/** A number of calls, as people write large ones. */
export function countOf(text: string): number {
  const count = Number(text.replaceAll("_", ""));
  if (!Number.isFinite(count) || count < 0 || text.trim() === "")
    throw new InvalidArgumentError("It is a number of calls, such as 5000000 or 5e6.");
  return count;
}

/** An execution's name, which is a part of keys in the bucket. */
export function runIdOf(text: string): string {
  if (/^[^\s/]{1,80}$/.test(text)) return text;
  throw new InvalidArgumentError("Write the id of a run, as `portcullis status` shows it.");
}

/** Words that somebody reads later. */
export function textOf(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("Write a few words; they stay in the record.");
}

export function instantOf(text: string): Instant {
  const at = fromIso(text);
  if (at === null) throw new InvalidArgumentError("Write an ISO 8601 time with its zone, like 2026-11-22T10:10:00Z.");
  return at;
}
