/** What the commands on a deployment work with: config, ledger, web ACLs, and who is at the keys. */
import { userInfo } from "node:os";

import { blockSide } from "../functions/block/aws/block-side.ts";
import { ledgerTable } from "../functions/block/aws/dynamodb-items.ts";
import { s3Evidence } from "../functions/block/aws/evidence-store.ts";
import { executionsOf, sfnTaskTokens } from "../functions/block/aws/sfn.ts";
import type { OperatorScene } from "../functions/block/operator.ts";
import { policyInForce } from "../functions/block/policy-in-force.ts";
import type { Deployment } from "../functions/domain/deployment.ts";
import { EDGE_REGION, namesOf } from "../functions/domain/names.ts";
import { readLocalFile } from "../local/demo/local-file.ts";
import type { DeskFlags } from "./commands/options.ts";
import { readConfig } from "./documents.ts";

const WHICH_CONFIG = "Name the deployment's config with --config, or speak to a running demo with --local.";

export type Desk = Awaited<ReturnType<typeof openDesk>>;

export async function openDesk(flags: DeskFlags) {
  // AWS's clock for a deployment; the demo has one of its own, which runs ahead of the wall.
  const ahead = flags.local
    ? await enterLocalWorld()
    : { deployment: readConfig(flags.config, WHICH_CONFIG), milliseconds: 0, viewerUrl: null };
  const { deployment, viewerUrl } = ahead;
  const names = namesOf(deployment);
  const side = blockSide(names.ledgerTable, names.ipSets, EDGE_REGION);
  const region = { region: EDGE_REGION };
  const ports = {
    ...side,
    timing: { ...side.timing, now: () => Date.now() + ahead.milliseconds },
    evidence: s3Evidence(names.evidenceBucket, region),
    tokens: sfnTaskTokens(region),
    executions: executionsOf(names.approveMachineArn, region),
    // The record in the ledger is the journal of what people do; a second one on the screen would only be noise.
    journal: () => {},
  };
  const scene: OperatorScene = {
    sets: names.ipSets,
    egress: deployment.egress,
    policy: deployment.policy,
    initialMode: deployment.mode,
    by: `cli:${userInfo().username}`,
  };
  const ledger = ledgerTable(names.ledgerTable, region);
  return { deployment, names, ports, scene, viewerUrl, ledger };
}

/** What a person's commands go by: the policy in force, which need not be the config's. */
export async function sceneInForce({ ports, scene }: Desk): Promise<OperatorScene> {
  return { ...scene, policy: (await policyInForce(ports, scene.policy)).policy };
}

/** Points the AWS clients at the running demo, with a key that is nobody's role. */
async function enterLocalWorld(): Promise<{ deployment: Deployment; milliseconds: number; viewerUrl: string | null }> {
  const { awsEndpoint, config, clockUrl, viewerUrl, accessKeyId = "operator" } = readLocalFile(process.cwd());
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: "local",
    AWS_CONFIG_FILE: "none",
    AWS_SHARED_CREDENTIALS_FILE: "none",
  });
  const now = Number(await (await fetch(clockUrl)).text());
  return { deployment: config, milliseconds: now - Date.now(), viewerUrl };
}
