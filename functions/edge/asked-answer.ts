/** What the edge makes of Cognito's answer to a call that it made itself, before a viewer sees it. */
import { isJsonObject, type JsonObject, member, textMember, writeJson } from "./json-object.ts";
import type { CognitoAnswer } from "./ports.ts";

/**
 * The errors of InitiateAuth and RespondToAuthChallenge in the model of the public API. An Admin operation also fails
 * with errors about our own credentials and permissions: they tell a viewer nothing, and SDKs take some of them for a
 * wrong clock and call again. Whatever is not listed here therefore stays at the edge.
 */
const PUBLIC_ERRORS: ReadonlySet<string> = new Set([
  "AliasExistsException",
  "CodeMismatchException",
  "ExpiredCodeException",
  "ForbiddenException",
  "InternalErrorException",
  "InvalidEmailRoleAccessPolicyException",
  "InvalidLambdaResponseException",
  "InvalidParameterException",
  "InvalidPasswordException",
  "InvalidSmsRoleAccessPolicyException",
  "InvalidSmsRoleTrustRelationshipException",
  "InvalidUserPoolConfigurationException",
  "MFAMethodNotFoundException",
  "NotAuthorizedException",
  "PasswordHistoryPolicyViolationException",
  "PasswordResetRequiredException",
  "ResourceNotFoundException",
  "SoftwareTokenMFANotFoundException",
  "TooManyRequestsException",
  "UnexpectedLambdaException",
  "UnsupportedOperationException",
  "UserLambdaValidationException",
  "UserNotConfirmedException",
  "UserNotFoundException",
]);

export interface ReadAnswer {
  readonly status: number;
  readonly body: JsonObject;
  /** The body as the viewer gets it. */
  readonly text: string;
  /** The exception's name; null for a success. */
  readonly error: string | null;
}

/** Null for what is no answer of Cognito: not JSON, too large, no error type, a redirect. */
export function readAnswer({ status, headers, body }: CognitoAnswer): ReadAnswer | null {
  const json = parse(body);
  if (json === null || !isAnswerStatus(status)) return null;
  if (status < 300) return fits(body) ? { status, body: json, error: null, text: body } : null;
  const type = textMember(json, "__type") ?? headers["x-amzn-errortype"] ?? "";
  const error = /(?:^|#)([A-Za-z]{1,64})(?::|$)/.exec(type)?.[1];
  if (error === undefined) return null;
  // The header that also tells the type cannot be set on an answer of ours, so the body has to.
  const text = writeJson({ ...json, __type: error });
  return text !== null && fits(text) ? { status, body: json, error, text } : null;
}

/** CloudFront takes 1 MB from a function, headers included. */
const fits = (text: string) => Buffer.byteLength(text) <= 1_000_000;

/** A redirect is no answer, and a status that does not exist is none that CloudFront would pass on. */
const isAnswerStatus = (status: number) => (status >= 200 && status < 300) || (status >= 400 && status < 600);

function parse(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Whether a viewer may see this error of a call that was signed with our credentials. */
export function isPublicError(error: string): boolean {
  return PUBLIC_ERRORS.has(error);
}

/** Whether Cognito does not know the sign-in that this call goes on with: so nothing has happened by it. */
export function isSessionRefused({ error, body }: ReadAnswer): boolean {
  return error === "NotAuthorizedException" && /session/i.test(messageOf(body));
}

function messageOf(body: JsonObject): string {
  return String(member(body, "message") ?? member(body, "Message"));
}

/**
 * Whether Cognito refused the client secret, or the hash made from it. It checks that before it looks at anything of
 * the user's, so nothing has happened yet. Only the text tells; for a wrong plain secret AWS documents none.
 */
export function isSecretRefused({ error, body }: ReadAnswer): boolean {
  if (error === "UnauthorizedException") return true;
  return error === "NotAuthorizedException" && /secret/i.test(messageOf(body));
}
