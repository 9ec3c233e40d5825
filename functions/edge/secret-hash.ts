import { createHmac } from "node:crypto";

/** Cognito's SECRET_HASH. Over the user name exactly as sent: neither trimmed nor lower-cased, or Cognito refuses it. */
export function secretHash(username: string, clientId: string, clientSecret: string): string {
  return createHmac("sha256", clientSecret)
    .update(username + clientId)
    .digest("base64");
}
