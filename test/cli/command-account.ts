/** An account with what commands change, without the rest of the world: ledger, IP sets, evidence, and machines that nobody runs in. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ledgerSide } from "../../functions/block/aws/block-side.ts";
import { s3Evidence } from "../../functions/block/aws/evidence-store.ts";
import { type DeploymentInput, parseDeployment } from "../../functions/domain/deployment.ts";
import type { Instant } from "../../functions/domain/instant.ts";
import { EDGE_REGION, namesOf } from "../../functions/domain/names.ts";
import { startAwsServer } from "../../local/aws-server.ts";
import { AwsError, jsonService } from "../../local/aws-wire.ts";
import { createDynamoDb } from "../../local/dynamodb.ts";
import { createEc2 } from "../../local/ec2.ts";
import type { AwsService } from "../../local/ports.ts";
import { createS3 } from "../../local/s3.ts";
import { createWaf } from "../../local/waf.ts";
import { anAssembly, aResource } from "../local/hand-assembly.ts";
import { anIpSet } from "../local/waf-builders.ts";
import { run } from "./run-command.ts";

const config: DeploymentInput = {
  name: "portcullis",
  account: "111122223333",
  userPool: { id: "eu-west-1_Desk00001", clientIds: ["1desk23456789abcdefghijklm"] },
  autoShards: { edge: { v4: 1, v6: 1 } },
  poolProtection: "none",
  mode: "enforce",
};
const names = namesOf(parseDeployment(config, "the test's config"));

export interface CommandAccountOptions {
  /** AWS's time. */
  readonly now: () => Instant;
  /** What stands before each service. */
  readonly before?: (service: AwsService) => AwsService;
  /** Lines of people's deny list. */
  readonly denied?: readonly string[];
  /** False where somebody has deleted the machine-owned sets. */
  readonly hasAutoSets?: boolean;
}

export type CommandAccount = Awaited<ReturnType<typeof startCommandAccount>>;

/** Until it is stopped the whole process speaks to this account. */
export async function startCommandAccount(options: CommandAccountOptions) {
  const { now, before = (service) => service } = options;
  const folder = mkdtempSync(join(tmpdir(), "portcullis-commands-"));
  const environment = { ...process.env };
  const clock = { now, during: <T>(work: () => T) => work(), at: () => () => {} };
  const assembly = anAssembly([aLedger(), ...ipSets(options)]);
  const dynamoDb = await createDynamoDb({ assembly });
  const services = {
    dynamodb: dynamoDb.service,
    wafv2: createWaf({ clock, assembly, logs: { waf: () => {} }, metrics: { put: () => {} } }).service,
    ec2: createEc2(),
    s3: createS3({ folder, buckets: [names.evidenceBucket] }).service,
    states: emptyMachines(),
  };
  const server = await startAwsServer({
    clock,
    services: Object.fromEntries(Object.entries(services).map(([name, service]) => [name, before(service)])),
  });
  const keys = { AWS_ACCESS_KEY_ID: "ann", AWS_SECRET_ACCESS_KEY: "local" };
  Object.assign(process.env, { AWS_ENDPOINT_URL: server.url, ...keys });
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  return {
    portcullis: (...args: string[]) => run(...args, "--config", join(folder, "config.json")),
    /** With clients of their own, which know nothing of the clock yet. */
    open: () => ({
      ...ledgerSide(names.ledgerTable, EDGE_REGION),
      evidence: s3Evidence(names.evidenceBucket, { region: EDGE_REGION }),
    }),
    async stop() {
      await server.stop();
      await dynamoDb.stop();
      rmSync(folder, { recursive: true });
      process.env = environment;
    },
  };
}

function aLedger() {
  const keys = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: "HASH" },
    { AttributeName: range, KeyType: "RANGE" },
  ];
  const attributes = ["pk", "sk", "active", "expiresAt"];
  const active = { IndexName: "active", KeySchema: keys("active", "expiresAt"), Projection: { ProjectionType: "ALL" } };
  return aResource({
    ...{ type: "AWS::DynamoDB::Table", logicalId: "ledger", name: names.ledgerTable },
    properties: {
      TableName: names.ledgerTable,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
      KeySchema: keys("pk", "sk"),
      GlobalSecondaryIndexes: [active],
    },
  });
}

function ipSets({ denied = [], hasAutoSets = true }: CommandAccountOptions) {
  const { allow, deny } = names.ipSets.edge;
  const auto = hasAutoSets ? names.ipSets.edge.auto : { v4: [], v6: [] };
  return [
    ...[...allow.v4, ...auto.v4].map((name) => anIpSet(name, [])),
    ...deny.v4.map((name) => anIpSet(name, denied)),
    ...[...allow.v6, ...deny.v6, ...auto.v6].map((name) => anIpSet(name, [], { IPAddressVersion: "IPV6" })),
  ];
}

function emptyMachines(): AwsService {
  const none = (name: string) => () => {
    throw new AwsError(name, "there is none");
  };
  const operations = {
    DescribeExecution: none("ExecutionDoesNotExist"),
    SendTaskSuccess: none("TaskDoesNotExist"),
    StartExecution: () => ({ executionArn: "started", startDate: 0 }),
  };
  return jsonService({ version: "1.0", operations });
}
