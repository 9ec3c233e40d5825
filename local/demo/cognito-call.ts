/** Requests as an app makes them: Cognito's JSON protocol over real HTTP, from an address that the caller chooses. */
import { isIPv6 } from "node:net";

export interface Answer {
  readonly status: number;
  /** Null where the body is no JSON object, which no Cognito SDK could read. */
  readonly body: Readonly<Record<string, unknown>> | null;
  /** The exception name of Cognito's error bodies, without the prefix before `#`. */
  readonly errorType: string | null;
}

/** `ja4` is the fingerprint of the caller's TLS, where it has one of its own. */
export type CognitoCall = (operation: string, body: object, from: string, ja4?: string) => Promise<Answer>;

/** Only the loopback servers of the local world read these headers; to AWS they would be two among many. */
const VIEWER = "x-portcullis-viewer";
const JA4 = "x-portcullis-ja4";

/** Calls the endpoint at `url` with a user agent of `agent`. Rejects only if there is no HTTP answer at all. */
export function cognitoCaller(url: string, agent: string): CognitoCall {
  return async (operation, body, from, ja4) => {
    const response = await fetch(new URL("/", url), {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
        "x-amz-user-agent": agent,
        "user-agent": agent,
        "cache-control": "no-store",
        [VIEWER]: isIPv6(from) ? from.toLowerCase() : from,
        ...(ja4 !== undefined && { [JA4]: ja4 }),
      },
      body: JSON.stringify(body),
    });
    return readAnswer(response.status, await response.text());
  };
}

export function readAnswer(status: number, text: string): Answer {
  const body = parseObject(text);
  const type = body?.["__type"] ?? body?.["code"];
  return { status, body, errorType: typeof type === "string" ? (type.split("#").pop() ?? null) : null };
}

/** What the deny list answers: 403 with the exception in JSON that every Cognito SDK can parse. */
export function isRefusal(answer: Answer): boolean {
  return answer.status === 403 && answer.errorType === "ForbiddenException";
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
