/** What is quiet, and how many make a crowd, stands in SQL and in TypeScript: both are held to each other here. */
import type { DuckDBConnection } from "@duckdb/node-api";
import fc from "fast-check";

import { queryText } from "../../cli/analysis.ts";
import { findDueCrowds } from "../../cli/due-crowds.ts";
import { countBannedQuiet as countInFiles } from "../../cli/judge-groups.ts";
import { evidenceValues } from "../../functions/detect/evidence-query.ts";
import { countBannedQuiet, isCrowd, isQuiet, LEAST_CROWD, loudFrom } from "../../functions/detect/groups.ts";
import { type Profile, readProfiles } from "../../functions/detect/profiles.ts";
import { MINUTE } from "../../functions/domain/instant.ts";
import { policySchema } from "../../functions/domain/policy.ts";
import { type DuckDb, queryRows } from "../../local/duckdb.ts";
import { openLogs, scope } from "./case-logs.ts";
import { aProfile } from "./profile-builders.ts";
import { T0 } from "./traffic.ts";

const RANGE = "203.0.113.0/24";
const JA4 = "t13d1516h2_8daaf6152771_b186095e22b6";
const window = { from: T0, to: T0 + 10 * MINUTE };
/** With nothing else asked of a crowd than that it is one. */
const any = { minCalls: 1, slowMinCalls: 1, minShare: 0, slowMinShare: 0 };
const policy = policySchema.parse({ detections: { "distributed-range": any, "distributed-fingerprint": any } });

interface Member {
  readonly success: number;
  readonly failure: number;
  readonly accepted: number;
  readonly banned: boolean;
}

const around = (limit: number) => fc.constantFrom(0, 0, 1, limit - 1, limit, limit + 1);
const member: fc.Arbitrary<Member> = fc.record({
  success: fc.constantFrom(0, 0, 0, 0, 1),
  failure: around(loudFrom.failures),
  accepted: around(loudFrom.accepted),
  banned: fc.boolean(),
});
const crowd = fc.array(member, { minLength: LEAST_CROWD - 2, maxLength: LEAST_CROWD + 6 });

let db: DuckDb;
beforeAll(async () => {
  db = await openLogs([]);
  const empty = evidenceValues(window, scope);
  await db.connection.run(`create table calls as ${queryText("auth_calls")} select * from auth_calls`, empty);
}, 60_000);
afterAll(() => db.close());

const addressOf = (index: number) => `203.0.113.${index + 1}/32`;

async function fill(connection: DuckDBConnection, members: readonly Member[]): Promise<void> {
  const rows = members.flatMap((sums, index) =>
    (["success", "failure", "accepted"] as const).map(
      (outcome) => `select '${addressOf(index)}' as source_ip, '${outcome}' as outcome from range(${sums[outcome]})`,
    ),
  );
  await connection.run("delete from calls");
  await connection.run(
    `insert into calls by name
     select make_timestamp_ms(${T0 + MINUTE}) as ts, '${RANGE}' as source_range, '${JA4}' as ja4, 'proxied' as path,
       'SignUp' as operation, false as rate_blocked, false as allow_listed, false as ip_mismatch, *
     from (${rows.join(" union all ")})`,
  );
}

test("queries/profiles.sql and the TypeScript agree on generated crowds", async () => {
  const bannedOf = (members: readonly Member[]) => members.flatMap(({ banned }, i) => (banned ? [addressOf(i)] : []));
  const { connection } = db;
  await fc.assert(
    fc.asyncProperty(crowd, async (members) => {
      await fill(connection, members);
      const rows = await queryRows(
        connection,
        `with auth_calls as (select * from calls) ${queryText("cells", "profiles")}`,
      );
      const { profiles, groups } = readProfiles(rows);
      const quiet = profiles.filter(isQuiet).length;
      expect(groups.map(({ crowd: { quietSources } }) => quietSources)).toEqual(
        profiles.length >= LEAST_CROWD ? [quiet, quiet] : [],
      );

      const banned = new Set(bannedOf(members));
      await findDueCrowds(connection, { from: T0, to: T0 + 60 * MINUTE }, policy, [...banned]);
      const due = await queryRows(connection, "select distinct scope from due order by 1");
      const left = profiles.filter((profile) => isQuiet(profile) && !banned.has(profile.source)).length;
      expect(due.map(({ scope }) => scope)).toEqual(left >= LEAST_CROWD ? ["fingerprint", "range"] : []);

      for (const group of [aGroup("range", RANGE, quiet), aGroup("fingerprint", JA4, quiet)]) {
        const inFiles = await countInFiles(connection, { profile: group, window });
        expect(inFiles).toBe(countBannedQuiet(group, profiles, (source) => banned.has(source)));
        expect(isCrowd(group, inFiles)).toBe(left >= LEAST_CROWD);
      }
    }),
    { numRuns: 25 },
  );
}, 240_000);

function aGroup(scope: Profile["scope"], source: string, quietSources: number): Profile {
  return aProfile({ scope, source, crowd: { sources: 12, goodSources: 0, quietSources, quietCalls: 0 } });
}
