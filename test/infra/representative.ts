/** Six configs as people deploy them: the smallest, and what others change in it. */
import type { Deployment, DeploymentInput } from "../../functions/domain/deployment.ts";
import { aDeployment } from "./builders.ts";

const clientIds = ["1example23456789abcdefghij"];
const smallest: Partial<DeploymentInput> = { userPool: { id: "eu-west-1_Ab12Cd34E", clientIds }, egress: [] };

export const theSmallest: Deployment = aDeployment(smallest);

const changes: readonly { readonly case: string; readonly config: Partial<DeploymentInput> }[] = [
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
];

export const theOthers = changes.map(({ config, ...rest }) => ({
  ...rest,
  deployment: aDeployment({ ...smallest, ...config }),
}));
