/** One account behind the wire: the local world's own stand-ins, made anew for each case, and the real handlers. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import dynalite from "dynalite";
import { ledgerSide } from "../../../functions/block/aws/block-side.ts";
import { ledgerTable } from "../../../functions/block/aws/dynamodb-items.ts";
import type { DecisionRecord } from "../../../functions/domain/decision.ts";
import type { IpSets } from "../../../functions/domain/environment.ts";
import { toIso } from "../../../functions/domain/instant.ts";
import { startAwsServer } from "../../../local/aws-server.ts";
import { createEc2 } from "../../../local/ec2.ts";
import { listen } from "../../../local/http.ts";
import { createS3, type ObjectStore } from "../../../local/s3.ts";
import { createSecretsManager } from "../../../local/secrets-manager.ts";
import { createSns, type Sns } from "../../../local/sns.ts";
import { createWaf } from "../../../local/waf.ts";
import { createLedgerTable } from "../../contracts/ledger-table.ts";
import { ACCOUNT, anAssembly, aResource } from "../../local/hand-assembly.ts";
import { anIpSet, aWebAcl } from "../../local/waf-builders.ts";
import { drive, fakeClock, fakeTime, rest } from "./virtual-time.ts";
import { startWire } from "./wire.ts";

const TABLE = "ledger";
const BUCKET = "evidence";
const TOPIC_ARN = `arn:aws:sns:us-east-1:${ACCOUNT}:notices`;
export const MACHINE_ARN = `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:approve`;

export const sets: IpSets = {
  edge: {
    region: "us-east-1",
    allow: { v4: ["allow-v4"], v6: [] },
    deny: { v4: ["deny-v4"], v6: [] },
    auto: { v4: ["auto-v4-1"], v6: ["auto-v6-1"] },
  },
  pool: null,
};

/** What people wrote into their own sets; no case may change it. */
export const humanSets = { "allow-v4": ["198.51.100.64/28"], "deny-v4": ["203.0.113.99/32"] } as const;

/** As the templates would set it; POLICY without jitter, so that two runs of a case give the same instants. */
const environment = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "handler",
  AWS_SECRET_ACCESS_KEY: "handler",
  LEDGER_TABLE: TABLE,
  EVIDENCE_BUCKET: BUCKET,
  TOPIC_ARN,
  IP_SETS: JSON.stringify(sets),
  POLICY: JSON.stringify({ ban: { jitter: 0 } }),
  EGRESS: "[]",
  INITIAL_MODE: "enforce",
  APPROVE_MACHINE_ARN: MACHINE_ARN,
  APPROVAL_URL: "https://approval.example.org/",
  APPROVAL_KEY_ARN: "approval-key",
  APPROVAL_MINUTES: "60",
  ON_TIMEOUT: "discard",
  RUNBOOK_URL: "https://runbook.example.org/",
};

type Handler = (event: unknown) => Promise<unknown>;
export type HandlerName = "plan" | "apply" | "sweep" | "ask" | "approval" | "notify";

export interface RunEnd {
  readonly result?: unknown;
  /** What the state machine would see: `Sandbox.Timedout` where the process died. */
  readonly error?: string;
}

export type Account = Awaited<ReturnType<typeof startAccount>>;
export type Deployment = Awaited<ReturnType<typeof startDeployment>>;

/** Loads the handlers once, as a warm Lambda would; `begin` gives them an account that is new. */
export async function startDeployment(start: number) {
  const wire = await startWire();
  Object.assign(process.env, environment, { AWS_ENDPOINT_URL: wire.url });
  fakeTime(start);
  const log: string[] = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => void log.push(line));
  jest.spyOn(console, "error").mockImplementation((line: string) => void log.push(line));
  const handlers: Readonly<Record<HandlerName, Handler>> = {
    plan: (await import("../../../functions/block/plan-handler.ts")).handler,
    apply: (await import("../../../functions/block/apply-handler.ts")).handler,
    sweep: (await import("../../../functions/block/sweep-handler.ts")).handler,
    ask: (await import("../../../functions/block/ask-handler.ts")).handler,
    approval: (await import("../../../functions/block/approval-handler.ts")).handler,
    notify: (await import("../../../functions/block/notify-handler.ts")).handler,
  };
  const ledger = ledgerSide(TABLE);
  const folder = mkdtempSync(join(tmpdir(), "portcullis-faults-"));
  let accounts = 0;
  let account: Account | null = null;
  const timed = <T>(work: () => Promise<T>) => drive(wire.isBusy, work);

  async function invoke(name: HandlerName, event: unknown = {}): Promise<RunEnd> {
    try {
      return { result: await handlers[name](event) };
    } catch (error) {
      if (wire.died()) return { error: "Sandbox.Timedout" };
      return { error: error instanceof Error ? error.name : "unknown" };
    } finally {
      wire.revive();
    }
  }

  return {
    wire,
    ledger,
    timed,
    /** The record of a day's decisions. */
    recordOf: async (at: number): Promise<DecisionRecord[]> => {
      const day = { ":day": { S: `LOG#${toIso(at).slice(0, 10)}` } };
      const query = { KeyConditionExpression: "pk = :day", ExpressionAttributeValues: day };
      return (await timed(() => ledgerTable(TABLE).query(query))).map((item) => JSON.parse(item["doc"]?.S ?? "{}"));
    },
    /** What the handlers logged since the account is new. */
    told: () => log.map((line) => JSON.parse(line)),
    account: (): Account => {
      if (!account) throw new Error("no account yet");
      return account;
    },
    /** `lines` stand in the machine-owned IPv4 set. */
    begin: async (lines: readonly string[] = []) => {
      wire.arm(null);
      await account?.stop();
      log.length = 0;
      const next = await timed(() => startAccount(join(folder, String(++accounts)), lines));
      account = next;
      wire.connect(next.urlOf);
      await timed(() => createLedgerTable(TABLE, {}));
      // dynalite's table is active a timer after it was made.
      await rest();
    },
    run: (name: HandlerName, event?: unknown): Promise<RunEnd> => timed(() => invoke(name, event)),
    pass: (milliseconds: number) => {
      jest.setSystemTime(Date.now() + milliseconds);
    },
    stop: async () => {
      await account?.stop();
      await wire.stop();
      rmSync(folder, { recursive: true });
      jest.useRealTimers();
      jest.restoreAllMocks();
    },
  };
}

async function startAccount(folder: string, lines: readonly string[]) {
  const allow = anIpSet("allow-v4", humanSets["allow-v4"]);
  const deny = anIpSet("deny-v4", humanSets["deny-v4"]);
  const auto = sets.edge.auto.v4.map((name) => anIpSet(name, lines, { Description: "machine-owned" }));
  const auto6 = sets.edge.auto.v6.map((name) => anIpSet(name, [], { IPAddressVersion: "IPV6" }));
  const assembly = anAssembly([allow, deny, ...auto, ...auto6, aTopic(), aSecret(), aWebAcl([])]);
  const dynamoDb = await listen(dynalite({ createTableMs: 0 }), 0);
  const s3 = createS3({ folder, buckets: [BUCKET] });
  const sns = createSns({ assembly, clock: fakeClock });
  const secrets = createSecretsManager({ assembly, clock: fakeClock });
  const waf = createWaf({ clock: fakeClock, assembly, logs: { waf: () => {} }, metrics: { put: () => {} } });
  const server = await startAwsServer({
    clock: fakeClock,
    services: {
      s3: s3.service,
      sns: sns.service,
      secretsmanager: secrets.service,
      wafv2: waf.service,
      ec2: createEc2(),
    },
  });
  return {
    urlOf: (service: string) => (service === "dynamodb" ? dynamoDb.url : server.url),
    ipSets: waf.ipSets,
    mails: (): Sns["messages"] => sns.messages,
    evidence: evidenceIn(s3.store),
    stop: async () => {
      await server.stop();
      await dynamoDb.stop();
    },
  };
}

function evidenceIn(store: ObjectStore) {
  return {
    put: (key: string, document: unknown) => store.put(BUCKET, key, JSON.stringify(document)),
    get: (key: string): unknown => JSON.parse(store.get(BUCKET, key)?.toString("utf8") ?? "null"),
    keys: () => store.list(BUCKET).map(({ key }) => key),
  };
}

function aTopic() {
  return aResource({ type: "AWS::SNS::Topic", logicalId: "notices", arn: TOPIC_ARN });
}

function aSecret() {
  return aResource({
    type: "AWS::SecretsManager::Secret",
    logicalId: "approval-key",
    properties: { Name: "approval-key", GenerateSecretString: { PasswordLength: 43, ExcludePunctuation: true } },
  });
}
