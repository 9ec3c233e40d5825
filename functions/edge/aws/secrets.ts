import {
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
  SecretsManagerServiceException,
} from "@aws-sdk/client-secrets-manager";

import { type SecretDocument, secretDocumentSchema } from "../../domain/edge-config.ts";
import { InvalidInputError, RetryableError } from "../../domain/errors.ts";
import type { ClientSecrets } from "../ports.ts";

/** A challenge must be answered within seconds, and the call may cross half the world. */
const ATTEMPT_MS = 2_000;

/**
 * Reads the secret document from Secrets Manager in the Region that its ARN names: the nearest copy first, then the
 * next, or the same again if there is no other. A document that cannot be used counts as a failed attempt too, for a
 * replica may lag behind the original. If it is the last word, `InvalidInputError` says so: waiting will not help.
 */
export function secretsManager(config: SecretsManagerClientConfig = {}): ClientSecrets {
  const clients = new Map<string, SecretsManagerClient>();
  const clientOf = (arn: string) => {
    const region = arn.split(":")[3] ?? "";
    const client = clients.get(region) ?? new SecretsManagerClient({ ...config, region, maxAttempts: 1 });
    clients.set(region, client);
    return client;
  };
  return {
    async read([nearest = "", next = nearest]) {
      try {
        return await attempt(clientOf(nearest), nearest);
      } catch {
        // Which error the first copy had is of no use once the second one is at hand, or has failed as well.
        return attempt(clientOf(next), next);
      }
    },
  };
}

async function attempt(client: SecretsManagerClient, arn: string): Promise<SecretDocument> {
  return parseDocument(await readText(client, arn), arn);
}

async function readText(client: SecretsManagerClient, arn: string): Promise<string> {
  try {
    const command = new GetSecretValueCommand({ SecretId: arn });
    const { SecretString } = await client.send(command, { abortSignal: AbortSignal.timeout(ATTEMPT_MS) });
    return typeof SecretString === "string" ? SecretString : "";
  } catch (error) {
    throw new RetryableError(`Secret ${arn} could not be read`, { cause: withoutAnswer(error) });
  }
}

/**
 * The SDK's error for an answer that it cannot read quotes the answer, and keeps all of it in hidden fields. So only
 * the service's own words are passed on, of anything else the name and the network's code.
 */
function withoutAnswer(error: unknown): Error {
  if (typeof error !== "object" || error === null) return new Error("unknown");
  const { name = "Error", message = "", code = "" } = error as Partial<NodeJS.ErrnoException>;
  return Object.assign(new Error(error instanceof SecretsManagerServiceException ? message : code), { name });
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
