/** What the commands on a deployment work with: config, ledger, web ACLs, and who is at the keys. */
import { userInfo } from "node:os";

import { blockSide } from "../functions/block/aws/block-side.ts";
import { type LedgerTable, ledgerTable } from "../functions/block/aws/dynamodb-items.ts";
import { s3Evidence } from "../functions/block/aws/evidence-store.ts";
import { executionsOf, sfnTaskTokens } from "../functions/block/aws/sfn.ts";
import type { OperatorScene } from "../functions/block/operator.ts";
import { policyInForce } from "../functions/block/policy-in-force.ts";
import type { Deployment } from "../functions/domain/deployment.ts";
import { MINUTE } from "../functions/domain/instant.ts";
import { EDGE_REGION, namesOf } from "../functions/domain/names.ts";
import { counted } from "../functions/domain/wording.ts";
import { readLocalFile } from "../local/demo/local-file.ts";
import { readClockAhead } from "./aws/clock.ts";
import type { DeskFlags } from "./commands/options.ts";
import { readConfig } from "./documents.ts";

const WHICH_CONFIG = "Name the deployment's config with --config, or speak to a running demo with --local.";

export type Desk = Awaited<ReturnType<typeof openDesk>>;

export async function openDesk(flags: DeskFlags) {
  const local = flags.local ? await enterLocalWorld() : null;
  const deployment = local?.deployment ?? readConfig(flags.config, WHICH_CONFIG);
  const names = namesOf(deployment);
  const side = blockSide(names.ledgerTable, names.ipSets, EDGE_REGION);
  const region = { region: EDGE_REGION };
  const ledger = ledgerTable(names.ledgerTable, region);
  const ahead = local?.ahead ?? (await aheadOfUs(ledger));
  const ports = {
    ...side,
    timing: { ...side.timing, now: () => Date.now() + ahead },
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
  return { deployment, names, ports, scene, viewerUrl: local?.viewerUrl ?? null, ledger };
}

/** A ban that begins or ends by the wrong clock is over at once, or bars what came before it for hours. */
async function aheadOfUs(ledger: LedgerTable): Promise<number> {
  const ahead = await readClockAhead(ledger);
  const minutes = Math.round(Math.abs(ahead) / MINUTE);
  if (minutes > 0)
    process.stderr.write(
      `This machine's clock is ${counted(minutes, "minute")} ${ahead > 0 ? "behind" : "ahead of"} AWS's. All times here are by AWS's.\n`,
    );
  return ahead;
}

/** What a person's commands go by: the policy in force, which need not be the config's. */
export async function sceneInForce({ ports, scene }: Desk): Promise<OperatorScene> {
  return { ...scene, policy: (await policyInForce(ports, scene.policy)).policy };
}

interface LocalWorld {
  readonly deployment: Deployment;
  /** Its clock runs ahead of the wall. */
  readonly ahead: number;
  readonly viewerUrl: string;
}

/** Points the AWS clients at the running demo, with a key that is nobody's role. */
async function enterLocalWorld(): Promise<LocalWorld> {
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
  return { deployment: config, ahead: now - Date.now(), viewerUrl };
}
