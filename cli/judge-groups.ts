/** Verdicts on ranges and notices on fingerprints: what the bans of single sources leave over. */
import type { DuckDBConnection } from "@duckdb/node-api";

import { fingerprintNotice, isCrowd } from "../functions/detect/groups.ts";
import type { Profile } from "../functions/detect/profiles.ts";
import { type Judgement, joinJudgements, joinVerdicts, type VerdictRules } from "../functions/detect/verdicts.ts";
import type { Window } from "../functions/domain/instant.ts";
import type { SourceVerdict } from "../functions/domain/verdict.ts";
import { queryRows } from "../local/duckdb.ts";
import { isQuietSql } from "./crowd-sql.ts";
import { subjectColumns } from "./due-windows.ts";
import { wholeVerdict } from "./whole-verdict.ts";
import { profilesOfRanges } from "./window-profiles.ts";

export interface GroupFinding {
  readonly profile: Profile;
  readonly window: Window;
  readonly judgement: Judgement;
}

interface JudgedGroups {
  readonly ranges: SourceVerdict[];
  readonly notices: string[];
}

export async function judgeGroups(
  connection: DuckDBConnection,
  findings: readonly GroupFinding[],
  rules: VerdictRules,
): Promise<JudgedGroups> {
  const bySubject = new Map<string, GroupFinding[]>();
  for (const finding of findings) {
    if (!isCrowd(finding.profile, await countBannedQuiet(connection, finding))) continue;
    const key = `${finding.profile.scope} ${finding.profile.source}`;
    bySubject.set(key, [...(bySubject.get(key) ?? []), finding]);
  }
  const left = [...bySubject.values()];
  const of = (scope: Profile["scope"]) => left.filter(([first]) => first?.profile.scope === scope);
  return {
    ranges: await rangeVerdicts(connection, of("range"), rules),
    notices: of("fingerprint").map((found) => fingerprintNotice(joinVerdicts(found, rules))),
  };
}

async function rangeVerdicts(
  connection: DuckDBConnection,
  found: readonly (readonly GroupFinding[])[],
  rules: VerdictRules,
): Promise<SourceVerdict[]> {
  const joined = found.flatMap((findings) => {
    const source = findings[0]?.profile.source;
    const judgements = findings.map(({ judgement }) => judgement);
    return source === undefined ? [] : [{ source, ...joinJudgements(source, judgements, rules) }];
  });
  const notable = joined.filter(({ verdict }) => verdict !== "ignore");
  const totals = await profilesOfRanges(
    connection,
    notable.map(({ source }) => source),
  );
  return notable.flatMap((verdict) => wholeVerdict(verdict, totals.get(verdict.source)) ?? []);
}

const IS_QUIET = isQuietSql({
  successes: "count_if(outcome = 'success')",
  failures: "count_if(outcome = 'failure')",
  accepted: "count_if(outcome = 'accepted')",
});

/** Sources in the table `banned` that this window shows as quiet members of the crowd. */
export async function countBannedQuiet(
  connection: DuckDBConnection,
  { profile, window }: Pick<GroupFinding, "profile" | "window">,
): Promise<number> {
  const subject = profile.source.replaceAll("'", "''");
  const [row] = await queryRows(
    connection,
    `select count(*) as n from (
       select source_ip from calls
       where source_ip in (select source from banned) and epoch_ms(ts) >= ${window.from} and epoch_ms(ts) < ${window.to}
       group by source_ip
       having count_if(${subjectColumns[profile.scope]} = '${subject}') > 0 and ${IS_QUIET}
     )`,
  );
  return Number(row?.["n"] ?? 0);
}
