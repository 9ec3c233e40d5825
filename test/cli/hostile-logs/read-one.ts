/** Reads one log file in a process of its own: prints how many records it had and what memory that took at most, in MB. */
import { openDuckDb } from "../../../local/duckdb.ts";
import { readLogFile } from "../../../local/log-files.ts";

const [kind, path] = process.argv.slice(2);
if ((kind !== "waf" && kind !== "cloudtrail" && kind !== "cloudfront") || !path)
  throw new Error("Usage: read-one.ts <waf|cloudtrail|cloudfront> <file>");
const db = await openDuckDb({ threads: 1 });
const before = process.resourceUsage().maxRSS;
let records = 0;
let rejected = 0;
await readLogFile({ kind, path }, null, db.connection, (fate) => {
  records += 1;
  if ("rejected" in fate) rejected += 1;
});
db.close();
console.log(
  JSON.stringify({ records, rejected, megabytes: Math.round((process.resourceUsage().maxRSS - before) / 1024) }),
);
