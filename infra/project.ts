import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");

/** Absolute path of a file of the project, wherever the app was started. */
export function projectFile(path: string): string {
  return join(root, path);
}

export function readProjectFile(path: string): string {
  return readFileSync(projectFile(path), "utf8");
}
