import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeManagedPrefixListsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { UpdateIPSetCommand, WAFV2Client } from "@aws-sdk/client-wafv2";

import { AwsError, type AwsServer, jsonService, queryService, startAwsServer } from "../../local/aws-server.ts";
import { createOutages } from "../../local/outages.ts";
import { plainClock, sdkConfig } from "./builders.ts";

const faults: unknown[] = [];
let server: AwsServer;
const denied = new Set<string>();
const outages = createOutages();

beforeAll(async () => {
  server = await startAwsServer({
    clock: plainClock,
    checkOutage: outages.check,
    onFault: (error) => faults.push(error),
    authorize(accessKeyId, needs) {
      for (const { action, resource } of needs)
        if (denied.has(action)) throw new AwsError("AccessDeniedException", `${accessKeyId} ${action} ${resource}`);
    },
    services: {
      wafv2: jsonService({
        version: "1.1",
        operations: {
          UpdateIPSet: () => {
            throw new AwsError("WAFOptimisticLockException", "stale token");
          },
        },
        resources: () => ["arn:aws:wafv2:us-east-1:111122223333:global/ipset/a/b"],
      }),
      monitoring: jsonService({
        version: "1.0",
        operations: {
          PutMetricData: (input) => void puts.push(input),
        },
      }),
      sns: queryService({
        namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
        operations: { Publish: (input) => ({ MessageId: `to <${input.TopicArn}> & co` }) },
      }),
      ec2: queryService({
        namespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
        dialect: "ec2",
        operations: {
          DescribeManagedPrefixLists: (input) => {
            if (input["Filter.1.Name"] !== "prefix-list-name") throw new AwsError("InvalidParameterValue", "no filter");
            return { prefixListSet: { item: [{ prefixListId: "pl-1" }, { prefixListId: "pl-2" }] } };
          },
        },
      }),
      cloudformation: queryService({
        namespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/",
        operations: {
          DescribeStacks: () => {
            throw new AwsError("ValidationError", "Stack with id nope does not exist");
          },
        },
      }),
      s3: {
        call: () => {
          throw new AwsError("NoSuchBucket", "The specified bucket does not exist", { status: 404 });
        },
      },
      states: {
        call: () => {
          throw new TypeError("a fault of ours");
        },
      },
    },
  });
});
afterAll(() => server.stop());
const puts: unknown[] = [];
const updateIpSet = () =>
  new UpdateIPSetCommand({ Id: "b", Name: "a", Scope: "CLOUDFRONT", Addresses: [], LockToken: "t" });

test("a JSON service gets its input and its errors arrive under their names", async () => {
  const waf = new WAFV2Client(sdkConfig(server.url));
  await expect(waf.send(updateIpSet())).rejects.toMatchObject({
    name: "WAFOptimisticLockException",
    message: "stale token",
  });
});

test("CloudWatch's SDK speaks JSON, compressed when large", async () => {
  const client = new CloudWatchClient(sdkConfig(server.url));
  const MetricData = Array.from({ length: 900 }, (_, index) => ({ MetricName: `metric-${index}`, Value: 1 }));
  await client.send(new PutMetricDataCommand({ Namespace: "Portcullis", MetricData }));
  expect(puts).toEqual([expect.objectContaining({ Namespace: "Portcullis", MetricData })]);
});

test("an operation that a stand-in does not have is refused by name, never answered", async () => {
  const client = new CloudWatchClient(sdkConfig(server.url));
  await expect(client.send(new DescribeAlarmsCommand({}))).rejects.toMatchObject({ name: "UnknownOperationException" });
});

test("inherited names are no operations", async () => {
  const answer = await fetch(server.url, {
    method: "POST",
    headers: {
      authorization: "Credential=a/20261122/us-east-1/wafv2/aws4_request",
      "x-amz-target": "AWSWAF.constructor",
    },
    body: "{}",
  });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ __type: "UnknownOperationException" });
});

test("query services answer in XML that the SDKs read", async () => {
  const sns = new SNSClient(sdkConfig(server.url));
  const sent = await sns.send(new PublishCommand({ TopicArn: "arn:aws:sns:x", Message: "m" }));
  expect(sent.MessageId).toBe("to <arn:aws:sns:x> & co");
  const stacks = new CloudFormationClient(sdkConfig(server.url));
  await expect(stacks.send(new DescribeStacksCommand({ StackName: "nope" }))).rejects.toMatchObject({
    name: "ValidationError",
    message: "Stack with id nope does not exist",
  });
});

test("EC2's dialect is spoken, errors included", async () => {
  const ec2 = new EC2Client(sdkConfig(server.url));
  const filtered = new DescribeManagedPrefixListsCommand({ Filters: [{ Name: "prefix-list-name", Values: ["x"] }] });
  const found = await ec2.send(filtered);
  expect(found.PrefixLists?.map((list) => list.PrefixListId)).toEqual(["pl-1", "pl-2"]);
  await expect(ec2.send(new DescribeManagedPrefixListsCommand({}))).rejects.toMatchObject({
    name: "InvalidParameterValue",
  });
});

test("S3's errors arrive under their names", async () => {
  const s3 = new S3Client(sdkConfig(server.url));
  await expect(s3.send(new ListObjectsV2Command({ Bucket: "nope" }))).rejects.toMatchObject({ name: "NoSuchBucket" });
});

test("a fault of a stand-in is reported as such and does not end the server", async () => {
  const states = new SFNClient(sdkConfig(server.url));
  const start = new StartExecutionCommand({ stateMachineArn: "arn:aws:states:us-east-1:111122223333:stateMachine:a" });
  await expect(states.send(start)).rejects.toMatchObject({ name: "InternalFailure" });
  expect(faults).toEqual([new TypeError("a fault of ours")]);
});

test("a caller without the permission is refused before the service is asked", async () => {
  denied.add("wafv2:UpdateIPSet");
  const waf = new WAFV2Client(sdkConfig(server.url, "role.a"));
  await expect(waf.send(updateIpSet())).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: "role.a wafv2:UpdateIPSet arn:aws:wafv2:us-east-1:111122223333:global/ipset/a/b",
  });
});

test("during an outage some operations fail with the service's own error, and none afterwards", async () => {
  denied.clear();
  const waf = new WAFV2Client({ ...sdkConfig(server.url), maxAttempts: 1 });
  const send = () => waf.send(updateIpSet()).catch((error: Error) => error.name);
  const during = async (operations?: string[]) => {
    const end = outages.begin({
      service: "wafv2",
      ...(operations && { operations }),
      error: { code: "WAFInternalErrorException", status: 500 },
    });
    const answer = await send();
    end();
    return answer;
  };
  expect(await during(["UpdateIPSet"])).toBe("WAFInternalErrorException");
  expect(await during()).toBe("WAFInternalErrorException");
  expect(await send()).toBe("WAFOptimisticLockException");
  expect(await during(["GetIPSet"])).toBe("WAFOptimisticLockException");
});

test.each([
  {
    case: "a service without stand-in",
    authorization: "Credential=a/20261122/us-east-1/kinesis/aws4_request",
    name: "kinesis",
  },
  { case: "an unsigned request", authorization: "", name: "an unsigned request" },
])("$case is refused with its name", async ({ authorization, name }) => {
  const answer = await fetch(server.url, { method: "POST", headers: { authorization } });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    __type: "UnknownServiceException",
    message: expect.stringContaining(name),
  });
});

test("unsigned calls of Cognito's public operations find Cognito", async () => {
  server.add("cognito-idp", jsonService({ version: "1.1", operations: { InitiateAuth: () => ({ Session: "s" }) } }));
  const answer = await fetch(server.url, {
    method: "POST",
    headers: { "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth" },
    body: "{}",
  });
  expect(await answer.json()).toEqual({ Session: "s" });
});
