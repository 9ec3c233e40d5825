/** The log lake of a deployment in the local object store. */
import { gzipSync } from "node:zlib";

import * as z from "zod";

import { type Instant, toIso } from "../../../functions/domain/instant.ts";
import type { LogFolders } from "../../../functions/domain/names.ts";
import { glueTables } from "../../../local/athena/glue-table.ts";
import { createLogDelivery } from "../../../local/log-delivery.ts";
import type { ObjectStore } from "../../../local/s3.ts";
import type { Assembly } from "../../../local/template.ts";
import { handClock } from "../../local/hand-clock.ts";
import type { Delivery } from "./mixed-night.ts";

/** Files as AWS would lay them, by the delivery of the local world: its slots, delays, names and formats. */
export async function layLogs(assembly: Assembly, store: ObjectStore, deliveries: readonly Delivery[]): Promise<void> {
  const clock = handClock(deliveries[0]?.at ?? 0);
  const sink = createLogDelivery({ clock, assembly, store });
  const write = writers(assembly, sink);
  for (const { at, log, record } of deliveries) {
    await passTo(clock, at);
    write[log](record);
  }
  await sink.stop();
}

async function passTo(clock: ReturnType<typeof handClock>, at: Instant): Promise<void> {
  if (at > clock.now()) await clock.pass(at - clock.now());
}

function writers(assembly: Assembly, sink: ReturnType<typeof createLogDelivery>) {
  const acls = assembly
    .ofType("AWS::WAFv2::LoggingConfiguration")
    .map(({ properties }) => String(properties.ResourceArn));
  const acl = (scope: string) => acls.find((arn) => arn.includes(`:${scope}/webacl/`)) ?? "";
  const [trail] = assembly.ofType("AWS::CloudTrail::Trail");
  const [distribution] = assembly.ofType("AWS::CloudFront::Distribution");
  type Write = (record: Delivery["record"]) => void;
  return {
    edge: (record) => sink.waf(acl("global"), record),
    pool: (record) => sink.waf(acl("regional"), record),
    trail: (record) => sink.cloudTrail(trail?.region ?? "", record),
    cloudFront: (record) =>
      sink.cloudFront(distribution?.physicalId ?? "", z.record(z.string(), z.string()).parse(record)),
  } satisfies Record<Delivery["log"], Write>;
}

export const bucketsOf = (assembly: Assembly) => assembly.ofType("AWS::S3::Bucket").map(({ name }) => name);

/** The records of a log as Firehose lays them that come in one minute: one a line. */
export function layFastTrail(assembly: Assembly, store: ObjectStore, at: Instant, records: readonly unknown[]): void {
  const { hostname, pathname } = new URL(folderOf(assembly, "cloudtrail_fast"));
  const minute = toIso(at).slice(0, 16).replaceAll(/[-T:]/g, "/");
  const lines = records.map((record) => (typeof record === "string" ? record : `${JSON.stringify(record)}\n`));
  store.put(hostname, `${pathname.slice(1)}${minute}/fast-trail-1.gz`, gzipSync(lines.join("")));
}

function folderOf(assembly: Assembly, table: string): string {
  const { layout } = glueTables(assembly).find(({ name }) => name === table) ?? {};
  return `s3://${layout?.bucket}/${layout?.prefix}`;
}

/** As the tables have them. */
export function foldersOf(assembly: Assembly): LogFolders {
  const folder = (table: string) => folderOf(assembly, table);
  return { edge: folder("waf_edge"), pool: folder("waf_pool"), trail: folder("cloudtrail") };
}

/** The same with the fast trail, which only fast logs read. */
export function foldersWithFastTrail(assembly: Assembly): LogFolders {
  return { ...foldersOf(assembly), fastTrail: folderOf(assembly, "cloudtrail_fast") };
}
