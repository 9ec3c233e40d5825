import { Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";

import { allow, grantAll } from "../../infra/permissions.ts";
import { portcullisApp } from "../../infra/portcullis-app.ts";
import { aDeployment, aFolder, anAssembly, type Properties } from "./builders.ts";

const synth = (why?: string) => () => {
  const app = portcullisApp(aDeployment(), { outdir: aFolder(), context: { "aws:cdk:bundling-stacks": [] } });
  const stack = new Stack(app, "planted");
  const role = new Role(stack, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
  grantAll(role, [allow(["s3:GetObject"], ["arn:aws:s3:::anything/*"], why)]);
  return app.synth();
};

test("a wildcard without a written reason is refused at synth, and passes with one", () => {
  expect(synth()).toThrow(/AwsSolutions-IAM5/);
  expect(synth("Objects are named by time.")).not.toThrow();
});

test("no statement allows every action of a service, and only what AWS grants no otherwise stands on everything", () => {
  const statements: Properties[] = anAssembly({ gate: "count", logs: "fast" })
    .ofType("AWS::IAM::Policy")
    .flatMap(({ properties }: { properties: Properties }) => properties.PolicyDocument.Statement);
  const actions = statements.flatMap(({ Action }) => [Action].flat());
  expect(actions.filter((action: string) => action.includes("*"))).toEqual([]);
  const onEverything = statements.filter(({ Resource }) => [Resource].flat().includes("*"));
  const wide = [...new Set<string>(onEverything.flatMap(({ Action }) => [Action].flat()))].sort();
  // CDK's own, for the logs and traces of state machines: Step Functions takes no narrower ones.
  expect(wide.filter((action) => !/^(xray|logs):/.test(action))).toEqual([
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "ec2:DescribeManagedPrefixLists",
    "wafv2:ListIPSets",
    "wafv2:ListRegexPatternSets",
  ]);
});
