/** A Trino server of our own, whose one catalog reads tables and objects from moto's Glue and S3. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort, ready, type Server, toolFolder } from "../tools.ts";
import { answerOf } from "./client.ts";

export async function startTrino(motoUrl: string, region: string): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), "portcullis-trino-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  writeConfig(data, url, motoUrl, region);
  const child = spawn("java", javaArguments(data), { env: { PATH: process.env["PATH"] } });
  const server = await ready(child, port);
  const stop = async () => {
    // Its launcher then ends it at once; asked by a signal it takes seconds.
    child.stdin.end();
    await server.stop();
    rmSync(data, { recursive: true, force: true });
  };
  try {
    await answering(url);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function javaArguments(data: string): string[] {
  const system = {
    "jdk.attach.allowAttachSelf": "true",
    "file.encoding": "UTF-8",
    "node.id": "conformance",
    "node.environment": "test",
    "node.data-dir": data,
    config: join(data, "etc/config.properties"),
  };
  return [
    // The compiler that starts fast: this server lives for a minute.
    ...[
      "-Xmx768m",
      "-Xmn384m",
      "-XX:+UseSerialGC",
      "-XX:TieredStopAtLevel=1",
      "-XX:ReservedCodeCacheSize=256m",
      "-XX:+ExitOnOutOfMemoryError",
    ],
    ...["-cp", join(toolFolder("trino"), "lib/*")],
    ...Object.entries(system).map(([name, value]) => `-D${name}=${value}`),
    join(import.meta.dirname, "Launcher.java"),
  ];
}

function writeConfig(data: string, url: string, motoUrl: string, region: string): void {
  mkdirSync(join(data, "etc/catalog"), { recursive: true });
  mkdirSync(join(data, "secrets-plugin"));
  writeProperties(join(data, "etc/config.properties"), {
    coordinator: "true",
    "node-scheduler.include-coordinator": "true",
    "http-server.http.port": new URL(url).port,
    "discovery.uri": url,
    // It would be written below the folder that the tests run in.
    "http-server.log.enabled": "false",
    "catalog.management": "static",
    "catalog.config-dir": join(data, "etc/catalog"),
    // A query that reads far too much ends by itself, and before the test's patience does.
    "query.max-run-time": "2m",
    "plugin.dir": join(toolFolder("trino"), "plugin"),
  });
  writeProperties(join(data, "etc/catalog/hive.properties"), {
    "connector.name": "hive",
    "hive.metastore": "glue",
    "hive.metastore.glue.region": region,
    "hive.metastore.glue.endpoint-url": motoUrl,
    "hive.metastore.glue.aws-access-key": "test",
    "hive.metastore.glue.aws-secret-key": "test",
    "fs.hadoop.enabled": "false",
    "fs.native-s3.enabled": "true",
    "s3.endpoint": motoUrl,
    "s3.region": region,
    "s3.path-style-access": "true",
    "s3.aws-access-key": "test",
    "s3.aws-secret-key": "test",
    "hive.security": "allow-all",
    "hive.non-managed-table-writes-enabled": "true",
    // What Athena does by itself: projected partitions, absent folders are empty, files below a folder belong to it.
    "hive.partition-projection-enabled": "true",
    "hive.ignore-absent-partitions": "true",
    "hive.recursive-directories": "true",
    "hive.max-partitions-per-scan": "1000",
    // moto's Glue knows no statistics; Trino would ask for them again and again.
    "hive.table-statistics-enabled": "false",
    "hive.collect-column-statistics-on-write": "false",
  });
}

function writeProperties(file: string, properties: Readonly<Record<string, string>>): void {
  writeFileSync(
    file,
    Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  );
}

/** The port answers before there is a node that could run a query, so a query is asked for. */
async function answering(url: string): Promise<void> {
  for (let tries = 0; ; tries += 1)
    try {
      await answerOf(url, "SHOW SCHEMAS FROM hive");
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
}
