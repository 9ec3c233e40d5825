import type { Table } from "aws-cdk-lib/aws-dynamodb";
import type { ITopic } from "aws-cdk-lib/aws-sns";

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
}

/** What each function may do, and on what. A handler that needs more fails loudly, here is where it is granted. */
export function functionPermissions(resources: WorkflowResources): Record<FunctionId, Permission[]> {
  const { names, secrets, topic } = resources;
  const ledger = ledgerStatements(resources);
  const clients = allow(["secretsmanager:GetSecretValue"], [secrets.clients.secretArn]);
  const approvalKey = allow(["secretsmanager:GetSecretValue"], [secrets.approvalKey.secretArn]);
  const publish = allow(["sns:Publish"], [topic.topicArn]);
  const alarms = allow(
    ["cloudwatch:DescribeAlarms"],
    ["*"],
    "A run may follow a composite alarm, and AWS shows those only to who may describe all alarms.",
  );
  const { readRuns, writeRuns, readResults } = evidenceStatements(resources);
  const sets = setStatements(resources);
  const answer = allow(["states:SendTaskSuccess"], [names.approveMachineArn]);
  return {
    admit: [...ledger, clients, alarms],
    watch: [...ledger, clients, alarms],
    score: [...ledger, ...readResults, writeRuns],
    plan: [
      ...ledger,
      readRuns,
      writeRuns,
      ...sets.read,
      ...prefixLists,
      allow(["states:StartExecution"], [names.approveMachineArn]),
    ],
    apply: [...ledger, readRuns, writeRuns, ...sets.read, sets.write, ...prefixLists],
    sweep: [...ledger, ...sets.read, sets.write, ...prefixLists],
    notify: [readRuns, writeRuns, publish],
    ask: [...ledger, readRuns, writeRuns, publish, approvalKey, answer],
    approval: [...ledger, readRuns, writeRuns, approvalKey, answer],
  };
}

function ledgerStatements({ table }: WorkflowResources): Permission[] {
  return [
    allow(
      ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
      [table.tableArn],
    ),
    allow(["dynamodb:Query"], [table.tableArn, `${table.tableArn}/index/active`]),
  ];
}

function evidenceStatements({ deployment, names }: WorkflowResources) {
  const workGroup = `arn:aws:athena:${EDGE_REGION}:${deployment.account}:workgroup/${names.workGroup}`;
  const below = (prefix: string) => [`arn:aws:s3:::${names.evidenceBucket}/${prefix}/*`];
  const objects = "Objects are named by run; the prefix is what this function works on.";
  return {
    readRuns: allow(["s3:GetObject"], below("runs"), objects),
    writeRuns: allow(["s3:PutObject"], below("runs"), objects),
    readResults: [
      allow(["athena:GetQueryExecution", "athena:GetQueryResults"], [workGroup]),
      allow(["s3:GetObject"], below("athena"), "Athena names a result by the query's id."),
    ],
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
 * Reads every set, writes the machine-owned ones only: people's lists are out of reach even for a bug. The pool's
 * sets belong to the other stack, so their ids are not known here; their names are.
 */
function setStatements({ deployment, names, sets }: WorkflowResources) {
  const { pool } = names.ipSets;
  const poolSets =
    pool === null ? [] : autoNames(pool).map((name) => regionalSet(pool.region, deployment.account, name));
  const auto = [...sets.auto.map((set) => set.attrArn), ...poolSets];
  const byName = "The set belongs to the pool's stack: its name is known here, its id is not.";
  const human = [...sets.allow, ...sets.deny].map((set) => set.attrArn);
  return {
    read: [
      allow(["wafv2:ListIPSets"], ["*"], "AWS grants this action on * only."),
      allow(["wafv2:GetIPSet"], [...human, ...auto], byName),
    ],
    write: allow(["wafv2:UpdateIPSet"], auto, byName),
  };
}

function autoNames({ auto }: ScopeSets): string[] {
  return [...auto.v4, ...auto.v6];
}

function regionalSet(region: string, account: string, name: string): string {
  return `arn:aws:wafv2:${region}:${account}:regional/ipset/${name}/*`;
}
