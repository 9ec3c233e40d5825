/** A user's sign-ins, as the user sees and ends them. */
import * as z from "zod";

import { AwsError } from "../aws-wire.ts";
import { sessionOf } from "./access.ts";
import { readInput, text } from "./input.ts";
import type { PoolOperation } from "./pool.ts";
import type { Session } from "./refresh-tokens.ts";

const list = z.object({ AccessToken: text, NextToken: z.never("Invalid pagination token").optional() });

/** All on one page. Where a session was last used from is not kept, so its address and place are left out. */
export const ListUserSessions: PoolOperation = (input, call) => {
  const current = sessionOf(readInput(list, input).AccessToken, call);
  const sessions = call.pool.tokens.refreshTokens.sessionsOf(current.user, call.now);
  return { Sessions: sessions.map((session) => describe(session, session === current)) };
};

function describe({ id, clientId, at, lastActiveAt }: Session, isCurrent: boolean) {
  return {
    SessionId: id,
    SessionType: "TOKEN",
    ClientId: clientId,
    CreateDate: at / 1000,
    LastActiveDate: lastActiveAt / 1000,
    DeviceType: "unknown",
    IsCurrentSession: isCurrent,
  };
}

const revoke = z.object({
  AccessToken: text,
  SessionId: z.string().regex(/^(tkn|sso)[a-z0-9]{25}$/, "is no session id"),
  // There are no SSO sessions here, so none is linked to another.
  RevokeAssociatedSessions: z.enum(["NONE", "LINKED"]).optional(),
});

export const RevokeUserSession: PoolOperation = (input, call) => {
  const { AccessToken, SessionId } = readInput(revoke, input);
  const current = sessionOf(AccessToken, call);
  if (SessionId === current.id)
    throw new AwsError("InvalidParameterException", "The current session cannot be revoked with its own token");
  const { refreshTokens } = call.pool.tokens;
  const session = refreshTokens.sessionsOf(current.user, call.now).find(({ id }) => id === SessionId);
  if (!session) throw new AwsError("ResourceNotFoundException", "Session does not exist.");
  refreshTokens.end(session);
  return {};
};
