/** The command line's side of an account: what a person does by `bans`, `mode` and `approvals`. */
import { blockSide } from "../../../functions/block/aws/block-side.ts";
import { s3Evidence } from "../../../functions/block/aws/evidence-store.ts";
import { executionsOf, sfnTaskTokens } from "../../../functions/block/aws/sfn.ts";
import {
  type AddBan,
  addBan,
  type Decide,
  decideProposal,
  type OperatorScene,
  releaseBan,
  setMode,
  undoRun,
} from "../../../functions/block/operator.ts";
import { readSettings } from "../../../functions/block/settings.ts";
import type { Mode } from "../../../functions/domain/ban.ts";
import { functionEnvironments } from "../../../functions/domain/environment.ts";
import { MACHINE_ARN } from "./environment.ts";

export type Order =
  | { readonly add: AddBan }
  | { readonly release: string }
  | { readonly undo: string }
  | { readonly mode: Mode }
  | { readonly decide: Decide };

const environment = functionEnvironments.apply.parse(process.env);
const settings = readSettings(environment);
const ports = {
  ...blockSide(environment.LEDGER_TABLE, settings.IP_SETS),
  evidence: s3Evidence(environment.EVIDENCE_BUCKET),
  tokens: sfnTaskTokens(),
  executions: executionsOf(MACHINE_ARN),
  journal: () => {},
};
const scene: OperatorScene = {
  ...{ sets: settings.IP_SETS, egress: settings.EGRESS, policy: settings.POLICY, initialMode: settings.INITIAL_MODE },
  by: "cli:ann",
};

export async function operate(event: unknown): Promise<unknown> {
  const order = event as Order;
  if ("add" in order) return addBan(ports, scene, order.add);
  if ("release" in order) return releaseBan(ports, scene, order.release);
  if ("undo" in order) return undoRun(ports, scene, order.undo);
  if ("mode" in order) return setMode(ports, scene, order.mode);
  return decideProposal(ports, scene.by, order.decide);
}
