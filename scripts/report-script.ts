/** The report's script as a module: a deployed function is one bundle and has no file of the project beside it. */
import { readFileSync } from "node:fs";

import { keepGenerated } from "../cli/generated-file.ts";

const source = readFileSync(new URL("../report/browser/report.js", import.meta.url), "utf8");
const module = [
  "// biome-ignore-all format: one text",
  "// biome-ignore-all lint: made from report.js by `npm run report-script`",
  `export const reportScript = ${JSON.stringify(source)};`,
  "",
].join("\n");
keepGenerated("report/browser/report-script.ts", module, {
  args: process.argv.slice(2),
  by: "npm run report-script",
});
