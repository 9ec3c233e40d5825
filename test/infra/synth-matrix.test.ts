/**
 * Random configs: whatever is valid synthesises, breaks no rule, and a deployment of it over any other leaves alone what
 * lives without it. `SYNTH_RUNS=100` looks longer.
 */
import fc from "fast-check";

import { deploymentSchema } from "../../functions/domain/deployment.ts";
import { aDeployment, synthesised } from "./builders.ts";
import { aConfig, changed, drawnFields } from "./deployment-arbitrary.ts";
import { brokenRules } from "./rules/index.ts";
import { type RawResource, readSynthesis, type Synthesis } from "./rules/synthesis.ts";

const RUNS = Number(process.env["SYNTH_RUNS"] ?? 4);

/** Whose content CloudFormation must never write, by logical id: any change of the resource would. */
function liveSets({ raw }: Synthesis): Map<string, string> {
  const isLive = ({ Type, Properties }: RawResource) =>
    Type === "AWS::WAFv2::RegexPatternSet" ||
    (Type === "AWS::WAFv2::IPSet" && !Properties.Name.includes("-config-allow"));
  return serialised(raw, isLive);
}

/** What cannot be made anew: by another id or name it would be replaced, and its content left behind. */
function stores({ raw }: Synthesis): Map<string, string> {
  const kept = ["AWS::DynamoDB::Table", "AWS::S3::Bucket"];
  const names = (resource: RawResource) => resource.Properties.TableName ?? resource.Properties.BucketName;
  return serialised(
    raw,
    ({ Type }) => kept.includes(Type),
    (resource) => `${names(resource)} ${resource.DeletionPolicy}`,
  );
}

/** AWS WAF forgets what a rate rule has counted if its settings change: in the middle of an attack, too. */
function rateRules({ raw }: Synthesis): Map<string, string> {
  const acls = Object.values(raw).flatMap((resources) => Object.values(resources));
  const rules = acls.filter(({ Type }) => Type === "AWS::WAFv2::WebACL").flatMap(({ Properties }) => Properties.Rules);
  const limits = rules.filter(({ Statement }) => Statement.RateBasedStatement);
  return new Map(limits.map(({ Name, Statement, Action }) => [Name, JSON.stringify([Statement, Action])]));
}

function serialised(
  raw: Synthesis["raw"],
  isMeant: (resource: RawResource) => boolean,
  text: (resource: RawResource) => string = (resource) => JSON.stringify(resource),
): Map<string, string> {
  const found = Object.entries(raw).flatMap(([stack, resources]) =>
    Object.entries(resources).map(([id, resource]) => [`${stack}/${id}`, resource] as const),
  );
  return new Map(found.filter(([, resource]) => isMeant(resource)).map(([id, resource]) => [id, text(resource)]));
}

function inBoth(before: Map<string, string>, after: Map<string, string>): [string | undefined, string][] {
  return [...after].filter(([id]) => before.has(id)).map(([id, text]) => [before.get(id), text]);
}

const anUpdate = aConfig.chain((before) => fc.tuple(fc.constant(before), changed(before)));

test("every valid config synthesises, breaks no rule, and leaves live sets and stores of any other alone", () => {
  let compared = 0;
  fc.assert(
    fc.property(anUpdate, ([first, second]) => {
      const [before, after] = [first, second].map((config) => readSynthesis(synthesised(aDeployment(config))));
      if (!before || !after) throw new Error("nothing was synthesised");
      expect([brokenRules(before), brokenRules(after)]).toEqual([{}, {}]);
      for (const part of [liveSets, stores])
        for (const [old, now] of inBoth(part(before), part(after))) {
          expect(now).toBe(old);
          compared += 1;
        }
      // People's four sets, ledger and buckets are in every deployment.
      expect([...liveSets(before).keys()].filter((id) => id.includes("deny"))).toHaveLength(2);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  expect(compared).toBeGreaterThan(RUNS * 10);
}, 900_000);

test("a deployment in the middle of an attack leaves rate rules alone, unless it is about them", () => {
  fc.assert(
    fc.property(anUpdate, ([first, second]) => {
      const { RateLimit = 1000, operationLimits = {} } = first;
      const update = { ...second, RateLimit, operationLimits };
      const [before, after] = [first, update].map((config) => readSynthesis(synthesised(aDeployment(config))));
      if (!before || !after) throw new Error("nothing was synthesised");
      expect(rateRules(before).size).toBe(1 + Object.keys(operationLimits).length);
      expect(rateRules(after)).toEqual(rateRules(before));
    }),
    { numRuns: Math.ceil(RUNS / 2), endOnFailure: true },
  );
}, 900_000);

test("no key of the config is left out of the random ones", () => {
  const all = Object.keys(deploymentSchema.shape).filter((key) => key !== "$schema");
  expect(drawnFields.sort()).toEqual(all.sort());
});
