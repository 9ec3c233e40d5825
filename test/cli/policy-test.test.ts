import { policyChanges, policyValues } from "../../cli/policy-values.ts";
import { defaultPolicy, policySchema } from "../../functions/domain/policy.ts";
import { logFolder, writeLogs } from "../detect/log-folder.ts";
import { errors, series } from "../detect/traffic.ts";
import { run } from "./run-command.ts";

const folder = logFolder();
afterAll(() => folder.remove());

const fails = (ip: string, count: number) =>
  series(count, 5_000, (index) => ({ ip, user: `${ip}-${index}`, error: errors.wrongPassword }));
/** One source fails on 20 users, another on 8. */
const { waf = [], cloudtrail = [] } = writeLogs(
  folder,
  [...fails("203.0.113.7", 20), ...fails("198.51.100.9", 8)],
  ["edge", "trail"],
);
const logs = ["--waf", ...waf, "--cloudtrail", ...cloudtrail];

function policyFile(name: string, document: object): string {
  return folder.write(name, JSON.stringify(document));
}
const stricter = policyFile("stricter.json", { detections: { "password-spray": { banAt: 6, watchAt: 3 } } });

async function tested(...args: string[]) {
  process.exitCode = undefined;
  const ended = await run("policy", "test", ...args, ...logs);
  process.exitCode = 0;
  return ended;
}

test("a stricter policy is told by what it would have done more, and to whom", async () => {
  const { code, out } = await tested(stricter);
  expect(code).toBe(0);
  expect(out).toContain(`With ${stricter} instead of the defaults there would have been 1 more ban (2 instead of 1), `);
  expect(out).toContain("0 more successful users hit (0 instead of 0)");
  expect(out).toMatch(/198\.51\.100\.9\/32\s+never\s/);
});

test("--against turns it round, and --json is one document with the same numbers", async () => {
  const lenient = policyFile("lenient.json", {});
  const { code, out } = await tested(lenient, "--against", stricter, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    before: { policy: stricter, totals: { bans: 2 } },
    after: { policy: lenient, totals: { bans: 1 } },
    difference: { bans: -1, bannedSources: -1, successfulUsersHit: 0 },
    sources: [
      { source: "198.51.100.9/32", before: [expect.objectContaining({ score: expect.any(Number) })], after: [] },
    ],
  });
});

test("a policy that is none is refused before a log is read", async () => {
  const { code, out, err } = await tested(policyFile("wrong.json", { detections: { spray: {} } }));
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain("detections.spray: no such detection");
});

test("every number of a policy is listed once, with its meaning, and no default is a change", () => {
  const values = policyValues(defaultPolicy);
  expect(new Set(values.map(({ path }) => path)).size).toBe(values.length);
  expect(values.filter(({ means, value, default: usual }) => means === "" || value !== usual)).toEqual([]);
  const stated = policySchema.parse({
    score: { ban: 70 },
    detections: { "password-spray": { banAt: 10, weight: 0.5 } },
  });
  expect(policyChanges(defaultPolicy, stated)).toEqual([
    expect.objectContaining({ path: "detections.password-spray.weight", from: 0.95, to: 0.5 }),
  ]);
});
