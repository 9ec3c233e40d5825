/** Every benign look-alike, in every window of either size, with every set of logs. */
import { queryText } from "../../cli/analysis.ts";
import { judgeCalls } from "../../cli/judge-calls.ts";
import { logSets } from "../../functions/detect/detection.ts";
import { evidenceValues } from "../../functions/detect/evidence-query.ts";
import { DAY, type Window } from "../../functions/domain/instant.ts";
import { neverBlockRanges } from "../../functions/domain/never-block.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import type { LogFile } from "../../local/log-files.ts";
import { cases, filesOf, openLogs, scope } from "./case-logs.ts";
import { logFolder } from "./log-folder.ts";
import { T0 } from "./traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

const rules = { policy: defaultPolicy, neverBlock: neverBlockRanges() };
const span: Window = { from: T0 - DAY, to: T0 + DAY };

async function bansOf(files: readonly LogFile[]): Promise<SourceVerdict[]> {
  const { connection, close } = await openLogs(files);
  try {
    await connection.run(
      `create table calls as ${queryText("auth_calls")} select * from auth_calls`,
      evidenceValues(span, scope),
    );
    await connection.run("update calls set source_ip = source_ip || '/32' where source_ip not like '%:%'");
    const verdicts = await judgeCalls(connection, { window: span, completeTo: span.to, rules });
    return verdicts.filter(({ verdict }) => verdict === "ban");
  } finally {
    close();
  }
}

const benign = cases.filter(({ kind }) => kind === "benign");

test.each(benign.flatMap((each) => logSets.map((set) => ({ ...each, set }))))(
  "$id $name bans nobody with $set",
  async ({ path, set }) => {
    const bans = await bansOf(filesOf(folder, path, set));
    // Without CloudTrail nobody is known to get in, so a person is asked.
    const against = set === "waf" ? bans.filter(({ handsOff }) => handsOff) : bans;
    expect(against.map(({ source, reasons }) => [source, reasons[0]?.text])).toEqual([]);
  },
);

test("of the clear cases most are bans by the same means", async () => {
  const firing = cases.filter(({ kind, expect: { verdict } }) => kind === "fires" && verdict === "ban");
  for (const { path, source } of firing) {
    const bans = await bansOf(filesOf(folder, path, "waf + cloudtrail"));
    expect(bans.map((ban) => ban.source)).toContain(source);
  }
}, 60_000);
