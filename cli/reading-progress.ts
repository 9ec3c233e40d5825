import { statSync } from "node:fs";

import type { LogFile } from "../local/log-files.ts";
import type { Tell } from "./progress.ts";

const RECORDS_PER_TELL = 2_000;

/** How far the reading is: by the sizes of the files that are read, and where there is only one by its records. */
export function tellReading(files: readonly LogFile[], tell: Tell | undefined): (index: number) => void {
  const sizes = files.map(({ path }) => statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  let records = 0;
  return (index) => {
    records += 1;
    if (records % RECORDS_PER_TELL !== 1) return;
    const before = sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
    tell?.(
      `reading the logs: ${records.toLocaleString("en-US")} records`,
      files.length > 1 ? before / whole : undefined,
    );
  };
}
