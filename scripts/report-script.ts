/** The report's script as a module: a deployed function is one bundle and has no file of the project beside it. */
import { readFileSync } from "node:fs";

import { keepGenerated } from "../cli/generated-file.ts";

const source = ["read-columns.js", "report.js"]
  .map((file) => readFileSync(new URL(`../report/browser/${file}`, import.meta.url), "utf8"))
  .join("\n");
const module = [
  "// biome-ignore-all format: one text",
  "// biome-ignore-all lint: made from the scripts beside it by `npm run report-script`",
  `export const reportScript = ${JSON.stringify(source)};`,
  "",
].join("\n");
keepGenerated("report/browser/report-script.ts", module, {
  args: process.argv.slice(2),
  by: "npm run report-script",
});
