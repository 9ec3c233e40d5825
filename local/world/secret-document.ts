import type { Deployment } from "../../functions/domain/deployment.ts";
import type { SecretDocument } from "../../functions/domain/environment.ts";
import type { RandomBytes } from "../cognito/random.ts";

/**
 * The document that an operator puts into Secrets Manager after the first deployment: two gates, the key of user
 * tags, and of each client the secret, or both while one is being replaced.
 */
export function secretDocument(
  deployment: Deployment,
  random: RandomBytes,
  secretsPerClient: 1 | 2 = 1,
): SecretDocument {
  const text = (bytes: number) => random(bytes).toString("base64url");
  // Client secrets have no hyphens.
  const secret = () => text(38).replaceAll("-", "+");
  const clients: SecretDocument["clients"] = {};
  for (const id of deployment.userPool.clientIds) clients[id] = { secrets: [secret()] };
  const document = { gates: [text(16), text(16)], tagKey: text(32), clients };
  // Drawn last, so that the rest is the same as in a world with one secret a client.
  if (secretsPerClient === 2) for (const client of Object.values(clients)) client.secrets.push(secret());
  return document;
}
