import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Stack } from "aws-cdk-lib";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { CfnWebACL } from "aws-cdk-lib/aws-wafv2";
import { buildSync } from "esbuild";

import { bundling } from "../../infra/bundling.ts";
import { portcullisApp } from "../../infra/portcullis-app.ts";
import { inOrder, visibility } from "../../infra/waf-rules.ts";
import { aDeployment, aFolder, type Properties, synthesised } from "./builders.ts";

const folder = synthesised(aDeployment(), { checked: true });
const stacks = ["portcullis-edge", "portcullis-pool"] as const;
const textOf = (stack: string) => readFileSync(join(folder, `${stack}.template.json`), "utf8");
const resources: Properties[] = stacks.flatMap((stack) => Object.values(JSON.parse(textOf(stack)).Resources));
const byType = (type: string) => resources.filter(({ Type }) => Type === type);

test.each(stacks)("%s holds these resources, under ids whose change would replace them", (stack) => {
  const entries = Object.entries<Properties>(JSON.parse(textOf(stack)).Resources);
  const lines = entries.map(([id, { Type }]) => `${Type} ${withoutHash(id)}`);
  expect(lines.sort().join("\n")).toMatchSnapshot();
});

test("secrets are made in AWS: no template holds one", () => {
  for (const { Properties } of byType("AWS::SecretsManager::Secret")) {
    expect(Properties).not.toHaveProperty("SecretString");
    expect(Properties.GenerateSecretString).toMatchObject({ ExcludePunctuation: true });
  }
  const [clients] = byType("AWS::SecretsManager::Secret");
  expect(JSON.parse(clients.Properties.GenerateSecretString.SecretStringTemplate)).toEqual({ gates: [], clients: {} });
});

test("stacks share names, not exports: either can go without the other", () => {
  for (const stack of stacks) expect(textOf(stack)).not.toMatch(/Fn::ImportValue|"Export"/);
});

test("the address that clients need is an output", () => {
  expect(JSON.parse(textOf("portcullis-edge")).Outputs.DistributionDomainName.Value).toEqual({
    "Fn::GetAtt": [expect.stringContaining("Distribution"), "DomainName"],
  });
});

test.each([
  { case: "the ledger", type: "AWS::DynamoDB::Table", policies: ["Retain"] },
  { case: "logs and evidence", type: "AWS::S3::Bucket", policies: ["Retain"] },
  {
    case: "IP sets that people write, not the ones that the ledger refills",
    type: "AWS::WAFv2::IPSet",
    policies: ["Delete", "Retain"],
  },
])("what outlives its stack: $case", ({ type, policies }) => {
  expect([...new Set(byType(type).map(({ DeletionPolicy }) => DeletionPolicy))].sort()).toEqual(policies);
  for (const { Properties, DeletionPolicy } of byType("AWS::WAFv2::IPSet"))
    expect(`${Properties.Name} ${DeletionPolicy}`).toMatch(/-(allow|deny)-v\d Retain$|-auto-v\d-\d+ Delete$/);
});

test("the table and the schedule start only once what they lean on is there", () => {
  const edge = JSON.parse(textOf("portcullis-edge")).Resources;
  const dependsOn = (type: string) =>
    Object.values<Properties>(edge)
      .filter(({ Type }) => Type === type)
      .flatMap(({ DependsOn }) => DependsOn ?? []);
  const types = (ids: string[]) => [...new Set(ids.map((id) => edge[id].Type))].sort();
  expect(types(dependsOn("AWS::Glue::Table"))).toEqual(["AWS::Glue::Database"]);
  expect(types(dependsOn("AWS::Logs::DeliveryDestination"))).toEqual([
    "AWS::Logs::DeliverySource",
    "AWS::S3::BucketPolicy",
  ]);
  expect(types(dependsOn("AWS::WAFv2::LoggingConfiguration"))).toEqual(["AWS::S3::BucketPolicy"]);
});

describe("synthesis refuses", () => {
  const plantedIn = (plant: (stack: Stack) => unknown) => {
    const app = portcullisApp(aDeployment(), {
      outdir: aFolder(),
      context: { "aws:cdk:bundling-stacks": [] },
    });
    plant(new Stack(app, "planted"));
    return () => app.synth();
  };

  test("what cdk-nag finds and nobody has given a reason for", () => {
    const planted = plantedIn((stack) => new Bucket(stack, "Open"));
    expect(planted).toThrow(/AwsSolutions-S10/);
  });

  test("what CloudFormation would refuse only at deployment", () => {
    const lowerCase = { fieldToMatch: { singleHeader: { name: "x-amz-target" } }, searchString: "x" };
    const statement = {
      byteMatchStatement: { ...lowerCase, positionalConstraint: "EXACTLY", textTransformations: [] },
    };
    const planted = plantedIn(
      (stack) =>
        new CfnWebACL(stack, "Acl", {
          scope: "REGIONAL",
          defaultAction: { allow: {} },
          visibilityConfig: visibility("planted"),
          rules: inOrder([{ name: "planted", action: { allow: {} }, statement }]),
        }),
    );
    expect(planted).toThrow(/SingleHeader: 'Name' is a required property/);
  });
});

test("minified handlers keep the names of their errors: state machines retry by name", () => {
  const outfile = join(aFolder(), "bundle.cjs");
  const { minify, keepNames, target } = bundling().bundling ?? {};
  buildSync({
    entryPoints: [join(import.meta.dirname, "../../functions/domain/errors.ts")],
    outfile,
    bundle: true,
    format: "cjs",
    platform: "node",
    minify: minify ?? false,
    keepNames: keepNames ?? false,
    target: target ?? "",
  });
  const { RetryableError } = require(outfile);
  expect(new RetryableError("later").name).toBe("RetryableError");
});

/** Ids of versions change with every edit of a handler. */
function withoutHash(id: string): string {
  return id.replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}$/, "$1");
}
