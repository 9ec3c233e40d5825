import type { Deployment } from "../../functions/domain/deployment.ts";
import type { SecretDocument } from "../../functions/domain/environment.ts";
import type { RandomBytes } from "../cognito/random.ts";

/** The document that an operator puts into Secrets Manager after the first deployment: two gates, the key of user tags, a secret a client. */
export function secretDocument(deployment: Deployment, random: RandomBytes): SecretDocument {
  const text = (bytes: number) => random(bytes).toString("base64url");
  const clients: SecretDocument["clients"] = {};
  for (const id of deployment.userPool.clientIds) clients[id] = { secrets: [text(38)] };
  return { gates: [text(16), text(16)], tagKey: text(32), clients };
}
