import { createHash } from "node:crypto";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

import { oneForAll } from "../../block/aws/kept-clients.ts";
import { patience } from "../../block/aws/patience.ts";
import { retryable } from "../../block/aws/retryable.ts";
import { secretDocumentSchema } from "../../domain/environment.ts";
import { InvalidInputError, NotFoundError } from "../../domain/errors.ts";

const ownClient = oneForAll(() => new SecretsManagerClient(patience));

/**
 * SHA-256 (lower-case hex) of the gates in the client secret. A query compares hashes, so a gate never stands in
 * Athena's history, where more people may read than in Secrets Manager.
 */
export async function gateHashes(secretArn: string, client = ownClient()): Promise<string[]> {
  const command = new GetSecretValueCommand({ SecretId: secretArn });
  const { SecretString } = await retryable(secretArn)(() => client.send(command));
  if (SecretString === undefined)
    throw new NotFoundError(`The secret ${secretArn} has no text: write the client secret document to it`);
  const parsed = secretDocumentSchema.safeParse(jsonOf(SecretString));
  if (!parsed.success)
    // Only where the document is wrong, never what stands there.
    throw new InvalidInputError(
      `The secret ${secretArn} cannot be used`,
      parsed.error.issues.map(({ path, code }) => `${path.map(String).join(".") || "document"}: ${code}`),
    );
  return parsed.data.gates.map((gate) => createHash("sha256").update(gate).digest("hex"));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
