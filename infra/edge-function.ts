import { Duration, Fn, RemovalPolicy, Stack } from "aws-cdk-lib";
import { CompositePrincipal, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, LoggingFormat, Runtime, SystemLogLevel, type Version } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { Construct } from "constructs";

import { functionEntries } from "../functions/domain/environment.ts";
import { acknowledge } from "./acknowledge.ts";
import { bundling, nameEntry } from "./bundling.ts";
import { allow, grantAll } from "./permissions.ts";
import { projectFile } from "./project.ts";
import type { Secrets } from "./secrets.ts";
import type { DeploymentProps } from "./stack-props.ts";

interface EdgeFunctionProps extends DeploymentProps {
  readonly secret: Secrets["clients"];
}

/**
 * The Lambda@Edge function: x86_64, no environment, no tracing, no dead letters, 30 seconds at most. CDK lets most
 * violations of that pass, CloudFront does not. Its configuration comes in the origin's custom headers.
 *
 * Function and versions stay when the stack is deleted: CloudFront removes its replicas hours later, and until then
 * a deletion fails. Delete them by hand the next day.
 */
export class EdgeFunction extends Construct {
  readonly version: Version;

  constructor(scope: Construct, id: string, props: EdgeFunctionProps) {
    super(scope, id);
    const handler = new NodejsFunction(this, "Function", {
      functionName: props.names.functionName("edge"),
      description: "Adds the secret hash to calls of the user pool's public API (origin request)",
      entry: projectFile(functionEntries.edge),
      handler: "handler",
      runtime: Runtime.NODEJS_22_X,
      architecture: Architecture.X86_64,
      // All that CloudFront allows, for its own page about a function that ran out of time makes every SDK crash. The
      // slowest answer is made after 24 seconds: the secret from two copies (4) and two calls of Cognito (10 each).
      timeout: Duration.seconds(30),
      memorySize: 256,
      // Lambda's own lines, three for each request, would make every flood a bill; levels need the JSON format.
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      awsSdkConnectionReuse: false,
      role: this.buildRole(props),
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      ...bundling(),
    });
    handler.applyRemovalPolicy(RemovalPolicy.RETAIN);
    nameEntry(handler, functionEntries.edge);
    this.version = handler.currentVersion;
    acknowledge(handler, { "AwsSolutions-L1": "Node.js 22 is what the bundle is built for and tested on." });
  }

  private buildRole({ deployment, names, secret }: EdgeFunctionProps): Role {
    const { account } = Stack.of(this);
    const role = new Role(this, "Role", {
      assumedBy: new CompositePrincipal(
        new ServicePrincipal("lambda.amazonaws.com"),
        new ServicePrincipal("edgelambda.amazonaws.com"),
      ),
      description: "Execution role of the edge function",
    });
    grantAll(role, [
      allow(["secretsmanager:GetSecretValue"], copiesOf(secret.secretArn, account, deployment.secretReplicaRegions)),
      allow(
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        [`arn:aws:logs:*:${account}:log-group:/aws/lambda/us-east-1.${names.functionName("edge")}:*`],
        "Lambda@Edge makes its log group in whichever Region it runs: Region and stream are open, the name is not.",
      ),
    ]);
    if (deployment.AdvancedSecurityEnabled || deployment.finishSignIns)
      grantAll(role, [
        allow(["cognito-idp:AdminInitiateAuth", "cognito-idp:AdminRespondToAuthChallenge"], [names.poolArn]),
      ]);
    return role;
  }
}

/** A replica has the ARN of its original, in another Region; the six characters at its end are the same. */
function copiesOf(arn: string, account: string, regions: readonly string[]): string[] {
  const name = Fn.select(6, Fn.split(":", arn));
  return [arn, ...regions.map((region) => `arn:aws:secretsmanager:${region}:${account}:secret:${name}`)];
}
