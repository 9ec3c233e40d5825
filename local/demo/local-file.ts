/** `.portcullis/local.json`: how commands with `--local` find the demo that runs in this folder. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

import { deploymentSchema } from "../../functions/domain/deployment.ts";
import { NotFoundError } from "../../functions/domain/errors.ts";

export const LOCAL_FOLDER = ".portcullis";

const localFileSchema = z.object({
  pid: z.int(),
  /** The one endpoint of all AWS APIs. */
  awsEndpoint: z.url(),
  /** Answers the demo's instant in milliseconds, as text. */
  clockUrl: z.url(),
  viewerUrl: z.url(),
  poolUrl: z.url(),
  /** Under which commands call: `role.<name>` for one of the world's people, else an operator who may do everything. */
  accessKeyId: z.string().optional(),
  config: deploymentSchema,
});
export type LocalFile = z.infer<typeof localFileSchema>;

export function writeLocalFile(folder: string, file: LocalFile): void {
  mkdirSync(join(folder, LOCAL_FOLDER), { recursive: true });
  writeFileSync(pathIn(folder), `${JSON.stringify(file, null, 2)}\n`);
}

/** Removes the file if it is still ours, for a second demo may have replaced it, and its folder if nothing else is there. */
export function removeLocalFile(folder: string): void {
  try {
    if (readLocalFile(folder).pid !== process.pid) return;
    rmSync(pathIn(folder));
    if (readdirSync(join(folder, LOCAL_FOLDER)).length === 0) rmdirSync(join(folder, LOCAL_FOLDER));
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}

/** Throws `NotFoundError` if no demo runs here, also where one has died and left its file. */
export function readLocalFile(folder: string): LocalFile {
  const text = readText(pathIn(folder));
  const parsed = text === null ? null : localFileSchema.safeParse(parseJson(text));
  if (!parsed?.success || !isAlive(parsed.data.pid))
    throw new NotFoundError("No demo is running in this folder; start one with `npx portcullis demo` and try again.");
  return parsed.data;
}

function pathIn(folder: string): string {
  return join(folder, LOCAL_FOLDER, "local.json");
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process of that number exists; it may well be the demo of another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
