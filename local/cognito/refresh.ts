/** Staying signed in and leaving: refresh tokens. */
import * as z from "zod";

import { AwsError } from "../aws-wire.ts";
import type { Texts } from "./challenge-answer.ts";
import { checkClientSecret, checkSecretHash, secretsOf } from "./client-secrets.ts";
import { newDevice } from "./devices.ts";
import { readInput, required, text, texts } from "./input.ts";
import type { PoolCall, PoolOperation } from "./pool.ts";
import type { Session } from "./refresh-tokens.ts";
import type { TokenSet } from "./tokens.ts";
import { runTrigger } from "./triggers.ts";

/** REFRESH_TOKEN_AUTH. It knows no rotation, so a client whose tokens rotate must not have it. */
export function refreshWithHash(parameters: Texts, clientId: string, call: PoolCall): Record<string, unknown> {
  const { pool } = call;
  if (pool.signIns.settings.rotation)
    throw new AwsError("InvalidParameterException", "REFRESH_TOKEN_AUTH flow not enabled for this client");
  const token = required(parameters, "REFRESH_TOKEN");
  const hash = parameters["SECRET_HASH"];
  // Only the token says whose it is, and the hash is over the internal user name. Clients in the field also send
  // the plain secret; whether Cognito (still) takes it is not documented.
  const plain = hash !== undefined && secretsOf(pool.clients, clientId).includes(hash);
  if (!plain && hash === undefined) checkSecretHash(pool.clients, clientId, [], hash);
  const session = readToken(token, clientId, call);
  if (!plain) checkSecretHash(pool.clients, clientId, [session.user.sub], hash);
  return { ChallengeParameters: {}, AuthenticationResult: refresh(session, parameters["DEVICE_KEY"], call) };
}

const getTokens = z.object({
  RefreshToken: text,
  ClientId: text,
  ClientSecret: text.optional(),
  DeviceKey: z.string().optional(),
  ClientMetadata: texts.optional(),
});

export const GetTokensFromRefreshToken: PoolOperation = (input, call) => {
  const { RefreshToken, ClientId, ClientSecret, DeviceKey } = readInput(getTokens, input);
  const { pool, now } = call;
  checkClientSecret(pool.clients, ClientId, ClientSecret, "NotAuthorizedException");
  const session = readToken(RefreshToken, ClientId, call);
  const result = refresh(session, DeviceKey, call);
  if (!pool.signIns.settings.rotation) return { AuthenticationResult: result };
  const next = pool.tokens.refreshTokens.rotate(RefreshToken, session, now);
  return { AuthenticationResult: { ...result, RefreshToken: next } };
};

function readToken(token: string, clientId: string, { pool, now, about }: PoolCall): Session {
  const grace = pool.signIns.settings.rotation?.graceSeconds ?? 0;
  const session = pool.tokens.refreshTokens.read(token, clientId, grace, now);
  about(session.user);
  return session;
}

/** With device tracking, the session of a confirmed device goes on with its key alone; another gets a new key. */
function refresh(
  session: Session,
  deviceKey: string | undefined,
  call: PoolCall,
): TokenSet & { readonly NewDeviceMetadata?: object } {
  const { pool, now } = call;
  const confirmed = session.device !== null && session.user.devices.has(session.device.key);
  if (confirmed && deviceKey !== session.device?.key)
    throw new AwsError("NotAuthorizedException", "Invalid Refresh Token.");
  const device = confirmed ? null : newDevice(call);
  if (device) session.device = device.name;
  runTrigger(pool.triggers, "PreTokenGeneration");
  session.lastActiveAt = now;
  return { ...pool.tokens.issue(session, now), ...device?.metadata };
}

const revoke = z.object({ Token: text, ClientId: text, ClientSecret: text.optional() });

export const RevokeToken: PoolOperation = (input, { pool, about }) => {
  const { Token, ClientId, ClientSecret } = readInput(revoke, input);
  checkClientSecret(pool.clients, ClientId, ClientSecret, "UnauthorizedException");
  const user = pool.tokens.refreshTokens.revoke(Token, ClientId);
  if (user) about(user);
  return {};
};
