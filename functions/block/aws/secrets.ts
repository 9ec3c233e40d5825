import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

import { NotFoundError } from "../../domain/errors.ts";
import { MINUTE } from "../../domain/instant.ts";
import type { Secrets } from "../ports.ts";
import { patience } from "./patience.ts";
import { retryable } from "./retryable.ts";

const KEPT_MS = 5 * MINUTE;

/** The key that signs approval links, read again after five minutes. A failed read is never kept. */
export function approvalKey(secretArn: string, now: () => number = Date.now): Secrets {
  const client = new SecretsManagerClient(patience);
  let kept: { key: string; until: number } | null = null;
  return {
    async read() {
      if (kept && kept.until > now()) return kept.key;
      const command = new GetSecretValueCommand({ SecretId: secretArn });
      const { SecretString } = await retryable("The key of approval links")(() => client.send(command));
      if (!SecretString) throw new NotFoundError("The secret with the key of approval links is empty");
      kept = { key: SecretString, until: now() + KEPT_MS };
      return SecretString;
    },
  };
}
