import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";

import { acknowledge } from "./acknowledge.ts";
import type { DeploymentProps } from "./stack-props.ts";

/**
 * Both secrets are generated in AWS, so no template, log or shell ever holds one.
 *
 * `clients` starts without app client secrets and gates, which only a person with access to the user pool can add.
 * Until then the edge refuses every call that needs a hash (503) instead of passing it on without.
 */
export class Secrets extends Construct {
  readonly clients: Secret;
  readonly approvalKey: Secret;

  constructor(scope: Construct, id: string, { deployment, names }: DeploymentProps) {
    super(scope, id);
    this.clients = new Secret(this, "Clients", {
      secretName: names.clientSecret,
      description: "App client secrets, gates and the key of user tags (functions/domain/edge-config.ts)",
      // Secrets Manager writes to the copies by itself; they can only be read.
      replicaRegions: deployment.secretReplicaRegions.map((region) => ({ region })),
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ gates: [], clients: {} }),
        generateStringKey: "tagKey",
        passwordLength: 43,
        excludePunctuation: true,
      },
    });
    this.approvalKey = new Secret(this, "ApprovalKey", {
      secretName: names.approvalKey,
      description: "Signs the links to the approval page",
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    acknowledge(this.clients, {
      "AwsSolutions-SMG4": "Rotating an app client secret takes a wait between its steps; the runbook describes it.",
    });
    acknowledge(this.approvalKey, {
      "AwsSolutions-SMG4":
        "Links live for an hour at most; a new key would break the open ones without making them safer.",
    });
  }
}
