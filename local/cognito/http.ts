/** HTTP as Cognito speaks it: AWS JSON 1.1, errors with their type in the body and in a header, CORS for everyone. */
import type { AwsError } from "../aws-wire.ts";
import type { Inspection } from "../ports.ts";

/** A request as it reaches an origin. `sourceIp` is who connected: for a proxied call that is CloudFront. */
export interface Exchange {
  readonly sourceIp: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function headerOf(request: Pick<Exchange, "headers">, name: string): string {
  return request.headers.find((header) => header.name.toLowerCase() === name)?.value ?? "";
}

const cors = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
};
const common = (requestId: string) => ({
  "content-type": "application/x-amz-json-1.1",
  "x-amzn-requestid": requestId,
  ...cors,
});

export function answerJson(requestId: string, output: Readonly<Record<string, unknown>>): Answer {
  return { status: 200, headers: common(requestId), body: JSON.stringify(output) };
}

export function answerError(requestId: string, { code, message, status }: AwsError): Answer {
  return {
    status,
    headers: {
      ...common(requestId),
      "x-amzn-errortype": `${code}:`,
      "x-amzn-errormessage": message.replace(/[^\x20-\x7e]/g, "?"),
    },
    body: JSON.stringify({ __type: code, message }),
  };
}

/** For the native API the web ACL's own status and body reach the caller; without them it is a ForbiddenException. */
export function answerWebAcl(requestId: string, response: Inspection["response"]): Answer {
  return {
    status: response?.status ?? 403,
    headers: { ...common(requestId), ...response?.headers },
    body:
      response?.body ||
      JSON.stringify({ __type: "ForbiddenException", message: "Request not allowed due to WAF block." }),
  };
}

export function answerPreflight(request: Exchange): Answer {
  return {
    status: 200,
    headers: {
      ...cors,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": headerOf(request, "access-control-request-headers") || "*",
      "access-control-max-age": "172800",
    },
    body: "",
  };
}
