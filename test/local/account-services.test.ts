import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { DescribeManagedPrefixListsCommand, EC2Client, paginateGetManagedPrefixListEntries } from "@aws-sdk/client-ec2";
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { PublishCommand, type PublishCommandInput, SNSClient } from "@aws-sdk/client-sns";

import { cloudFrontRanges } from "../../functions/domain/cloudfront-ranges.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { createCloudFormation } from "../../local/cloudformation.ts";
import { createEc2 } from "../../local/ec2.ts";
import { createIam } from "../../local/iam.ts";
import { createSecretsManager, type SecretsManager } from "../../local/secrets-manager.ts";
import { createSns, type Sns } from "../../local/sns.ts";
import { createSts } from "../../local/sts.ts";
import { anAssembly } from "./assembly-builder.ts";
import { plainClock, sdkConfig } from "./builders.ts";

const TopicArn = "arn:aws:sns:us-east-1:111122223333:notices";
const assembly = anAssembly({
  template: {
    Resources: {
      Topic: { Type: "AWS::SNS::Topic", Properties: { TopicName: "notices" } },
      Role: { Type: "AWS::IAM::Role", Properties: { RoleName: "plan" } },
      Clients: {
        Type: "AWS::SecretsManager::Secret",
        Properties: {
          Name: "portcullis/clients",
          GenerateSecretString: {
            SecretStringTemplate: '{"gates":[]}',
            GenerateStringKey: "tagKey",
            PasswordLength: 43,
            ExcludePunctuation: true,
          },
          ReplicaRegions: [{ Region: "eu-west-1" }],
        },
      },
    },
    Outputs: { TopicArn: { Value: { Ref: "Topic" }, Description: "where notices go" } },
  },
});
const iam = createIam(assembly);
let server: AwsServer;
let sns: Sns;
let secrets: SecretsManager;

beforeAll(async () => {
  sns = createSns({ assembly, clock: plainClock });
  secrets = createSecretsManager({ assembly, clock: plainClock });
  server = await startAwsServer({
    clock: plainClock,
    authorize: iam.authorizeKey,
    services: {
      sns: sns.service,
      secretsmanager: secrets.service,
      ec2: createEc2(),
      cloudformation: createCloudFormation({ assembly, clock: plainClock }),
      sts: createSts({ account: "111122223333", iam }),
    },
  });
});
afterAll(() => server.stop());

describe("SNS", () => {
  const publish = (input: Partial<PublishCommandInput>) =>
    new SNSClient(sdkConfig(server.url)).send(new PublishCommand({ TopicArn, Message: "three sources", ...input }));

  test("keeps what was published", async () => {
    const { MessageId } = await publish({ Subject: "Portcullis: 3 bans", Message: "198.51.100.7 & others\n<b>" });
    expect(sns.messages.at(-1)).toMatchObject({
      id: MessageId,
      topicArn: TopicArn,
      subject: "Portcullis: 3 bans",
      message: "198.51.100.7 & others\n<b>",
    });
  });

  test.each([
    { case: "a subject with a line break", input: { Subject: "a\nb" }, name: "InvalidParameterException" },
    {
      case: "a subject of a hundred characters",
      input: { Subject: "x".repeat(100) },
      name: "InvalidParameterException",
    },
    { case: "a subject beyond ASCII", input: { Subject: "Grüße" }, name: "InvalidParameterException" },
    {
      case: "a message over 256 KB",
      input: { Message: "x".repeat(256 * 1024 + 1) },
      name: "InvalidParameterException",
    },
    {
      case: "forms that are no JSON",
      input: { MessageStructure: "json", Message: "text" },
      name: "InvalidParameterException",
    },
    {
      case: "forms without one for everybody else",
      input: { MessageStructure: "json", Message: '{"https":"{}"}' },
      name: "InvalidParameterException",
    },
    { case: "a topic that does not exist", input: { TopicArn: `${TopicArn}2` }, name: "NotFoundException" },
  ])("refuses $case", async ({ input, name }) => {
    await expect(publish(input)).rejects.toMatchObject({ name });
  });

  test("shows each kind of subscriber its form", async () => {
    await publish({ MessageStructure: "json", Message: JSON.stringify({ default: "text", https: "{}" }) });
    expect(sns.messages.at(-1)).toMatchObject({ message: "text", forms: { https: "{}" } });
    await publish({ MessageStructure: "json", Message: JSON.stringify({ default: "text", email: "mail" }) });
    expect(sns.messages.at(-1)).toMatchObject({ message: "mail" });
  });

  test("asks IAM for the topic", async () => {
    const client = new SNSClient(sdkConfig(server.url, iam.keyOf("arn:aws:iam::111122223333:role/plan")));
    await expect(client.send(new PublishCommand({ TopicArn, Message: "m" }))).rejects.toThrow(
      `sns:Publish on resource: ${TopicArn}`,
    );
  });
});

describe("Secrets Manager", () => {
  const client = (region = "us-east-1") => new SecretsManagerClient({ ...sdkConfig(server.url), region });
  const read = (SecretId: string, region?: string, VersionStage?: string) =>
    client(region).send(new GetSecretValueCommand({ SecretId, VersionStage }));

  test("makes a first value as the template says", async () => {
    const { SecretString = "" } = await read("portcullis/clients");
    expect(JSON.parse(SecretString)).toEqual({ gates: [], tagKey: expect.stringMatching(/^[A-Za-z0-9]{43}$/) });
  });

  test("a new version is current, the one before stays readable", async () => {
    const { SecretString: first } = await read("portcullis/clients");
    secrets.put("portcullis/clients", "second");
    await client().send(new PutSecretValueCommand({ SecretId: "portcullis/clients", SecretString: "third" }));
    expect((await read("portcullis/clients")).SecretString).toBe("third");
    expect((await read("portcullis/clients", undefined, "AWSPREVIOUS")).SecretString).toBe("second");
    expect(first).not.toBe("second");
  });

  test("the same version put twice is one; with another text it is refused", async () => {
    const put = (SecretString: string) => {
      const version = { SecretId: "portcullis/clients", SecretString, ClientRequestToken: "t".repeat(32) };
      return client().send(new PutSecretValueCommand(version));
    };
    await put("once");
    secrets.put("portcullis/clients", "later");
    await put("once");
    expect((await read("portcullis/clients")).SecretString).toBe("later");
    await expect(put("twice")).rejects.toThrow(expect.objectContaining({ name: "ResourceExistsException" }));
  });

  test("a secret is found by name, by its ARN with and without the six characters, and in its replica", async () => {
    const { ARN = "" } = await client().send(new DescribeSecretCommand({ SecretId: "portcullis/clients" }));
    expect(ARN).toMatch(/:secret:portcullis\/clients-[a-z0-9]{6}$/);
    expect((await read(ARN)).Name).toBe("portcullis/clients");
    expect((await read(ARN.slice(0, -7))).Name).toBe("portcullis/clients");
    expect((await read(ARN.replace("us-east-1", "eu-west-1"), "eu-west-1")).Name).toBe("portcullis/clients");
  });

  test("a secret that is not there, or not in this Region, is not found", async () => {
    await expect(read("other")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(read("portcullis/clients", "ap-south-1")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

test("CloudFront's prefix lists of both families are there, page by page", async () => {
  const client = new EC2Client(sdkConfig(server.url));
  const names = ["com.amazonaws.global.cloudfront.origin-facing", "com.amazonaws.global.ipv6.cloudfront.origin-facing"];
  const found = await client.send(
    new DescribeManagedPrefixListsCommand({ Filters: [{ Name: "prefix-list-name", Values: names }] }),
  );
  const entries: (string | undefined)[] = [];
  for (const { PrefixListId = "" } of found.PrefixLists ?? [])
    for await (const page of paginateGetManagedPrefixListEntries({ client, pageSize: 50 }, { PrefixListId }))
      entries.push(...(page.Entries ?? []).map((entry) => entry.Cidr));
  expect(new Set(entries)).toEqual(new Set(cloudFrontRanges.ranges));
});

test("outputs of a stack are found in its Region only", async () => {
  const describe = (region: string) =>
    new CloudFormationClient({ ...sdkConfig(server.url), region }).send(
      new DescribeStacksCommand({ StackName: "edge" }),
    );
  expect((await describe("us-east-1")).Stacks?.[0]?.Outputs).toEqual([
    { OutputKey: "TopicArn", OutputValue: TopicArn, Description: "where notices go" },
  ]);
  await expect(describe("eu-west-1")).rejects.toMatchObject({ name: "ValidationError" });
});

test.each([
  {
    case: "a role",
    key: iam.keyOf("arn:aws:iam::111122223333:role/plan"),
    arn: "arn:aws:sts::111122223333:assumed-role/plan/local",
  },
  { case: "the operator", key: "local", arn: "arn:aws:iam::111122223333:user/operator" },
])("STS tells $case who it is", async ({ key, arn }) => {
  const answer = await fetch(server.url, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${key}/20261122/us-east-1/sts/aws4_request, SignedHeaders=host`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "Action=GetCallerIdentity&Version=2011-06-15",
  });
  expect(await answer.text()).toContain(`<Arn>${arn}</Arn>`);
});
