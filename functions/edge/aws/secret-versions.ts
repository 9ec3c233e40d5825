import {
  GetSecretValueCommand,
  InvalidParameterException,
  InvalidRequestException,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";

import { patience } from "../../block/aws/patience.ts";
import { retryable } from "../../block/aws/retryable.ts";
import { ConflictError, NotFoundError } from "../../domain/errors.ts";
import type { SecretStore } from "../tend-gates.ts";

/** The label of a version that is not current yet. */
const PENDING = "PORTCULLIS-PENDING";
const CURRENT = "AWSCURRENT";

/**
 * A secret that several may write. PutSecretValue knows no condition, so a new version is written under a label of its
 * own first; moving AWSCURRENT off the version that was read then fails if that is not current any more.
 */
export function secretVersions(arn: string, config: SecretsManagerClientConfig = {}): SecretStore {
  const client = new SecretsManagerClient({ ...patience, ...config, region: arn.split(":")[3] ?? "" });
  const asked = retryable(`The secret ${arn}`);
  const current = () => asked(() => client.send(new GetSecretValueCommand({ SecretId: arn })));
  return {
    async read() {
      const value = await current().catch(absent(arn));
      const { SecretString: text, VersionId: version, CreatedDate } = value;
      if (text === undefined || version === undefined) throw noText(arn);
      return { text, version, writtenAt: CreatedDate?.getTime() ?? 0 };
    },
    async replace(version, text) {
      const put = new PutSecretValueCommand({ SecretId: arn, SecretString: text, VersionStages: [PENDING] });
      const { VersionId } = await asked(() => client.send(put));
      const stage = { SecretId: arn, VersionStage: CURRENT, RemoveFromVersionId: version, MoveToVersionId: VersionId };
      try {
        await asked(() => client.send(new UpdateSecretVersionStageCommand(stage)));
      } catch (error) {
        if (!isRefused(error)) throw error;
        // The SDK's second try of a move whose first answer was lost is overtaken by the first.
        if ((await current()).VersionId === VersionId) return;
        throw new ConflictError(`The secret ${arn} was written by somebody else meanwhile`, { cause: error });
      }
    },
  };
}

function absent(arn: string) {
  return (error: unknown): never => {
    if (error instanceof ResourceNotFoundException) throw noText(arn, { cause: error });
    throw error;
  };
}

function noText(arn: string, options?: ErrorOptions): NotFoundError {
  return new NotFoundError(`The secret ${arn} has no text: write a JSON object to it, at least {}`, options);
}

function isRefused(error: unknown): boolean {
  return error instanceof InvalidParameterException || error instanceof InvalidRequestException;
}
