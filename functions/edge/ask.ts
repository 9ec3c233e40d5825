/**
 * Calls that the edge sends itself instead of handing them back to CloudFront, because it has to see the answer:
 * Admin operations, whose errors can be about our own credentials, and calls of an app client with two secrets, of
 * which Cognito may have dropped either.
 *
 * Two secrets: the one that worked last is tried first. Cognito checks the secret before anything of the user's, so
 * a call with the wrong one is no failed sign-in; it is sent again with the other one, and the viewer sees that answer.
 */
import { isPublicError, isSecretRefused, type ReadAnswer, readAnswer } from "./asked-answer.ts";
import type { CognitoEndpoint, CognitoRequest } from "./ports.ts";
import { isRefusal, type Refusal, unavailable } from "./refusal.ts";

/** Remembers which of an app client's secrets worked last. Forgotten with the execution environment. */
export interface SecretMemory {
  /** The secrets in the order in which to try them. */
  order(clientId: string, secrets: readonly string[]): readonly string[];
  note(clientId: string, secret: string): void;
}

export function secretMemory(): SecretMemory {
  const worked = new Map<string, string>();
  return {
    order(clientId, secrets) {
      const last = worked.get(clientId);
      return last !== undefined && secrets.includes(last)
        ? [last, ...secrets.filter((secret) => secret !== last)]
        : secrets;
    },
    note: (clientId, secret) => void worked.set(clientId, secret),
  };
}

export interface Asked {
  readonly answer: ReadAnswer | Refusal;
  /** How many secrets were tried. */
  readonly tried: number;
  /** Why there is no answer for the viewer: the name of an error, never its message. */
  readonly fault?: string;
}

/** `attempts` are the same call with each secret in turn, made when its turn comes. */
export async function ask(
  cognito: CognitoEndpoint,
  attempts: readonly (() => CognitoRequest | Refusal)[],
  onAccepted: (attempt: number) => void,
): Promise<Asked> {
  let last: Asked = { answer: unavailable("client-secret"), tried: 0 };
  for (const [index, attempt] of attempts.entries()) {
    const request = attempt();
    if (isRefusal(request)) return { answer: request, tried: index };
    const sent = await send(cognito, request);
    last = { ...sent, tried: index + 1 };
    if (isRefusal(sent.answer)) return last;
    if (!isSecretRefused(sent.answer)) {
      onAccepted(index);
      return last;
    }
  }
  return last;
}

async function send(cognito: CognitoEndpoint, request: CognitoRequest): Promise<Omit<Asked, "tried">> {
  const sent = await cognito.send(request).catch(nameOf);
  if (typeof sent === "string") return { answer: unavailable("cognito"), fault: sent };
  const answer = readAnswer(sent);
  if (answer === null) return { answer: unavailable("cognito"), fault: `status ${sent.status}` };
  if (request.signed && answer.error !== null && !isPublicError(answer.error))
    return { answer: unavailable("credentials"), fault: answer.error };
  return { answer };
}

/** Which error kept the answer away (TimeoutError, AccessDeniedException, …), without its message. */
export function nameOf(error: unknown): string {
  return (
    nameIn(typeof error === "object" && error !== null && "cause" in error ? error.cause : undefined) ??
    nameIn(error) ??
    "unknown"
  );
}

function nameIn(error: unknown): string | null {
  return typeof error === "object" && error !== null && "name" in error ? String(error.name) : null;
}
