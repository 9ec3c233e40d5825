import { queryText } from "../../cli/analysis.ts";
import type { ProfileReading } from "../../functions/detect/profiles.ts";
import { quotaCategories, quotaUseIn } from "../../functions/detect/quota-use.ts";
import { publicCategories } from "../../functions/domain/deployment.ts";
import { anOperation, aProfile } from "./profile-builders.ts";

const signIns = anOperation({ calls: 100, blocked: 40 });
const answers = anOperation({ operation: "RespondToAuthChallenge", calls: 50 });
const signUps = anOperation({ operation: "SignUp", calls: 7 });

function aReading(over: Partial<ProfileReading> = {}): ProfileReading {
  const unattributed = { noAddress: 0, infrastructure: 0, ipMismatch: 0 };
  const profiles = [
    aProfile({ source: "198.51.100.7/32", operations: [signIns, answers, signUps] }),
    aProfile({ source: "198.51.100.8/32", operations: [anOperation({ calls: 30 })] }),
  ];
  return {
    profiles,
    groups: [],
    whole: null,
    timeline: [],
    remainder: { sources: 0, calls: 0 },
    unattributed,
    ...over,
  };
}

test("a source's calls count where they use the quota: of its category, not an answer, not blocked", () => {
  const use = quotaUseIn(aReading(), "UserAuthentication");
  expect([use.of("198.51.100.7/32"), use.of("198.51.100.8/32"), use.of("192.0.2.1/32"), use.total]).toEqual([
    60, 30, 0, 90,
  ]);
});

test("a run on all categories counts each of them", () => {
  expect(quotaUseIn(aReading(), "all").of("198.51.100.7/32")).toBe(67);
});

test("what the query cut off counts for nobody and still is use; a range is counted as a whole", () => {
  const range = aProfile({ scope: "range", source: "203.0.113.0/24", operations: [], calls: 80, blocked: 5 });
  const use = quotaUseIn(aReading({ groups: [range], remainder: { sources: 9, calls: 500 } }), "UserAuthentication");
  expect([use.of("203.0.113.0/24"), use.total]).toEqual([75, 590]);
});

test("the table is that of the query which counts CloudTrail's calls", () => {
  const sql = queryText("coverage");
  for (const category of Object.keys(publicCategories)) {
    const operations = Object.keys(quotaCategories).filter((name) => quotaCategories[name] === category);
    const [, list = "", one = ""] =
      new RegExp(`WHEN eventname (?:IN \\(([^)]*)\\)|= ('\\w+')) THEN '${category}'`).exec(sql) ?? [];
    const named = [...`${list}${one}`.matchAll(/'(\w+)'/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !name.startsWith("Admin")).sort()).toEqual(operations.sort());
    expect(operations).not.toEqual([]);
  }
});
