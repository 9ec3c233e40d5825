import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Writes a file of the project that is made from its code; with `--check` says whether the one that is there is stale. */
export function keepGenerated(
  file: string,
  content: string,
  { args, by }: { args: readonly string[]; by: string },
): void {
  const path = join(root, file);
  if (!args.includes("--check")) writeFileSync(path, content);
  else if (!existsSync(path) || readFileSync(path, "utf8") !== content) {
    process.stderr.write(`${file} is stale: ${by}\n`);
    process.exitCode = 1;
  }
}
