/** Mistakes that others made with these logs, one test each, where no other file names them. */
import { readProfiles } from "../../functions/detect/profiles.ts";
import { scoreEvidence } from "../../functions/detect/score.ts";
import { DAY, MINUTE } from "../../functions/domain/instant.ts";
import { defaultPolicy } from "../../functions/domain/policy.ts";
import type { LogFile } from "../../local/log-files.ts";
import { profilesOf } from "./deployed-profiles.ts";
import { logFolder } from "./log-folder.ts";
import { aCall, type JsonRecord, jsonLines, logsOf, series, T0, tsvFile } from "./traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

const edgeLog = (records: readonly JsonRecord[]): LogFile => ({
  kind: "waf",
  path: folder.write(`edge-${Math.random()}.log`, jsonLines(records)),
});

const VICTIM = "198.51.100.77";

describe("only the address that the edge saw is evidence, never X-Forwarded-For", () => {
  test("in a header of WAF's log", async () => {
    const records = logsOf([aCall()]).edge.map((record) => {
      const httpRequest = record["httpRequest"] as { headers: object[] };
      const headers = [{ name: "X-Forwarded-For", value: VICTIM }, ...httpRequest.headers];
      return { ...record, httpRequest: { ...httpRequest, headers } };
    });
    expect((await profilesOf([edgeLog(records)])).map(({ source }) => source)).toEqual(["203.0.113.7/32"]);
  });

  test("in the column of CloudFront's log", async () => {
    const FORWARDED = 19;
    const rows = logsOf([aCall()]).cloudFront.map((row) => row.with(FORWARDED, VICTIM));
    const path = folder.write("cf.tsv", tsvFile(rows));
    const found = await profilesOf([{ kind: "cloudfront", path }]);
    expect(found.map(({ source }) => source)).toEqual(["203.0.113.7/32"]);
  });
});

test("a record of WAF without ASN, country or fingerprint is a call like any other", async () => {
  const records = logsOf([aCall()]).edge.map(({ ja4Fingerprint: _, ...record }) => {
    const { country: __, ...httpRequest } = record["httpRequest"] as { country: string };
    return { ...record, httpRequest };
  });
  expect(await profilesOf([edgeLog(records)])).toMatchObject([{ source: "203.0.113.7/32", calls: 1 }]);
});

test("a window of four days holds the days between its first and its last", async () => {
  const days = [0, 1, 2, 3].map((day) => aCall({ at: T0 + day * DAY, user: `user-${day}` }));
  const window = { from: T0 - MINUTE, to: T0 + 3 * DAY + MINUTE };
  expect(await profilesOf([edgeLog(logsOf(days).edge)], window)).toMatchObject([{ calls: 4 }]);
});

test("counts that come as text are ranked as numbers: 1000 is more than 999", () => {
  const row = (source_ip: string, calls: string) =>
    ["0", "1"].map((whole) => ({
      ...{ scope: "source", source_ip, whole, calls, steps: calls, first_seen: String(T0), last_seen: String(T0) },
      ...(whole === "0" && { path: "proxied", operation: "InitiateAuth" }),
    }));
  const { profiles, groups } = readProfiles([...row("203.0.113.9", "999"), ...row("203.0.113.8", "1000")]);
  const look = { size: "short" as const, window: { from: T0, to: T0 + 10 * MINUTE }, complete: true, profiles, groups };
  const verdicts = scoreEvidence({ looks: [look], policy: defaultPolicy, neverBlock: [] });
  expect(verdicts.map(({ source, calls }) => [source, calls])).toEqual([
    ["203.0.113.8/32", 1000],
    ["203.0.113.9/32", 999],
  ]);
});

test("a server error is no failed sign-in, and Cognito's own refusal, which is a 400, is one", async () => {
  const STATUS = 8;
  const rows = logsOf(series(3, 1000, (index) => ({ ip: `203.0.113.${index + 1}` }))).cloudFront;
  const answered = rows.map((row, index) => row.with(STATUS, ["400", "500", "503"][index] ?? ""));
  const found = await profilesOf([{ kind: "cloudfront", path: folder.write("status.tsv", tsvFile(answered)) }]);
  const outcomes = found.map(({ source, failures, faults }) => [source, failures, faults]).sort();
  expect(outcomes).toEqual([
    ["203.0.113.1/32", 1, 0],
    ["203.0.113.2/32", 0, 1],
    ["203.0.113.3/32", 0, 1],
  ]);
});
