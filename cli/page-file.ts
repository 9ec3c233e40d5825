/** `--html F`: writes a report's page whole or not at all. */
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import type { LogFile } from "../local/log-files.ts";
import type { RenderTools } from "../report/report-page.ts";
import { OutputError, UsageError } from "./exit.ts";
import { renderTools } from "./render-tools.ts";

/** Before minutes of reading: a place where no page can go, or one of the logs itself, is told at once. */
export function checkPagePath(file: string, logs: readonly LogFile[] = []): void {
  if (!statSync(dirname(file), { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`--html ${file}: there is no folder ${dirname(file)}; make it first`);
  const there = statSync(file, { throwIfNoEntry: false });
  if (there && !there.isFile()) throw new UsageError(`--html ${file}: is there already and is no file; name a file`);
  if (there && logs.some(({ path }) => realpathSync(path) === realpathSync(file)))
    throw new UsageError(`--html ${file}: is one of the logs; name another file`);
}

/** Running it again replaces the page. */
export function writePage(file: string, draw: (tools: RenderTools) => string): void {
  const part = `${file}.${process.pid}.part`;
  try {
    writeFileSync(part, draw(renderTools()));
    renameSync(part, file);
  } catch (cause) {
    rmSync(part, { force: true });
    const why = cause instanceof Error ? cause.message : "cannot be written";
    throw new OutputError(`--html ${file}: ${why}`, { cause });
  }
}
