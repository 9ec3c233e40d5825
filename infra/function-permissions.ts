import type { Table } from "aws-cdk-lib/aws-dynamodb";
import type { ITopic } from "aws-cdk-lib/aws-sns";

import { poolRegion } from "../functions/domain/deployment.ts";
import type { FunctionId, ScopeSets } from "../functions/domain/environment.ts";
import { EDGE_REGION } from "../functions/domain/names.ts";
import type { IpSets } from "./ip-sets.ts";
import { allow, type Permission } from "./permissions.ts";
import type { Secrets } from "./secrets.ts";
import type { DeploymentProps } from "./stack-props.ts";

export interface WorkflowResources extends DeploymentProps {
  readonly table: Table;
  readonly secrets: Secrets;
  readonly topic: ITopic;
  readonly sets: IpSets;
  readonly edgeAclArn: string;
}

/** What each function may do, and on what. A handler that calls more fails loudly: here is where it is granted. */
export function functionPermissions(resources: WorkflowResources): Record<FunctionId, Permission[]> {
  const { names, secrets, topic } = resources;
  const { leases, rollups, rollupsRead, strikes, outbox, kept, closeProposals, items, bans, counters, active } =
    ledgerPermissions(resources);
  const { readResults, readRuns, writeRuns, readReports, writeReports, writeBans, writeRegistered } =
    evidencePermissions(resources);
  const { listSets, readAllow, readSets, writeAuto } = setPermissions(resources);
  const clients = allow(["secretsmanager:GetSecretValue"], [secrets.clients.secretArn]);
  const writeClients = allow(
    ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
    [secrets.clients.secretArn],
  );
  const approvalKey = allow(["secretsmanager:GetSecretValue"], [secrets.approvalKey.secretArn]);
  const publish = allow(["sns:Publish"], [topic.topicArn]);
  const answer = allow(["states:SendTaskSuccess"], [names.approveMachineArn]);
  const startApproval = allow(["states:StartExecution"], [names.approveMachineArn]);
  const startRun = allow(["states:StartExecution"], [names.mitigateMachineArn]);
  const askRun = allow(
    ["states:DescribeExecution"],
    [`${names.mitigateMachineArn.replace(":stateMachine:", ":execution:")}:*`],
    "Executions are named by whoever starts them.",
  );
  const guards = [listSets, ...prefixLists];
  return {
    admit: [leases, clients, counts],
    watch: [leases, clients, counts, alarms],
    rollup: [rollups, clients, writeRegistered],
    sensors: [rollupsRead, ...sensed(resources), counts],
    score: [strikes, ...readResults, writeRuns, counts],
    plan: [items, bans, counters, ...readRuns, writeRuns, ...guards, readAllow, startApproval],
    apply: [items, bans, active, ...readRuns, writeRuns, writeBans, ...guards, readSets, writeAuto],
    // It closes proposals whose sources are banned by now, starts in place of executions that died, and sends what SNS had
    // not taken.
    sweep: [
      ...[items, bans, active, counters, kept, writeBans, ...readRuns, writeRuns, ...guards, readSets, writeAuto],
      ...[startApproval, startRun, askRun, answer, publish],
    ],
    gates: [writeClients, ...gatePatterns(resources)],
    notify: [outbox, closeProposals, ...readRuns, writeRuns, publish, counts],
    report: [strikes, ...readRuns, writeRuns, readReports, writeReports, counts],
    ask: [items, counters, ...readRuns, writeRuns, publish, approvalKey, answer],
    // The execution that asked may be gone when a person decides.
    approval: [items, counters, ...readRuns, writeRuns, approvalKey, answer, startApproval],
  };
}

const alarms = allow(
  ["cloudwatch:DescribeAlarms"],
  ["*"],
  "A run may follow a composite alarm, and AWS shows those only to who may describe all alarms.",
);

const counts = allow(["cloudwatch:GetMetricData"], ["*"], "AWS grants this action on * only.");

function ledgerPermissions({ table: { tableArn } }: WorkflowResources) {
  return {
    leases: allow(["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"], [tableArn]),
    rollups: {
      ...allow(["dynamodb:BatchGetItem", "dynamodb:PutItem"], [tableArn]),
      leadingKeys: "ROLLUP#",
    },
    rollupsRead: { ...allow(["dynamodb:BatchGetItem"], [tableArn]), leadingKeys: "ROLLUP#" },
    outbox: { ...allow(["dynamodb:PutItem"], [tableArn]), leadingKeys: "OUTBOX" },
    kept: { ...allow(["dynamodb:Query"], [tableArn]), leadingKeys: "OUTBOX" },
    closeProposals: { ...allow(["dynamodb:UpdateItem"], [tableArn]), leadingKeys: "PROPOSAL#" },
    strikes: allow(["dynamodb:BatchGetItem", "dynamodb:GetItem"], [tableArn]),
    // No DeleteItem: what is over is marked, and TTL collects it.
    items: allow(["dynamodb:GetItem", "dynamodb:PutItem"], [tableArn]),
    bans: allow(["dynamodb:BatchGetItem"], [tableArn]),
    /** Single attributes: an hour's counts, and what a proposal has told whom. */
    counters: allow(["dynamodb:UpdateItem"], [tableArn]),
    active: allow(["dynamodb:Query"], [`${tableArn}/index/active`]),
  };
}

/** What the sensors look at; nothing of it is changed, and no log is read. */
function sensed({ deployment, names, topic, edgeAclArn }: WorkflowResources): Permission[] {
  const hasPoolAcl = deployment.poolProtection === "webAcl";
  const logs = [
    names.edgeWafLogs,
    deployment.trail?.bucket ?? names.trailLogs,
    ...(hasPoolAcl ? [names.poolWafLogs] : []),
    ...(deployment.logs === "fast" ? [names.fastTrailLogs] : []),
  ];
  const common = [
    allow(
      ["s3:ListBucket"],
      logs.map((bucket) => `arn:aws:s3:::${bucket}`),
    ),
    allow(["sns:ListSubscriptionsByTopic"], [topic.topicArn]),
    ...(names.trailArn === null ? [] : [allow(["cloudtrail:GetTrailStatus"], [names.trailArn])]),
  ];
  if (!hasPoolAcl) return [...common, allow(["wafv2:GetLoggingConfiguration"], [edgeAclArn])];
  const anyAcl = `arn:aws:wafv2:${poolRegion(deployment)}:${deployment.account}:regional/webacl/*/*`;
  const why = "Which web ACL the pool has is what is asked; it may be another than ours.";
  return [
    ...common,
    allow(["wafv2:GetLoggingConfiguration"], [edgeAclArn, anyAcl], why),
    allow(["wafv2:GetWebACLForResource"], [names.poolArn, anyAcl], why),
    allow(["cognito-idp:GetWebACLForResource"], [names.poolArn]),
  ];
}

function evidencePermissions({ deployment, names }: WorkflowResources) {
  const workGroup = `arn:aws:athena:${EDGE_REGION}:${deployment.account}:workgroup/${names.workGroup}`;
  const bucket = `arn:aws:s3:::${names.evidenceBucket}`;
  const objects = "Objects are named by run; the prefix is what this function works on.";
  return {
    readResults: [
      allow(["athena:GetQueryResults"], [workGroup]),
      allow(["s3:GetObject"], [`${bucket}/athena/*`], "Athena names a result by the query's id."),
    ],
    readRuns: [
      allow(["s3:GetObject"], [`${bucket}/runs/*`], objects),
      // Else S3 answers 403 for an object that is not there, and a gap looks like a broken role.
      allow(["s3:ListBucket"], [bucket]),
    ],
    readReports: allow(["s3:GetObject"], [`${bucket}/reports/*`], objects),
    writeReports: allow(["s3:PutObject"], [`${bucket}/reports/*`], objects),
    writeBans: allow(["s3:PutObject"], [`${bucket}/bans/*`], objects),
    writeRegistered: allow(["s3:PutObject"], [`${bucket}/registered/*`], "Objects are named by hour."),
    writeRuns: allow(["s3:PutObject"], [`${bucket}/runs/*`], objects),
  };
}

/** CloudFront's own addresses are never banned; AWS publishes them as managed prefix lists. */
const prefixLists = [
  allow(["ec2:DescribeManagedPrefixLists"], ["*"], "AWS grants this action on * only."),
  allow(
    ["ec2:GetManagedPrefixListEntries"],
    [`arn:aws:ec2:${EDGE_REGION}:aws:prefix-list/*`],
    "Ids of AWS's own lists differ between Regions and are looked up by name.",
  ),
];

/**
 * Machine-owned sets may be written, people's lists only read: they are out of reach even for a bug. The pool's sets
 * belong to the other stack, so their names are known here and their ids are not.
 */
function setPermissions({ deployment, names, sets }: WorkflowResources) {
  const { pool } = names.ipSets;
  const arnOf = (set: { readonly attrArn: string }) => set.attrArn;
  const poolAuto =
    pool === null ? [] : autoNames(pool).map((name) => regionalSet(pool.region, deployment.account, name));
  const auto = [...sets.auto.map(arnOf), ...poolAuto];
  const byName = "The set belongs to the pool's stack: its name is known here, its id is not.";
  return {
    listSets: allow(["wafv2:ListIPSets"], ["*"], "AWS grants this action on * only."),
    readAllow: allow(["wafv2:GetIPSet"], sets.allow.map(arnOf)),
    readSets: allow(["wafv2:GetIPSet"], [...sets.allow.map(arnOf), ...auto], byName),
    writeAuto: allow(["wafv2:UpdateIPSet"], auto, byName),
  };
}

/** The rule that asks for gates is the pool's stack's, and there only where the config wants it. */
function gatePatterns({ deployment, names }: WorkflowResources): Permission[] {
  if (deployment.gate === "off") return [];
  const set = `arn:aws:wafv2:${poolRegion(deployment)}:${deployment.account}:regional/regexpatternset/${names.gatePatterns}/*`;
  return [
    allow(["wafv2:ListRegexPatternSets"], ["*"], "AWS grants this action on * only."),
    allow(
      ["wafv2:GetRegexPatternSet", "wafv2:UpdateRegexPatternSet"],
      [set],
      "The set belongs to the pool's stack: its name is known here, its id is not.",
    ),
  ];
}

function autoNames({ auto }: ScopeSets): string[] {
  return [...auto.v4, ...auto.v6];
}

function regionalSet(region: string, account: string, name: string): string {
  return `arn:aws:wafv2:${region}:${account}:regional/ipset/${name}/*`;
}
