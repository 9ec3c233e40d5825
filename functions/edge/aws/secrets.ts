import {
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from "@aws-sdk/client-secrets-manager";

import { type SecretDocument, secretDocumentSchema } from "../../domain/edge-config.ts";
import { InvalidInputError, RetryableError } from "../../domain/errors.ts";
import type { ClientSecrets } from "../ports.ts";

const ATTEMPTS = 2;
/** A challenge must be answered within seconds, and the call may cross half the world. */
const ATTEMPT_MS = 2_000;

/** Reads the secret document from Secrets Manager in the Region that its ARN names. */
export function secretsManager(config: SecretsManagerClientConfig = {}): ClientSecrets {
  const clients = new Map<string, SecretsManagerClient>();
  const clientOf = (arn: string) => {
    const region = arn.split(":")[3] ?? "";
    const client = clients.get(region) ?? new SecretsManagerClient({ ...config, region, maxAttempts: 1 });
    clients.set(region, client);
    return client;
  };
  return {
    async read([arn = ""]) {
      return parseDocument(await readText(clientOf(arn), arn), arn);
    },
  };
}

async function readText(client: SecretsManagerClient, arn: string): Promise<string> {
  let cause: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const command = new GetSecretValueCommand({ SecretId: arn });
      const { SecretString } = await client.send(command, { abortSignal: AbortSignal.timeout(ATTEMPT_MS) });
      return SecretString ?? "";
    } catch (error) {
      cause = error;
    }
  }
  throw new RetryableError(`Secret ${arn} could not be read in ${ATTEMPTS} attempts`, { cause });
}

/** Neither the parser's error nor the document's text is passed on: both quote the secret. */
function parseDocument(text: string, arn: string): SecretDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new InvalidInputError(`Secret ${arn} cannot be used`, ["is not JSON"]);
  }
  const parsed = secretDocumentSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(
    `Secret ${arn} cannot be used`,
    parsed.error.issues.map((issue) => `${issue.path.slice(0, 1).join()}: ${issue.code}`),
  );
}
