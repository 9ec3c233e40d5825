import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { createAthena } from "../../../local/athena.ts";
import type { MetricDatum } from "../../../local/ports.ts";
import { createS3 } from "../../../local/s3.ts";
import type { Resource } from "../../../local/template.ts";
import { plainClock } from "../builders.ts";

export const NOW = Date.UTC(2026, 10, 22, 12, 34);

function resource(type: string, name: string, properties: Record<string, unknown>): Resource {
  const place = { stack: "edge", region: "us-east-1", account: "111122223333", logicalId: name };
  return { ...place, type, properties, metadata: {}, physicalId: name, name, arn: "" };
}

const INPUT = "org.apache.hadoop.mapred.TextInputFormat";

interface TableParts {
  name?: string;
  columns?: Record<string, string>;
  partition?: string;
  projection?: Record<string, string>;
  template?: string;
  serde?: string;
  input?: string;
  serdeParameters?: Record<string, string>;
}

export function aTable(parts: TableParts = {}): Resource {
  const { name = "calls", columns = { who: "string", calls: "int" }, partition = "dt", serdeParameters = {} } = parts;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as Glue writes it
  const template = parts.template ?? "s3://logs/calls/${dt}";
  const projection = parts.projection ?? {
    type: "date",
    format: "yyyy/MM/dd/HH/mm",
    range: "2026/01/01/00/00,NOW",
    interval: "5",
    "interval.unit": "MINUTES",
  };
  return resource("AWS::Glue::Table", name, {
    DatabaseName: "lake_db",
    TableInput: {
      Name: name,
      PartitionKeys: [{ Name: partition, Type: "string" }],
      Parameters: {
        "projection.enabled": "true",
        "storage.location.template": template,
        ...Object.fromEntries(
          Object.entries(projection).map(([key, value]) => [`projection.${partition}.${key}`, value]),
        ),
      },
      StorageDescriptor: {
        Columns: Object.entries(columns).map(([Name, Type]) => ({ Name, Type })),
        InputFormat: parts.input ?? INPUT,
        SerdeInfo: {
          SerializationLibrary: parts.serde ?? "org.openx.data.jsonserde.JsonSerDe",
          Parameters: serdeParameters,
        },
      },
    },
  });
}

export function aWorkGroup(configuration: Record<string, unknown> = {}): Resource {
  return resource("AWS::Athena::WorkGroup", "evidence", {
    Name: "evidence",
    WorkGroupConfiguration: { ResultConfiguration: { OutputLocation: "s3://results/athena/" }, ...configuration },
  });
}

export function anAthena(tables: readonly Resource[] = [aTable()], workGroup = aWorkGroup()) {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-athena-test-"));
  const { store } = createS3({ folder, buckets: ["logs", "results"] });
  const all = [...tables, workGroup];
  const clock = { ...plainClock, now: () => NOW };
  const data: MetricDatum[] = [];
  const metrics = { put: (_region: string, datum: MetricDatum) => void data.push(datum) };
  const athena = createAthena({
    clock,
    store,
    metrics,
    assembly: { ofType: (type) => all.filter((one) => one.type === type) },
  });
  const request = (sql: string, parameters: readonly string[] = []) => ({
    QueryString: sql,
    QueryExecutionContext: { Database: "lake_db" },
    WorkGroup: "evidence",
    ...(parameters.length === 0 ? {} : { ExecutionParameters: [...parameters] }),
  });
  return {
    athena,
    store,
    data,
    request,
    run: (sql: string, parameters?: readonly string[]) => athena.runQuery(request(sql, parameters), "us-east-1"),
    /** The rows of a query that must succeed, as the CSV left in S3. */
    async rows(sql: string, parameters?: readonly string[]) {
      const { Status, QueryExecutionId } = await athena.runQuery(request(sql, parameters), "us-east-1");
      if (Status.State !== "SUCCEEDED") throw new Error(String(Status.StateChangeReason));
      const csv = store.get("results", `athena/${QueryExecutionId}.csv`)?.toString() ?? "";
      return csv.trim().split("\n").slice(1);
    },
    put: (key: string, ...lines: readonly unknown[]) =>
      store.put(
        "logs",
        key,
        gzipSync(lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n")),
      ),
    async stop() {
      await athena.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
