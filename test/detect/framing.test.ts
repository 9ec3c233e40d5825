/** Who wants somebody else banned, and writes that address wherever a caller can write. */
import type { LogFile } from "../../local/log-files.ts";
import { profilesOf } from "./deployed-profiles.ts";
import { logFolder } from "./log-folder.ts";
import { aCall, GATE, type JsonRecord, logsOf, series, trailFile } from "./traffic.ts";

const folder = logFolder();
afterAll(() => folder.remove());

const VICTIM = "198.51.100.77";
const CALLER = "203.0.113.66";

const trailLog = (records: readonly JsonRecord[]): LogFile => ({
  kind: "cloudtrail",
  path: folder.write(`trail-${Math.random()}.json`, trailFile(records)),
});

/** Thirty failed sign-ins straight to the pool, whose user agents say what `agentOf` gives. */
const directly = (agentOf: (index: number) => string) =>
  logsOf(series(30, 1_000, () => ({ ip: CALLER, path: "direct" }))).trail.map((record, index) => ({
    ...record,
    userAgent: agentOf(index),
  }));

test.each([
  { case: "a gate that was never valid", gate: "ForgedForgedForgedForg" },
  { case: "no gate", gate: "" },
  { case: "the hash of a gate", gate: "0".repeat(64) },
  { case: "a condition of SQL", gate: "' OR '1'='1" },
])("a token with $case is its caller's own, whatever address it names", async ({ gate }) => {
  const records = directly((index) => `portcullis/1 (${gate}; id-${index}; InitiateAuth; ${VICTIM}; -)`);
  const found = await profilesOf([trailLog(records)]);
  expect(found.map(({ source, calls, paths }) => [source, calls, paths])).toEqual([[`${CALLER}/32`, 30, ["direct"]]]);
});

test("a token of ours that is sent again and again is the one call that it was written for", async () => {
  const own = logsOf([aCall({ ip: VICTIM })]).trail[0]?.["userAgent"];
  expect(own).toContain(GATE);
  const found = await profilesOf([trailLog(directly(() => String(own)))]);
  expect(found.map(({ source, calls }) => [source, calls])).toEqual([[`${VICTIM}/32`, 1]]);
});
