/** Staying signed in and leaving: refresh tokens. */
import * as z from "zod";

import type { Texts } from "./challenge-answer.ts";
import { checkClientSecret, checkSecretHash, secretsOf } from "./client-secrets.ts";
import { ignored, readInput, required, text } from "./input.ts";
import type { PoolCall, PoolOperation } from "./pool.ts";

export function refreshWithHash(
  parameters: Texts,
  clientId: string,
  { pool, now, about }: PoolCall,
): Record<string, unknown> {
  const token = required(parameters, "REFRESH_TOKEN");
  const hash = parameters["SECRET_HASH"];
  // Only the token says whose it is, and the hash is over the internal user name. Clients in the field also send
  // the plain secret; whether Cognito (still) takes it is not documented.
  const plain = hash !== undefined && secretsOf(pool.clients, clientId).includes(hash);
  if (!plain && hash === undefined) checkSecretHash(pool.clients, clientId, [], hash);
  const user = pool.tokens.readRefreshToken(token, clientId, now);
  about(user);
  if (!plain) checkSecretHash(pool.clients, clientId, [user.sub], hash);
  return { ChallengeParameters: {}, AuthenticationResult: pool.tokens.refresh(token, clientId, now) };
}

const getTokens = z.object({
  RefreshToken: text,
  ClientId: text,
  ClientSecret: text.optional(),
  DeviceKey: ignored,
  ClientMetadata: ignored,
});

export const GetTokensFromRefreshToken: PoolOperation = (input, { pool, now, about }) => {
  const { RefreshToken, ClientId, ClientSecret } = readInput(getTokens, input);
  checkClientSecret(pool.clients, ClientId, ClientSecret, "NotAuthorizedException");
  about(pool.tokens.readRefreshToken(RefreshToken, ClientId, now));
  return { AuthenticationResult: pool.tokens.refresh(RefreshToken, ClientId, now) };
};

const revoke = z.object({ Token: text, ClientId: text, ClientSecret: text.optional() });

export const RevokeToken: PoolOperation = (input, { pool, about }) => {
  const { Token, ClientId, ClientSecret } = readInput(revoke, input);
  checkClientSecret(pool.clients, ClientId, ClientSecret, "UnauthorizedException");
  const user = pool.tokens.revoke(Token, ClientId);
  if (user) about(user);
  return {};
};
