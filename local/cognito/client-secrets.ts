/** Whether a caller knows a secret of the app client that it names; either is right while one is being replaced. */
import { secretHash } from "../../functions/edge/secret-hash.ts";
import { AwsError } from "../aws-wire.ts";
import type { AppClients } from "./app-clients.ts";

/** The secrets of a client; throws as Cognito does for a client that is not in the pool. */
export function secretsOf(clients: AppClients, clientId: string): readonly string[] {
  return clients.get(clientId).secrets.map(({ value }) => value);
}

/** Throws unless `hash` is the secret hash over one of these names with one of the client's secrets. */
export function checkSecretHash(
  clients: AppClients,
  clientId: string,
  usernames: readonly string[],
  hash: string | undefined,
): void {
  const secrets = secretsOf(clients, clientId);
  if (secrets.length === 0) return;
  if (hash === undefined)
    throw new AwsError(
      "NotAuthorizedException",
      `Client ${clientId} is configured for secret but secret was not received`,
    );
  const right = secrets.some((secret) => usernames.some((name) => secretHash(name, clientId, secret) === hash));
  if (!right) throw new AwsError("NotAuthorizedException", `Unable to verify secret hash for client ${clientId}`);
}

/** The plain secret, as GetTokensFromRefreshToken and RevokeToken want it; each has its own exception. */
export function checkClientSecret(
  clients: AppClients,
  clientId: string,
  secret: string | undefined,
  exception: "NotAuthorizedException" | "UnauthorizedException",
): void {
  const secrets = secretsOf(clients, clientId);
  if (secrets.length === 0 || (secret !== undefined && secrets.includes(secret))) return;
  // The texts are those of a wrong hash; which ones Cognito uses here is not documented.
  throw new AwsError(
    exception,
    secret === undefined
      ? `Client ${clientId} is configured for secret but secret was not received`
      : `SecretHash does not match for the client: ${clientId}`,
  );
}
