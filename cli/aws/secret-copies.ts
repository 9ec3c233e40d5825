/** Reads the copies of the client secret, and tells of them what may be told. Never writes. */
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

import { gateHashes } from "../../functions/detect/aws/client-gates.ts";
import type { Deployment } from "../../functions/domain/deployment.ts";
import { type SecretDocument, secretDocumentSchema } from "../../functions/domain/edge-config.ts";
import { clientSecretOf } from "../../functions/domain/names.ts";
import type { SecretCopy } from "../doctor/edge-checks.ts";

/** @param secrets The secret that Cognito shows for an app client. */
export async function readSecretCopies(
  deployment: Deployment,
  secrets: ReadonlyMap<string, string>,
): Promise<SecretCopy[]> {
  const regions = [clientSecretOf(deployment).region, ...deployment.secretReplicaRegions];
  return Promise.all(regions.map((region) => readCopy(region, deployment, secrets)));
}

async function readCopy(
  region: string,
  deployment: Deployment,
  secrets: ReadonlyMap<string, string>,
): Promise<SecretCopy> {
  const read = await readDocument(region, idIn(region, clientSecretOf(deployment).id));
  if (typeof read === "string") return { region, fault: read, gates: 0, knows: {} };
  const known = deployment.userPool.clientIds.flatMap((id): [string, boolean][] => {
    const current = secrets.get(id);
    return current === undefined ? [] : [[id, read.clients[id]?.secrets.includes(current) ?? false]];
  });
  return { region, fault: null, gates: read.gates.length, knows: Object.fromEntries(known) };
}

/** A copy has the ARN of its original, but for the Region; a name is the same everywhere. */
function idIn(region: string, id: string): string {
  return id.replace(/^(arn:[^:]+:secretsmanager):[^:]+:/, `$1:${region}:`);
}

/** The document, or what is wrong with it: where, and never what stands there. */
async function readDocument(region: string, SecretId: string): Promise<SecretDocument | string> {
  const client = new SecretsManagerClient({ region });
  let text: string | undefined;
  try {
    text = (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
  } catch (error) {
    return error instanceof Error ? error.name : "it cannot be read";
  }
  const parsed = secretDocumentSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  return parsed.error.issues.map(({ path, code }) => `${path.map(String).join(".") || "document"}: ${code}`).join(", ");
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

/** SHA-256 of the gates in the secret that the functions read. */
export function readGateHashes(deployment: Deployment): Promise<string[]> {
  const { region, id } = clientSecretOf(deployment);
  return gateHashes(id, new SecretsManagerClient({ region }));
}
