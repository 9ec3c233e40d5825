import { s3Evidence } from "../block/aws/evidence-store.ts";
import { functionEnvironments } from "../domain/environment.ts";
import { logFoldersSchema } from "../domain/names.ts";
import { type RollupProgress, rollupRequestSchema } from "../domain/rollup.ts";
import { gateHashes } from "./aws/client-gates.ts";
import { dynamoDbRollups } from "./aws/dynamodb-rollups.ts";
import { stringList } from "./environment-list.ts";
import { errorName } from "./judge-run.ts";
import { pieceFailed, pieceInserted, startRollup } from "./rollup-run.ts";

const environment = functionEnvironments.rollup.parse(process.env);
const clientIds = stringList(environment.CLIENT_IDS, "CLIENT_IDS");
const allowedOrigins = stringList(environment.ALLOWED_ORIGINS, "ALLOWED_ORIGINS");
const folders = logFoldersSchema.parse(JSON.parse(environment.LOG_FOLDERS));
const register = dynamoDbRollups(environment.LEDGER_TABLE);

const evidence = s3Evidence(environment.EVIDENCE_BUCKET);

/** Before and after each INSERT of `rollup`; see rollup.ts. */
export async function handler(event: unknown): Promise<RollupProgress> {
  const request = rollupRequestSchema.parse(event);
  const hashes = await gateHashes(environment.SECRET_ARN);
  const world = { register, evidence, scope: { clientIds, allowedOrigins, folders, gateHashes: hashes } };
  if (request.step === "start") return await startRollup(world, request.startedAt);
  const { kind, partition, generation } = request.progress.piece ?? {};
  if (request.step === "inserted") {
    const progress = await pieceInserted(world, request.progress);
    console.log(JSON.stringify({ event: "rollup.registered", kind, partition, generation }));
    return progress;
  }
  const error = errorName({ error: request.progress.error });
  console.log(JSON.stringify({ event: "rollup.insert-failed", kind, partition, generation, error }));
  return await pieceFailed(world, request.progress);
}
