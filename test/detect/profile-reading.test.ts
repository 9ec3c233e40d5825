/** Rows of the evidence query, of each scope: what becomes a profile, a group, a step, and what is only counted. */

import { fingerprintNotice, isCrowd, isQuiet } from "../../functions/detect/groups.ts";
import { countEstablished, readHistory } from "../../functions/detect/history.ts";
import { errorName } from "../../functions/detect/judge-run.ts";
import { readProfiles } from "../../functions/detect/profiles.ts";
import type { SourceVerdict } from "../../functions/domain/verdict.ts";
import { aProfile } from "./profile-builders.ts";
import { CARRIER } from "./traffic.ts";

const whole = (source_ip: string | null, over = {}) => ({ source_ip, whole: 1, calls: 10, ...over });
const part = (source_ip: string | null, over = {}) => ({
  ...{ source_ip, whole: 0, path: "proxied", operation: "InitiateAuth", calls: 10, ...over },
});

test("a source has the rows of its operations, told apart by path, and the users of the operation with most", () => {
  const rows = [
    whole("203.0.113.7", { counted_from: 5, untroubled_tags: 1, untroubled_subs: 3, nameless_successes: 2, tags: 99 }),
    part("203.0.113.7", { path: "direct", tags: 2, subs: 5, failing_tags: 4, failing_subs: 1 }),
    part("203.0.113.7", { operation: "SignUp", tags: 3, probed_tags: 2, nameless_probes: 4 }),
  ];
  const { profiles, groups, whole: all, timeline, remainder } = readProfiles(rows);
  expect(profiles).toHaveLength(1);
  expect(profiles[0]).toMatchObject({
    ...{ source: "203.0.113.7/32", paths: ["proxied", "direct"], distinctUsers: 5, countedFrom: 5 },
    ...{ untroubledUsers: 3, namelessSuccesses: 2 },
    operations: [
      { path: "direct", operation: "InitiateAuth", distinctUsers: 5, failingUsers: 4 },
      { path: "proxied", operation: "SignUp", distinctUsers: 3, probedUsers: 6 },
    ],
  });
  expect({ groups, all, timeline, remainder }).toEqual({
    ...{ groups: [], all: null, timeline: [], remainder: { sources: 0, calls: 0 } },
  });
});

test("a source whose total or whose operations the limit cut off is none", () => {
  expect(readProfiles([whole("203.0.113.7"), part("203.0.113.8")]).profiles).toEqual([]);
  expect(readProfiles([whole("203.0.113.7"), part("203.0.113.7", { operation: null })]).profiles).toEqual([]);
});

test("what the limit cut off is the window's total less what was read", () => {
  const all = { scope: "all", whole: 1, calls: 100, sources: 5, good_sources: 2, quiet_sources: 1, quiet_calls: 3 };
  const reading = readProfiles([
    all,
    whole("203.0.113.7"),
    part("203.0.113.7"),
    part("203.0.113.7", { path: "direct" }),
    part(null),
  ]);
  expect(reading.whole).toEqual({ calls: 100, sources: 5, goodSources: 2, quietSources: 1, quietCalls: 3 });
  expect(reading.remainder).toEqual({ sources: 4, calls: 70 });
  expect(readProfiles([{ ...all, sources: 0, calls: 5 }, part("203.0.113.7")]).remainder).toEqual({
    sources: 0,
    calls: 0,
  });
});

test("without a row there was no call; with rows and none for all, nobody knows how many", () => {
  expect(readProfiles([]).whole).toEqual({ calls: 0, sources: 0, goodSources: 0, quietSources: 0, quietCalls: 0 });
  expect(readProfiles([whole("203.0.113.7")]).whole).toBeNull();
});

test("calls of nobody are counted by why: no address, two addresses, the carrier's", () => {
  const rows = [
    part(null, { calls: 7, ip_mismatches: 3 }),
    part("-", { calls: 2 }),
    whole(CARRIER),
    part(CARRIER, { path: "direct", calls: 5 }),
  ];
  expect(readProfiles(rows)).toMatchObject({
    profiles: [],
    unattributed: { noAddress: 6, infrastructure: 5, ipMismatch: 3 },
  });
});

test("CloudFront's address is a caller's where a token vouched for it", () => {
  const { profiles, unattributed } = readProfiles([whole(CARRIER), part(CARRIER)]);
  expect(profiles).toHaveLength(1);
  expect(unattributed.infrastructure).toBe(0);
  const direct = readProfiles([whole("203.0.113.7"), part("203.0.113.7", { path: "direct" })]);
  expect(direct.profiles).toHaveLength(1);
});

test("ranges and fingerprints are groups, with the paths that their calls took and no operations", () => {
  const group = {
    whole: 1,
    calls: 10,
    tags: 2,
    subs: 4,
    sources: 9,
    good_sources: 1,
    quiet_sources: 8,
    quiet_calls: 20,
  };
  const range = { ...group, scope: "range", source_range: "203.0.113.0/24" };
  const { groups, profiles } = readProfiles([
    { ...range, direct_calls: 4 },
    { ...range, direct_calls: 0 },
    { ...range, direct_calls: 10 },
    { ...group, scope: "fingerprint", ja4: "t13d" },
    { ...range, source_range: "no range" },
    { ...group, scope: "fingerprint", ja4: null },
  ]);
  expect(profiles).toEqual([]);
  expect(groups.map(({ source, paths }) => [source, ...paths])).toEqual([
    ["203.0.113.0/24", "proxied", "direct"],
    ["203.0.113.0/24", "proxied"],
    ["203.0.113.0/24", "direct"],
    ["t13d", "proxied"],
  ]);
  expect(groups[0]).toMatchObject({
    ...{ scope: "range", operations: [], distinctUsers: 4, calls: 10 },
    crowd: { sources: 9, goodSources: 1, quietSources: 8, quietCalls: 20 },
  });
});

test("a step is what all made in a minute; throttled and blocked calls were refused", () => {
  const step = {
    scope: "step",
    step_at: 29_000_000,
    whole: 1,
    calls: 9,
    failures: 1,
    successes: 2,
    throttled: 3,
    blocked: 2,
  };
  expect(readProfiles([step, { ...step, step_at: null }, whole("203.0.113.7", { step_at: 1 })]).timeline).toEqual([
    { minute: 29_000_000, calls: 9, failures: 1, successes: 2, refused: 5 },
  ]);
});

test.each([
  { case: "nothing", tally: {}, quiet: false },
  { case: "one failure", tally: { failures: 1 }, quiet: true },
  { case: "one code sent", tally: { accepted: 1 }, quiet: true },
  { case: "a failure for a code", tally: { failures: 1, accepted: 1 }, quiet: true },
  { case: "9 failures and 29 codes", tally: { failures: 9, accepted: 29 }, quiet: true },
  { case: "10 failures", tally: { failures: 10 }, quiet: false },
  { case: "30 codes", tally: { accepted: 30 }, quiet: false },
  { case: "a success", tally: { failures: 1, successes: 1 }, quiet: false },
])("a source is too quiet for a ban of its own, $quiet: $case", ({ tally, quiet }) => {
  expect(isQuiet({ successes: 0, failures: 0, accepted: 0, ...tally })).toBe(quiet);
});

test("six sources that no ban answers are a crowd", () => {
  const group = aProfile({ crowd: { sources: 9, goodSources: 0, quietSources: 8, quietCalls: 30 } });
  expect([isCrowd(group, 2), isCrowd(group, 3)]).toEqual([true, false]);
});

test("a fingerprint's notice says everything that was found", () => {
  const reasons = [{ text: "one thing" }, { text: "another" }];
  expect(fingerprintNotice({ source: "t13d", reasons } as unknown as SourceVerdict)).toBe(
    "A person should look at the TLS fingerprint t13d: one thing; another",
  );
});

test.each([
  { case: "Athena's own name", error: { Error: "Athena.TooManyRequests" }, name: "Athena.TooManyRequests" },
  { case: "characters that no name has", error: { Error: "a b<c>" }, name: "a?b?c?" },
  { case: "no error at all", error: undefined, name: "no?result" },
  { case: "null", error: null, name: "no?result" },
  { case: "a text", error: "Error", name: "no?result" },
  { case: "something longer than a name", error: { Error: "x".repeat(90) }, name: "x".repeat(80) },
])("the name of what a query ended with: $case", ({ error, name }) => {
  expect(errorName({ error })).toBe(name);
});

describe("the history", () => {
  const all = (days: number, tags = 0, subs = 0) => ({ days, tags, subs });
  const of = (source_ip: string, tags: number) => ({ source_ip, days: 5, tags, subs: 0 });

  test("counts everybody once, by the larger of both ways to tell users apart, from two days on", () => {
    expect(countEstablished([all(2, 3, 5), of("192.0.2.5", 9)])).toBe(5);
    expect(countEstablished([all(1, 3, 5)])).toBeNull();
    expect(countEstablished([of("192.0.2.5", 9)])).toBeNull();
  });
  test("of rows as many as the limit says nothing of whom it does not name", () => {
    const rows = [all(7), of("192.0.2.5", 1)];
    expect(readHistory(rows, { limit: 3 })("203.0.113.7/32")).toBe(0);
    expect(readHistory(rows, { limit: 2 })("203.0.113.7/32")).toBeNull();
    expect(readHistory(rows, { isWhole: false })("203.0.113.7/32")).toBeNull();
  });
  test("a range has the users of its sources, and a single source those of no other", () => {
    const establishedOf = readHistory([all(7), of("192.0.2.5", 1), of("192.0.2.6", 2), of("2001:db8::/64", 4)], {
      isWhole: false,
    });
    expect(["192.0.2.4/30", "192.0.2.5/32", "192.0.2.7/32"].map(establishedOf)).toEqual([3, 1, null]);
    expect(["2001:db8::/48", "2001:db8::/64", "2001:db8:0:1::/64", "no range"].map(establishedOf)).toEqual([
      4,
      4,
      null,
      null,
    ]);
  });
  test("a row of another shape is named as such", () => {
    expect(() => countEstablished([{ source_ip: "192.0.2.5", days: -1 }])).toThrow(
      /history cannot be read[\s\S]*another shape/,
    );
  });
});
