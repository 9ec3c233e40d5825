import { EDGE_REGION } from "../functions/domain/names.ts";
import type { LogLake } from "./log-lake.ts";
import { allow, type Permission } from "./permissions.ts";
import type { DeploymentProps } from "./stack-props.ts";

interface QueryProps extends DeploymentProps {
  readonly lake: LogLake;
}

/** What `athena:startQueryExecution.sync` needs: the query, its result, the tables, and the logs they stand for. */
export function queryPermissions({ deployment, names, lake }: QueryProps): Permission[] {
  const arn = (service: string, resource: string) =>
    `arn:aws:${service}:${EDGE_REGION}:${deployment.account}:${resource}`;
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
      logs.map((bucket) => `${bucket}/*`),
      "A log bucket holds nothing but the log.",
    ),
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      [`${results}/athena/*`],
      "Athena names results by query id.",
    ),
  ];
}
