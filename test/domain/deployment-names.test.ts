import { type DeploymentInput, parseDeployment } from "../../functions/domain/deployment.ts";
import { callMetricNamesOf, clientSecretOf } from "../../functions/domain/names.ts";

const deployed = (further: Partial<DeploymentInput> = {}) =>
  parseDeployment(
    {
      account: "111122223333",
      userPool: { id: "eu-west-1_Ab12Cd34E", clientIds: ["1example23456789abcdefghij"] },
      ...further,
    },
    "config",
  );

test("the client secret is ours by name, or the one that the config brings", () => {
  const clientSecretArn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:their/clients-AbCdEf";

  expect(clientSecretOf(deployed())).toEqual({ region: "us-east-1", id: "portcullis/clients" });
  expect(clientSecretOf(deployed({ clientSecretArn }))).toEqual({ region: "us-east-1", id: clientSecretArn });
});

test.each([
  ["webAcl", "portcullis-pool"],
  ["ruleGroup", null],
  ["none", null],
] as const)("with poolProtection %s the pool's requests are counted under %s", (poolProtection, poolAcl) => {
  expect(callMetricNamesOf(deployed({ poolProtection })).poolAcl).toBe(poolAcl);
});
