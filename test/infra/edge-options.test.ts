import { edgeHeaders } from "../../functions/domain/edge-config.ts";
import { configReader } from "../../functions/edge/config.ts";
import { readAssembly } from "../../local/template.ts";
import { aRequest } from "../edge/builders.ts";
import {
  actionsOf,
  aDeployment,
  anAssembly,
  named,
  only,
  type Properties,
  resourcesOf,
  synthesised,
} from "./builders.ts";

const CLIENTS = ["1example23456789abcdefghij", "2example23456789abcdefghij"];
const CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012";
const everything = aDeployment({
  userPool: { id: "eu-west-1_Ab12Cd34E", clientIds: CLIENTS },
  AdvancedSecurityEnabled: true,
  refreshStrategy: "plain-secret",
  allowedOrigins: ["https://app.example", "capacitor://localhost"],
  nativeClients: ["2example23456789abcdefghij"],
  secretReplicaRegions: ["eu-west-1", "ap-southeast-2"],
  alternateDomain: { names: ["auth.example.com"], certificateArn: CERTIFICATE },
});

// With CDK's own checks and cdk-nag, as `npm run check:synth` does with the config of the example.
const assembly = readAssembly(synthesised(everything, { checked: true }));
const edge = named(assembly, "AWS::Lambda::Function", "portcullis-edge");
const clientsSecret = named(assembly, "AWS::SecretsManager::Secret", "portcullis/clients");
const suffix = clientsSecret.arn.split(":").at(-1);

function headersOf({ properties }: { properties: Properties }): Record<string, string> {
  const [origin] = properties.DistributionConfig.Origins;
  return Object.fromEntries(
    origin.OriginCustomHeaders.map(({ HeaderName, HeaderValue }: Properties) => [HeaderName, HeaderValue]),
  );
}

test("every option on: each is told in its header, and the edge understands them", () => {
  const headers = headersOf(only(assembly, "AWS::CloudFront::Distribution"));
  expect(Object.keys(headers).sort()).toEqual(
    Object.values(edgeHeaders)
      .filter((name) => name !== edgeHeaders.clientAddress && name !== edgeHeaders.finishPool)
      .sort(),
  );
  expect(configReader("ap-southeast-1")(aRequest({ config: headers }))).toMatchObject({
    clientIds: CLIENTS,
    adminPool: "eu-west-1_Ab12Cd34E",
    clientAddress: "none",
    refreshStrategy: "plain-secret",
    allowedOrigins: ["https://app.example", "capacitor://localhost"],
    nativeClients: ["2example23456789abcdefghij"],
    secretCopies: ["ap-southeast-2", "us-east-1", "eu-west-1"].map(copyIn),
  });
});

test("names of one's own come with their certificate and with TLS 1.2 at least", () => {
  const { DistributionConfig } = only(assembly, "AWS::CloudFront::Distribution").properties;
  expect(DistributionConfig).toMatchObject({
    Aliases: ["auth.example.com"],
    ViewerCertificate: {
      AcmCertificateArn: CERTIFICATE,
      MinimumProtocolVersion: "TLSv1.2_2021",
      SslSupportMethod: "sni-only",
    },
  });
});

function copyIn(region: string): string {
  return `arn:aws:secretsmanager:${region}:111122223333:secret:${suffix}`;
}

test("the viewer's address without Admin operations is a header of its own", () => {
  const distribution = only(anAssembly({ clientAddress: "userContext" }), "AWS::CloudFront::Distribution");
  expect(headersOf(distribution)).toEqual({
    "x-portcullis-secret": expect.any(String),
    "x-portcullis-clients": CLIENTS[0],
    "x-portcullis-client-address": "userContext",
  });
});

test("the client secrets are copied, the key of the approval page is not", () => {
  expect(clientsSecret.properties).toMatchObject({
    ReplicaRegions: [{ Region: "eu-west-1" }, { Region: "ap-southeast-2" }],
  });
  const approvalKey = named(assembly, "AWS::SecretsManager::Secret", "portcullis/approval-key");
  expect(approvalKey.properties).not.toHaveProperty("ReplicaRegions");
});

describe("the edge function may", () => {
  const { Role } = edge.properties as Properties;

  test("read the copies of the client secrets, each by its whole ARN", () => {
    expect(resourcesOf(assembly, Role, "secretsmanager:GetSecretValue")).toEqual(
      ["ap-southeast-2", "eu-west-1", "us-east-1"].map(copyIn),
    );
  });

  test("sign users in by the two Admin operations, in the one pool", () => {
    const admin = ["cognito-idp:AdminInitiateAuth", "cognito-idp:AdminRespondToAuthChallenge"];
    expect(actionsOf(assembly, Role).filter((action) => action.startsWith("cognito-idp:"))).toEqual(admin);
    for (const action of admin)
      expect(resourcesOf(assembly, Role, action)).toEqual([
        "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_Ab12Cd34E",
      ]);
  });

  test("do neither if it does not have to", () => {
    const plain = anAssembly();
    const { Role } = named(plain, "AWS::Lambda::Function", "portcullis-edge").properties as Properties;
    expect(actionsOf(plain, Role).join()).not.toContain("cognito-idp");
    expect(resourcesOf(plain, Role, "secretsmanager:GetSecretValue")).toHaveLength(1);
  });
});

test("a secret that exists already is read and written in place of one that would be made", () => {
  const clientSecretArn = `arn:aws:secretsmanager:us-east-1:111122223333:secret:shared/cognito-Ab12Cd`;
  const imported = anAssembly({ clientSecretArn, secretReplicaRegions: ["eu-west-1"] });
  expect(imported.ofType("AWS::SecretsManager::Secret").map(({ name }) => name)).toEqual(["portcullis/approval-key"]);
  const readable = (id: string) => {
    const { Role } = named(imported, "AWS::Lambda::Function", `portcullis-${id}`).properties as Properties;
    return resourcesOf(imported, Role, "secretsmanager:GetSecretValue");
  };
  expect(readable("gates")).toEqual([clientSecretArn]);
  expect(readable("edge").sort()).toEqual([clientSecretArn.replace("us-east-1", "eu-west-1"), clientSecretArn]);
  const headers = headersOf(only(imported, "AWS::CloudFront::Distribution"));
  expect(headers["x-portcullis-secret"]).toBe(clientSecretArn);
});
