import {
  CloudTrailClient,
  GetTrailStatusCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from "@aws-sdk/client-cloudtrail";

import { trailStatus } from "../../functions/detect/aws/trail-status.ts";
import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import { createTrails, type Trails } from "../../local/trails.ts";
import { anAssembly } from "./assembly-builder.ts";
import { plainClock, sdkConfig } from "./builders.ts";

const ours = "arn:aws:cloudtrail:us-east-1:111122223333:trail/ours";
const theirs = "arn:aws:cloudtrail:eu-west-1:444455556666:trail/organization";
const assembly = anAssembly({
  resources: {
    Trail: {
      Type: "AWS::CloudTrail::Trail",
      Properties: { TrailName: "ours", S3BucketName: "trail", IsLogging: true },
    },
  },
});

let trails: Trails;
let server: AwsServer;
beforeEach(async () => {
  trails = createTrails({ assembly, clock: plainClock, existing: theirs });
  server = await startAwsServer({ clock: plainClock, services: { cloudtrail: trails.service } });
});
afterEach(() => server.stop());

const clientIn = (region: string) => new CloudTrailClient({ ...sdkConfig(server.url), region });
const statusOf = (arn: string) => trailStatus(arn, clientIn);

test.each([ours, theirs])("%s records, and may be stopped and started", async (arn) => {
  const region = arn.split(":")[3] ?? "";
  expect(await statusOf(arn)).toEqual({ isLogging: true, deliveryError: null });
  await clientIn(region).send(new StopLoggingCommand({ Name: arn }));
  expect(await statusOf(arn)).toEqual({ isLogging: false, deliveryError: null });
  expect(trails.mayDeliver(arn)).toBe(false);
  await clientIn(region).send(new StartLoggingCommand({ Name: arn }));
  expect(trails.mayDeliver(arn)).toBe(true);
});

test("what S3 says to a delivery is told until it takes one", async () => {
  trails.setDeliveryError(ours, "AccessDenied");
  expect(trails.mayDeliver(ours)).toBe(false);
  expect(await statusOf(ours)).toEqual({ isLogging: true, deliveryError: "AccessDenied" });
  trails.setDeliveryError(ours, null);
  expect(await statusOf(ours)).toEqual({ isLogging: true, deliveryError: null });
});

test("a trail that is not there is no error of ours, and other errors are", async () => {
  expect(await statusOf(`${ours}-gone`)).toBeNull();
  const unasked = () => new CloudTrailClient({ ...sdkConfig("http://127.0.0.1:9"), region: "us-east-1" });
  await expect(trailStatus(ours, unasked)).rejects.toThrow();
});

test("by its name a trail is found in its own Region only", async () => {
  const named = new GetTrailStatusCommand({ Name: "ours" });
  expect(await clientIn("us-east-1").send(named)).toMatchObject({ IsLogging: true });
  await expect(clientIn("eu-west-1").send(named)).rejects.toThrow("Unknown trail");
});
