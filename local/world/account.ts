import { join } from "node:path";
import { namesOf } from "../../functions/domain/names.ts";
import { createCloudFormation } from "../cloudformation.ts";
import { createCloudWatch } from "../cloudwatch.ts";
import { createDynamoDb } from "../dynamodb.ts";
import { createEc2 } from "../ec2.ts";
import { createLogDelivery } from "../log-delivery.ts";
import type { EventBus } from "../ports.ts";
import { createS3 } from "../s3.ts";
import { createSecretsManager } from "../secrets-manager.ts";
import { createServiceQuotas } from "../service-quotas.ts";
import { createSns } from "../sns.ts";
import { createSts } from "../sts.ts";
import { createTrails } from "../trails.ts";
import { createWaf } from "../waf.ts";
import type { Context } from "./context.ts";
import { observedLogs, observedWebAcls } from "./observed.ts";
import { secretDocument } from "./secret-document.ts";
import { seededBytes } from "./seeded-bytes.ts";

export type Account = Awaited<ReturnType<typeof startAccount>>;

/** Everything that holds state and calls nobody: storage, secrets, logs, metrics, WAF. */
export async function startAccount({
  seed,
  deployment,
  pool,
  events,
  folder,
  clock,
  assembly,
  iam,
  server,
  trailEventDelay,
  onStop,
}: Context) {
  const buckets = assembly.ofType("AWS::S3::Bucket").map((bucket) => bucket.physicalId);
  const existingTrail = deployment.trail && { ...deployment.trail, account: deployment.account };
  const s3 = createS3({
    folder: join(folder, "s3"),
    buckets: [...buckets, ...(existingTrail ? [existingTrail.bucket] : [])],
  });
  const dynamoDb = await createDynamoDb({ assembly });
  onStop(dynamoDb.stop);
  const { clientSecretArn, secretReplicaRegions: regions } = deployment;
  const existing = clientSecretArn === undefined ? [] : [{ arn: clientSecretArn, regions }];
  const secrets = createSecretsManager({ assembly, clock, existing });
  const document = secretDocument(deployment, seededBytes(seed, "secrets"), pool.secretsPerClient);
  const secretId = clientSecretArn ?? namesOf(deployment).clientSecret;
  if (pool.secretFilled ?? true) secrets.put(secretId, JSON.stringify(document));
  const sns = createSns({ assembly, clock, onMessage: (message) => events.emit({ kind: "message", message }) });
  const trails = createTrails({ assembly, clock, existing: existingTrail?.arn });
  // What it starts needs the account: it is connected before the first alarm is evaluated and the first call is made.
  let connected: EventBus | undefined;
  const bus: EventBus = { put: (region, event) => connected?.put(region, event) };
  const delivery = createLogDelivery({
    ...{ clock, assembly, store: s3.store, existingTrail, bus, trailEventDelayMs: trailEventDelay },
    authorize: iam.authorizeRole,
    mayDeliver: trails.mayDeliver,
    isRecording: trails.isRecording,
  });
  onStop(delivery.stop);
  const logs = observedLogs(delivery, events);

  const cloudWatch = createCloudWatch({
    clock,
    assembly,
    bus,
    publish: (topicArn, message) => void sns.publish(topicArn, message),
  });
  onStop(cloudWatch.stop);
  cloudWatch.alarms.onChange(({ name, state }) =>
    events.emit({ kind: "alarm", name, state: state.value, at: clock.now() }),
  );
  const waf = createWaf({ clock, assembly, logs, metrics: cloudWatch.metrics });

  server.add("s3", s3.service);
  server.add("dynamodb", dynamoDb.service);
  server.add("secretsmanager", secrets.service);
  server.add("sns", sns.service);
  server.add("cloudtrail", trails.service);
  const { usageService = deployment.usageService } = pool.around ?? {};
  server.add("servicequotas", createServiceQuotas({ usageService }));
  server.add("monitoring", cloudWatch.service);
  server.add("wafv2", waf.service);
  server.add("ec2", createEc2());
  server.add("sts", createSts({ account: deployment.account, iam }));
  server.add("cloudformation", createCloudFormation({ assembly, clock }));
  return {
    shown: {
      ...{ store: s3.store, sns, trails, ipSets: waf.ipSets, flushLogs: delivery.flush },
      ...{ alarms: cloudWatch.alarms, metrics: cloudWatch.metrics, logs },
    },
    clients: document.clients,
    logs,
    webAcls: observedWebAcls(waf.webAcls, events),
    putRecord: delivery.putRecord,
    connect: (eventBus: EventBus) => {
      connected = eventBus;
    },
  };
}
