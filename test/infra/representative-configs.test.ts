/** Six configs as people deploy them: the smallest one counted, the others by what they change in it. */
import type { DeploymentInput } from "../../functions/domain/deployment.ts";
import { aDeployment, synthesised } from "./builders.ts";
import { brokenRules } from "./rules/index.ts";
import { readSynthesis } from "./rules/synthesis.ts";
import { census, differences } from "./template-outline.ts";

const clientIds = ["1example23456789abcdefghij"];
const smallest: Partial<DeploymentInput> = { userPool: { id: "eu-west-1_Ab12Cd34E", clientIds }, egress: [] };
const synthesise = (config: Partial<DeploymentInput>) =>
  readSynthesis(synthesised(aDeployment({ ...smallest, ...config })));
const base = synthesise({});

test("the smallest config", () => {
  expect(census(base)).toMatchSnapshot();
});

test.each<{ case: string; config: Partial<DeploymentInput> }>([
  { case: "a pool in us-east-1", config: { userPool: { id: "us-east-1_Ab12Cd34E", clientIds } } },
  { case: "a pool that is left alone", config: { poolProtection: "none" } },
  { case: "a pool with a web ACL of its own, and a gate", config: { poolProtection: "ruleGroup", gate: "count" } },
  {
    case: "lists, limits and managed groups on the web ACLs",
    config: {
      allowList: ["192.0.2.0/24"],
      RateLimit: 500,
      operationLimits: { codes: { operations: ["SignUp", "ForgotPassword"], limit: 50 } },
      managedRuleGroups: {
        edge: [{ name: "AWSManagedRulesAmazonIpReputationList", action: "block" }],
        pool: [{ name: "AWSManagedRulesKnownBadInputsRuleSet" }],
      },
      gate: "block",
    },
  },
  {
    case: "all that the edge can do, with a name of its own",
    config: {
      AdvancedSecurityEnabled: true,
      refreshStrategy: "plain-secret",
      allowedOrigins: ["https://app.example.com"],
      nativeClients: [],
      secretReplicaRegions: ["eu-west-1"],
      alternateDomain: {
        names: ["auth.example.com"],
        certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012",
      },
    },
  },
])("$case", ({ config }) => {
  const other = synthesise(config);
  expect(brokenRules(other)).toEqual({});
  expect(differences(base, other)).toMatchSnapshot();
});
