import { EDGE_REGION } from "../functions/domain/names.ts";
import type { LogLake } from "./log-lake.ts";
import { allow, type Permission } from "./permissions.ts";
import type { RollupTables } from "./rollup-tables.ts";
import type { DeploymentProps } from "./stack-props.ts";

interface QueryProps extends DeploymentProps {
  readonly lake: LogLake;
}

/** What `athena:startQueryExecution.sync` needs: the query, its result, the tables, and the logs they stand for. */
export function queryPermissions({ deployment, names, lake }: QueryProps): Permission[] {
  const arn = arnsOf(deployment.account);
  const { trail } = deployment;
  const results = `arn:aws:s3:::${names.evidenceBucket}`;
  const logs = lake.buckets.map((bucket) => `arn:aws:s3:::${bucket}`);
  return [
    allow(
      ["athena:StartQueryExecution", "athena:StopQueryExecution", "athena:GetQueryExecution", "athena:GetDataCatalog"],
      [arn("athena", `workgroup/${names.workGroup}`), arn("athena", "datacatalog/AwsDataCatalog")],
    ),
    allow(
      ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:GetPartitions"],
      [
        arn("glue", "catalog"),
        arn("glue", `database/${names.database}`),
        ...lake.tables.map((table) => arn("glue", `table/${names.database}/${table}`)),
      ],
    ),
    allow(["s3:GetBucketLocation", "s3:ListBucket"], [results, ...logs]),
    allow(
      ["s3:GetObject"],
      lake.folders.map((folder) => `arn:aws:s3:::${folder}*`),
      "A folder holds nothing but the log, in files named by time.",
    ),
    ...(trail?.keyArn ? [allow(["kms:Decrypt"], [trail.keyArn])] : []),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      [`${results}/athena/*`],
      "Athena names results by query id.",
    ),
  ];
}

/** To read the hours of the slow window, what bans have answered of them, and who came on earlier days. */
export function lookPermissions({ deployment, names }: DeploymentProps): Permission[] {
  const rollups = `arn:aws:s3:::${names.rollups}`;
  const tables = ["call_cells", "user_days", "ban_answers"].map((table) => `table/${names.database}/${table}`);
  return [
    allow(
      ["glue:GetTable", "glue:GetPartition", "glue:GetPartitions"],
      tables.map((table) => arnsOf(deployment.account)("glue", table)),
    ),
    allow(["s3:GetBucketLocation", "s3:ListBucket"], [rollups]),
    allow(["s3:GetObject"], [`${rollups}/*`], "The bucket holds nothing but rollups, and Athena names their objects."),
    allow(["s3:GetObject"], [`arn:aws:s3:::${names.evidenceBucket}/bans/*`], "Objects are named by run."),
  ];
}

/** Beside what a query needs: to read rollups and to insert into them. Nothing here deletes. */
export function rollupPermissions({
  deployment,
  names,
  rollups,
}: DeploymentProps & { readonly rollups: RollupTables }): Permission[] {
  const arn = arnsOf(deployment.account);
  const bucket = `arn:aws:s3:::${names.rollups}`;
  return [
    allow(
      [
        "glue:GetTable",
        "glue:GetPartition",
        "glue:GetPartitions",
        "glue:BatchGetPartition",
        "glue:BatchCreatePartition",
      ],
      [
        arn("glue", "catalog"),
        arn("glue", `database/${names.database}`),
        ...rollups.tables.map((table) => arn("glue", `table/${names.database}/${table}`)),
      ],
    ),
    allow(["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], [bucket]),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      [`${bucket}/*`],
      "The bucket holds nothing but rollups, and Athena names their objects by query.",
    ),
  ];
}

function arnsOf(account: string): (service: string, resource: string) => string {
  return (service, resource) => `arn:aws:${service}:${EDGE_REGION}:${account}:${resource}`;
}
