import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";

import { acknowledge } from "./acknowledge.ts";
import type { DeploymentProps } from "./stack-props.ts";

/**
 * Secrets are generated in AWS, so no template, log or shell ever holds one.
 *
 * `clients` starts without gates, which the function of that name makes at once, and without app client secrets, which
 * only somebody with access to the user pool can add (`portcullis secret fill`). Until then the edge refuses every
 * call that needs a hash (503) instead of passing it on without.
 */
export class Secrets extends Construct {
  /** Made here or imported: of either, all that is needed is its ARN. */
  readonly clients: Pick<Secret, "secretArn">;
  readonly approvalKey: Secret;

  constructor(scope: Construct, id: string, props: DeploymentProps) {
    super(scope, id);
    const { clientSecretArn } = props.deployment;
    this.clients = clientSecretArn
      ? Secret.fromSecretCompleteArn(this, "Clients", clientSecretArn)
      : this.buildClients(props);
    this.approvalKey = new Secret(this, "ApprovalKey", {
      secretName: props.names.approvalKey,
      description: "Signs the links to the approval page",
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    acknowledge(this.approvalKey, {
      "AwsSolutions-SMG4":
        "Links live for an hour at most; a new key would break the open ones without making them safer.",
    });
  }

  private buildClients({ deployment, names }: DeploymentProps): Secret {
    const clients = new Secret(this, "Clients", {
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
    acknowledge(clients, {
      "AwsSolutions-SMG4":
        "Gates rotate by a function of our own; rotating an app client secret takes a wait between its steps, which the runbook describes.",
    });
    return clients;
  }
}
