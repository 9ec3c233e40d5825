/**
 * `AdvancedSecurityEnabled`, kept from the original solution: sign-ins go through AdminInitiateAuth and
 * AdminRespondToAuthChallenge, signed with the function's own credentials, with the viewer's address in ContextData.
 *
 * A signed call may do more than the viewer's own could, so its body is built from known members only.
 */
import { isJsonObject, type JsonObject, member } from "./json-object.ts";
import { type Headers, headerValue } from "./origin-request.ts";

export interface AdminContext {
  readonly userPoolId: string;
  readonly address: string;
  /** The distribution's name: the server that the viewer talked to. */
  readonly serverName: string;
  readonly headers: Headers;
}

/** Members that the public and the Admin operations have in common, with the same meaning. */
const COMMON = [
  "ClientId",
  "AuthFlow",
  "AuthParameters",
  "ChallengeName",
  "ChallengeResponses",
  "Session",
  "ClientMetadata",
  "AnalyticsMetadata",
];
/** An Admin operation has its own name for this flow; it refuses the public one. */
const FLOWS: ReadonlyMap<unknown, string> = new Map([["USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH"]]);
/** What tells devices apart; nothing that may hold a secret of the page's. */
const TOLD_HEADERS = ["user-agent", "accept", "accept-language", "accept-encoding", "origin", "referer"];

/** `body` is the public operation's, hash included. */
export function adminBody(body: JsonObject, context: AdminContext): JsonObject {
  const flow = member(body, "AuthFlow");
  return {
    UserPoolId: context.userPoolId,
    ...Object.fromEntries(COMMON.filter((name) => Object.hasOwn(body, name)).map((name) => [name, body[name]])),
    ...(flow !== undefined && { AuthFlow: FLOWS.get(flow) ?? flow }),
    ContextData: contextData(member(body, "UserContextData"), context),
  };
}

function contextData(given: unknown, { address, serverName, headers }: AdminContext): JsonObject {
  const encoded = isJsonObject(given) ? member(given, "EncodedData") : undefined;
  return {
    IpAddress: address,
    ServerName: serverName,
    ServerPath: "/",
    HttpHeaders: TOLD_HEADERS.flatMap((headerName) => {
      const headerText = headerValue(headers, headerName);
      return headerText === undefined ? [] : [{ headerName, headerValue: headerText }];
    }),
    ...(encoded !== undefined && { EncodedData: encoded }),
  };
}
