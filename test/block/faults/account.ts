/** One account: the local world's own stand-ins, made anew for each case; logs, metrics and alarms are as told. */
import { ANY_GATE } from "../../../functions/domain/gate.ts";
import { startAwsServer } from "../../../local/aws-server.ts";
import { AwsError, jsonService } from "../../../local/aws-wire.ts";
import { startDynalite } from "../../../local/dynamodb.ts";
import { createEc2 } from "../../../local/ec2.ts";
import type { AwsService } from "../../../local/ports.ts";
import { createS3, type ObjectStore } from "../../../local/s3.ts";
import { createSecretsManager } from "../../../local/secrets-manager.ts";
import { createSns, type Sns } from "../../../local/sns.ts";
import { createWaf } from "../../../local/waf.ts";
import { ACCOUNT, anAssembly, aResource } from "../../local/hand-assembly.ts";
import { ACL_ARN, anIpSet, aWebAcl } from "../../local/waf-builders.ts";
import { ALARM, BUCKET, environment, humanSets, LOGS, sets, TOPIC_ARN } from "./environment.ts";
import { fakeClock } from "./virtual-time.ts";

export type Row = Readonly<Record<string, string>>;
export type Account = Awaited<ReturnType<typeof startAccount>>;

/** What is told of the outside: the alarm's state, and the rows of each query by its execution's id. */
export interface Outside {
  /** The state of the alarm, and since when it is in it. */
  alarm: () => { readonly state: "ALARM" | "OK"; readonly since: number };
  rows: (queryId: string) => readonly Row[];
  isTopicDown: () => boolean;
  /** Of whatever CloudWatch is asked about; 0 for nothing at all. */
  counted: () => number;
}

/** `lines` stand in the machine-owned IPv4 set; `more` are services that outlive the account. */
export async function startAccount(
  folder: string,
  lines: readonly string[],
  more: Readonly<Record<string, AwsService>> = {},
) {
  const outside: Outside = {
    alarm: () => ({ state: "ALARM", since: 0 }),
    rows: () => [],
    isTopicDown: () => false,
    counted: () => 0,
  };
  const allow = anIpSet("allow-v4", humanSets["allow-v4"]);
  const deny = anIpSet("deny-v4", humanSets["deny-v4"]);
  const auto = sets.edge.auto.v4.map((name) => anIpSet(name, lines, { Description: "machine-owned" }));
  const auto6 = sets.edge.auto.v6.map((name) => anIpSet(name, [], { IPAddressVersion: "IPV6" }));
  const secretsOf = [aSecret("approval-key"), aSecret("clients")];
  const assembly = anAssembly([
    allow,
    deny,
    ...auto,
    ...auto6,
    aTopic(),
    ...secretsOf,
    aWebAcl([]),
    ...watched(),
    aGateSet(),
  ]);
  const dynamoDb = await startDynalite();
  const s3 = createS3({ folder, buckets: [BUCKET, LOGS] });
  for (const log of ["edge", "trail"]) s3.store.put(LOGS, `${log}/~latest`, "");
  const sns = createSns({ assembly, clock: fakeClock });
  const secrets = createSecretsManager({ assembly, clock: fakeClock });
  secrets.put("clients", JSON.stringify({ gates: ["g".repeat(22)], tagKey: "t".repeat(16), clients: {} }));
  const waf = createWaf({ clock: fakeClock, assembly, logs: { waf: () => {} }, metrics: { put: () => {} } });
  const server = await startAwsServer({
    clock: fakeClock,
    services: {
      s3: s3.service,
      sns: failing(sns.service, outside),
      secretsmanager: secrets.service,
      wafv2: waf.service,
      ec2: createEc2(),
      athena: athenaOf(outside),
      monitoring: cloudWatchOf(outside),
      cloudtrail: jsonService({ version: "1.1", operations: { GetTrailStatus: () => ({ IsLogging: true }) } }),
      ...more,
    },
  });
  return {
    urlOf: (service: string) => (service === "dynamodb" ? dynamoDb.url : server.url),
    ipSets: waf.ipSets,
    mails: (): Sns["messages"] => sns.messages,
    evidence: evidenceIn(s3.store),
    outside,
    stop: async () => {
      await server.stop();
      await dynamoDb.stop();
    },
  };
}

function failing(sns: AwsService, outside: Outside): AwsService {
  return {
    ...sns,
    call(call) {
      if (outside.isTopicDown()) throw new AwsError("InternalError", "sorry", { status: 500 });
      return sns.call(call);
    },
  };
}

/** Results as Athena pages them: names first, all text. */
function athenaOf(outside: Outside): AwsService {
  const data = (values: readonly string[]) => ({ Data: values.map((VarCharValue) => ({ VarCharValue })) });
  const GetQueryResults = (input: unknown) => {
    const rows = outside.rows(String(Object(input).QueryExecutionId));
    const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const cells = rows.map((row) => ({
      Data: names.map((name) => (row[name] === undefined ? {} : { VarCharValue: row[name] })),
    }));
    return { ResultSet: { Rows: [data(names), ...cells] } };
  };
  return jsonService({ version: "1.1", operations: { GetQueryResults } });
}

function cloudWatchOf(outside: Outside): AwsService {
  const DescribeAlarms = () => {
    const { state, since } = outside.alarm();
    const alarm = { AlarmName: ALARM, StateValue: state, StateTransitionedTimestamp: since / 1000 };
    return { MetricAlarms: [alarm], CompositeAlarms: [] };
  };
  const GetMetricData = (input: unknown) => {
    const { MetricDataQueries, StartTime } = Object(input);
    const [Timestamps, Values] = [[StartTime], [outside.counted()]];
    const one = ({ Id }: { Id: string }) => ({ Id, StatusCode: "Complete", Timestamps, Values });
    return { MetricDataResults: outside.counted() > 0 ? MetricDataQueries.map(one) : [] };
  };
  return jsonService({
    version: "1.0",
    operations: { DescribeAlarms, GetMetricData },
  });
}

/** What the sensors find in order: the edge's log, CloudTrail, and somebody who is told. */
function watched() {
  const LogDestinationConfigs = [`arn:aws:s3:::aws-waf-logs-portcullis-edge-${ACCOUNT}`];
  const properties = { ResourceArn: ACL_ARN, LogDestinationConfigs };
  const subscription = { TopicArn: TOPIC_ARN, Protocol: "email", Endpoint: "on-call@example.com" };
  return [
    aResource({ type: "AWS::WAFv2::LoggingConfiguration", logicalId: "edge-log", properties }),
    aResource({ type: "AWS::SNS::Subscription", logicalId: "on-call", properties: subscription }),
  ];
}

function evidenceIn(store: ObjectStore) {
  return {
    put: (key: string, document: unknown) => store.put(BUCKET, key, JSON.stringify(document)),
    get: (key: string): unknown => JSON.parse(store.get(BUCKET, key)?.toString("utf8") ?? "null"),
    keys: () => store.list(BUCKET).map(({ key }) => key),
  };
}

/** What the pool's rule asks for; see infra/pool-rules.ts. */
function aGateSet() {
  const [type, Name] = ["AWS::WAFv2::RegexPatternSet", environment.GATE_SET];
  const properties = { Name, Scope: "REGIONAL", RegularExpressionList: [ANY_GATE] };
  return aResource({ type, logicalId: Name, region: environment.POOL_REGION, properties });
}

function aTopic() {
  return aResource({ type: "AWS::SNS::Topic", logicalId: "notices", arn: TOPIC_ARN });
}

function aSecret(name: string) {
  return aResource({
    type: "AWS::SecretsManager::Secret",
    logicalId: name,
    arn: `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:${name}`,
    properties: { Name: name, GenerateSecretString: { PasswordLength: 43, ExcludePunctuation: true } },
  });
}
