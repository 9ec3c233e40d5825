/** Requests as an app makes them: Cognito's JSON protocol over real HTTP, from an address that the caller chooses. */
import { isIPv6 } from "node:net";

export interface Answer {
  readonly status: number;
  /** Null where the body is no JSON object, which no Cognito SDK could read. */
  readonly body: Readonly<Record<string, unknown>> | null;
  /** The exception name of Cognito's error bodies, without the prefix before `#`. */
  readonly errorType: string | null;
}

export type CognitoCall = (operation: string, body: object, from: string) => Promise<Answer>;

/** Only the loopback servers of the local world read this header; to AWS it would be one header among many. */
const VIEWER = "x-portcullis-viewer";

/** Calls the endpoint at `url` with a user agent of `agent`. Rejects only if there is no HTTP answer at all. */
export function cognitoCaller(url: string, agent: string): CognitoCall {
  return async (operation, body, from) => {
    const response = await fetch(new URL("/", url), {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
        "x-amz-user-agent": agent,
        "user-agent": agent,
        "cache-control": "no-store",
        [VIEWER]: isIPv6(from) ? from.toLowerCase() : from,
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
