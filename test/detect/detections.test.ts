import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";

import { analyze } from "../../cli/analyze.ts";
import { detectionsPage } from "../../cli/detections.ts";
import { severityOf, slowName, tuneDetections } from "../../functions/detect/detection.ts";
import { detections } from "../../functions/detect/detections/index.ts";
import { leastCalls } from "../../functions/detect/score.ts";
import type { AnalyzeReport } from "../../functions/domain/analysis.ts";
import { defaultPolicy, policySchema } from "../../functions/domain/policy.ts";
import { cases } from "./case-logs.ts";
import { anOperation, aProfile, aTally } from "./profile-builders.ts";

const folder = join(import.meta.dirname, "../../functions/detect/detections");
/** A fingerprint is no source: what was found about it is a warning. */
function noticesOf({ warnings }: AnalyzeReport, ja4: string): { detection: string }[] {
  const found = warnings.some((warning) => warning.includes(`TLS fingerprint ${ja4}`));
  return found ? [{ detection: "distributed-fingerprint" }] : [];
}

test.each(cases)("$id $name ($kind): $about", async ({ id, kind, path, source, expect: expected }) => {
  // Large ones are packed.
  const file = (name: string) =>
    [name, `${name}.gz`].map((each) => join(path, each)).filter((each) => existsSync(each));
  const { report } = await analyze({ waf: [...file("edge.log"), ...file("pool.log")], cloudtrail: file("trail.log") });
  const verdict = report.sources.find((candidate) => candidate.source === source);
  expect({
    fires: (verdict ? verdict.reasons : noticesOf(report, source)).some(({ detection }) => detection === id),
    verdict: verdict?.verdict ?? "ignore",
    handsOff: verdict?.handsOff ?? false,
  }).toEqual(expected);
  if (kind === "benign") expect(report.sources.filter((candidate) => candidate.verdict === "ban")).toEqual([]);
  expect(report.inputs.every(({ rejected, skipped }) => rejected + skipped === 0)).toBe(true);
});

test.each(detections)("$id has a case that fires, a near miss and a benign look-alike", ({ id }) => {
  const kinds = cases.filter((candidate) => candidate.id === id).map(({ kind }) => kind);
  expect(new Set(kinds)).toEqual(new Set(["fires", "near-miss", "benign"]));
});

test("every folder of a detection is in the list", () => {
  const folders = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
  expect(detections.map(({ id }) => id).sort()).toEqual(folders.sort());
});

test.each(detections)("$id says what it cannot see", ({ gaps, needs, mitre, weight }) => {
  expect(gaps.length).toBeGreaterThan(0);
  expect(needs.length).toBeGreaterThan(0);
  expect(mitre.id).toMatch(/^T\d{4}(\.\d{3})?$/);
  expect(weight).toBeGreaterThan(0);
});

test("docs/detections.md is what the detections say (npm run detections)", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/detections.md"), "utf8");
  expect(page).toBe(detectionsPage());
});

describe("policy", () => {
  test("overrides thresholds of either window and the weight", () => {
    const policy = policySchema.parse({
      detections: { "password-spray": { banAt: 4, slowBanAt: 8, weight: 0.5 } },
    });
    const tuned = tuneDetections(detections, policy).find(({ detection }) => detection.id === "password-spray");
    expect(tuned?.weight).toBe(0.5);
    expect(tuned?.limits.short["banAt"]).toBe(4);
    expect(tuned?.limits.slow["banAt"]).toBe(8);
  });

  test("tells what a text message costs, and the text says that it is an estimate", () => {
    const policy = policySchema.parse({ detections: { "code-pumping": { usdPerMessage: 0.12 } } });
    const operation = { operation: "ForgotPassword", calls: 40, accepted: 40 };
    const profile = aProfile({ operations: [anOperation(operation)] });
    const textOf = (of: typeof policy) => {
      const tuned = tuneDetections(detections, of).find(({ detection }) => detection.id === "code-pumping");
      return tuned?.detection.judge(profile, tuned.limits.short, { faultsAreOurs: false, answersAreIn: true })?.text;
    };
    expect(textOf(policy)).toContain("about $4.80 if all were text messages at an estimated $0.12 each");
    expect(textOf(defaultPolicy)).toContain("about $2.00 if all were text messages at an estimated $0.05 each");
  });

  test("names every override that tunes nothing", () => {
    const policy = policySchema.parse({
      detections: { "password-sprey": {}, "call-rate": { banat: 4, weight: 2 } },
    });
    expect(() => tuneDetections(detections, policy)).toThrow(/password-sprey[\s\S]*banat|banat[\s\S]*password-sprey/);
    expect(() => tuneDetections(detections, policy)).toThrow(/call-rate\.weight/);
  });

  test("names of slow thresholds do not collide with others", () => {
    for (const { thresholds } of detections) {
      const names = Object.keys(thresholds);
      expect(new Set([...names, ...names.map(slowName)]).size).toBe(2 * names.length);
    }
  });
});

describe("severity", () => {
  test("never falls as an attack grows", () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.nat(10_000),
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 1, max: 99 }),
        (a, b, watch, more) => {
          const [less, most] = [Math.min(a, b), Math.max(a, b)];
          const at = (value: number) => severityOf(value, watch, watch + more);
          expect(at(most)).toBeGreaterThanOrEqual(at(less));
          expect(at(most)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test("a policy may put the ban below the watch", () => {
    expect(severityOf(5, 10, 5)).toBeGreaterThanOrEqual(0.85);
  });
});

test("a source with fewer calls than leastCalls gives nothing", () => {
  for (const size of ["short", "slow"] as const) {
    const calls = leastCalls(defaultPolicy, size) - 1;
    const operation = {
      ...aTally({ calls, failures: calls, unknown: calls, secretFailures: calls, peakPerMinute: calls }),
      distinctUsers: calls,
      failingUsers: calls,
      topUserFailures: 1,
      topUserGuesses: calls,
      codeMismatches: calls,
      guessMinutes: calls,
      peakGuesses: calls,
      probedUsers: calls,
    };
    for (const path of ["proxied", "direct"] as const)
      for (const name of ["InitiateAuth", "SignUp"]) {
        const profile = aProfile({
          ...aTally({ calls, failures: calls }),
          operations: [{ ...operation, path, operation: name }],
        });
        for (const { detection, limits } of tuneDetections(detections, defaultPolicy))
          expect(detection.judge(profile, limits[size], { faultsAreOurs: false, answersAreIn: true })).toBeNull();
      }
  }
});
