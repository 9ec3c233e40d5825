/** What somebody changed in the account after the deployment: doctor tells it, under the policy that its page recommends. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CloudTrailClient, StopLoggingCommand } from "@aws-sdk/client-cloudtrail";
import { GetIPSetCommand, ListIPSetsCommand, UpdateIPSetCommand, WAFV2Client } from "@aws-sdk/client-wafv2";

import type { Finding } from "../../cli/doctor/check.ts";
import { examine } from "../../cli/doctor.ts";
import { synthesise } from "../../local/synth.ts";
import { sdkConfig } from "../local/builders.ts";
import { type AtADesk, doctorsPolicy, sitDown } from "./at-a-desk.ts";
import { aScenario, type Scenario, scenarioConfig } from "./builders.ts";

jest.setTimeout(180_000);

interface Template {
  readonly Resources: Record<string, { Type: string }>;
}

const folder = mkdtempSync(join(tmpdir(), "portcullis-changed-"));
let scenario: Scenario;
let desk: AtADesk;

beforeAll(async () => {
  cpSync(await synthesise(scenarioConfig), folder, { recursive: true });
  // As if by hand: the pool loses its web ACL, and an alarm is deleted.
  change("portcullis-pool", (resources) => {
    delete resources[idOf(resources, "AWS::WAFv2::WebACLAssociation")];
    delete resources[idOf(resources, "AWS::CloudWatch::Alarm", '"portcullis-UserCreation-90"')];
  });
  scenario = await aScenario({ assemblyFolder: folder, people: { doctor: doctorsPolicy } });
  desk = sitDown(scenario, scenarioConfig, "doctor");
});
afterAll(async () => {
  desk?.leave();
  await scenario?.stop();
  rmSync(folder, { recursive: true });
});

function change(stack: string, by: (resources: Template["Resources"]) => void): void {
  const file = join(folder, `${stack}.template.json`);
  const template: Template = JSON.parse(readFileSync(file, "utf8"));
  by(template.Resources);
  writeFileSync(file, JSON.stringify(template));
}

function idOf(resources: Template["Resources"], type: string, about = ""): string {
  const [id] =
    Object.entries(resources).find(([, each]) => each.Type === type && JSON.stringify(each).includes(about)) ?? [];
  if (id === undefined) throw new Error(`no ${type} is about ${about}`);
  return id;
}

async function stopTrail(): Promise<void> {
  const Name = scenario.names.trailArn ?? "";
  await new CloudTrailClient({ ...sdkConfig(scenario.awsEndpoint), region: "eu-west-1" }).send(
    new StopLoggingCommand({ Name }),
  );
}

/** An entry in a machine-owned set that is nobody's ban. */
async function addByHand(address: string): Promise<void> {
  const waf = new WAFV2Client({ ...sdkConfig(scenario.awsEndpoint), region: "us-east-1" });
  const { IPSets = [] } = await waf.send(new ListIPSetsCommand({ Scope: "CLOUDFRONT" }));
  const { Name, Id } = IPSets.find(({ Name }) => Name === "portcullis-auto-v4-1") ?? {};
  const { LockToken } = await waf.send(new GetIPSetCommand({ Scope: "CLOUDFRONT", Name, Id }));
  await waf.send(new UpdateIPSetCommand({ Scope: "CLOUDFRONT", Name, Id, LockToken, Addresses: [address] }));
}

test("holes that were opened after the deployment are found", async () => {
  const open = await desk.open();
  // At once: the next sweep would make a ban of the entry.
  const found = await scenario.clock.during(async () => {
    await Promise.all([stopTrail(), addByHand("198.51.100.99/32")]);
    return await examine(open);
  });

  const told = (state: Finding["state"]) =>
    found.filter((finding) => finding.state === state).map(({ check, what }) => `${check}: ${what}`);
  expect(told("unchecked")).toEqual([]);
  expect(told("problem")).toEqual([
    "pool-protection: the pool has no web ACL, though the config asks for one",
    expect.stringMatching(/^trail: the trail .* is stopped$/),
    "alarms: alarm portcullis-UserCreation-90 is not in eu-west-1",
    "alarm-metrics: no quota alarm's metric has ever had data",
  ]);
  expect(told("advice")).toContain("drift: edge 198.51.100.99/32 stands in a set without a ban");
});
