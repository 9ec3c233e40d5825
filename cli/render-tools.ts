import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

import { reportScript } from "../report/browser/report-script.ts";
import type { RenderTools } from "../report/report-page.ts";

/** What a report needs to become a page. */
export function renderTools(): RenderTools {
  return {
    sha256: (text) => createHash("sha256").update(text).digest("base64"),
    gzip: (bytes) => gzipSync(bytes, { level: 7 }).toString("base64"),
    script: reportScript,
  };
}
