/** The function URL of the templates, served over HTTP in Lambda's payload format 2.0. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import * as z from "zod";

import { NotSupportedError } from "../../functions/domain/errors.ts";
import { listen, readBody } from "../http.ts";
import type { Clock, FunctionEnd, Functions } from "../ports.ts";
import type { Assembly, Resource } from "../template.ts";

export interface FunctionUrl {
  /** With a slash at its end, as `Fn::GetAtt FunctionUrl` gives it. */
  readonly url: string;
  /** Begins to answer; before that, every request gets 403. */
  serve(assembly: Assembly, functions: Functions): void;
  stop(): Promise<void>;
}

interface Target {
  readonly functionArn: string;
  readonly open: boolean;
}

const LARGEST_BODY = 6 * 1024 * 1024;
const forbidden = {
  status: 403,
  headers: { "content-type": "application/json" },
  body: '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}',
};

/** Listens at once, since the address has to be known before the templates can be read. */
export async function openFunctionUrl(
  clock: Pick<Clock, "now" | "during">,
  onFault?: (error: unknown) => void,
): Promise<FunctionUrl> {
  let answer: ((request: IncomingMessage, body: Buffer) => Promise<Answer>) | undefined;
  const server = createServer((request, response) => {
    clock
      .during(async () => {
        const body = await readBody(request, LARGEST_BODY);
        write(response, answer ? await answer(request, body) : forbidden);
      })
      .catch((error: unknown) => {
        if (!request.destroyed || request.complete) onFault?.(error);
        response.destroy();
      });
  });
  const { url, stop } = await listen(server, 0);
  return {
    url: `${url}/`,
    stop,
    serve(assembly, functions) {
      const target = targetOf(assembly);
      if (!target) return;
      answer = async (request, body) => {
        if (!target.open) return forbidden;
        return answerOf(await functions.invoke(target.functionArn, eventOf(request, body, clock.now())));
      };
    },
  };
}

const urlSchema = z.looseObject({
  AuthType: z.enum(["NONE", "AWS_IAM"]),
  TargetFunctionArn: z.string(),
  Qualifier: z.string().optional(),
});

function targetOf(assembly: Assembly): Target | undefined {
  const [resource, ...others] = assembly.ofType("AWS::Lambda::Url");
  if (!resource) return undefined;
  if (others.length > 0)
    throw new NotSupportedError("The local world serves one function URL; the templates hold several");
  const { AuthType, TargetFunctionArn, Qualifier } = urlSchema.parse(resource.properties);
  const functionArn = Qualifier === undefined ? TargetFunctionArn : `${TargetFunctionArn}:${Qualifier}`;
  return { functionArn, open: AuthType === "NONE" && isOpenToAll(assembly, functionArn) };
}

/** Since October 2025 a new URL needs both permissions; with one of them missing Lambda answers 403. */
function isOpenToAll(assembly: Assembly, functionArn: string): boolean {
  const granted = assembly.ofType("AWS::Lambda::Permission").filter((permission) => grantsAll(permission, functionArn));
  const has = (action: string, condition: string, value: unknown) =>
    granted.some(({ properties }) => properties.Action === action && properties[condition] === value);
  return (
    has("lambda:InvokeFunctionUrl", "FunctionUrlAuthType", "NONE") &&
    has("lambda:InvokeFunction", "InvokedViaFunctionUrl", true)
  );
}

function grantsAll({ properties }: Resource, functionArn: string): boolean {
  return properties.Principal === "*" && properties.FunctionName === functionArn;
}

/** Lambda hands over as text what is text for certain; a form is not. */
const TEXT = /^(text\/|application\/(json|javascript|xml)\b)/;

function eventOf(request: IncomingMessage, body: Buffer, now: number): unknown {
  const url = new URL(request.url ?? "/", "http://function.local");
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(",")]),
  );
  const parameters = [...new Set(url.searchParams.keys())].map((name) => [
    name,
    url.searchParams.getAll(name).join(","),
  ]);
  const isBase64Encoded = body.length > 0 && !TEXT.test(headers["content-type"] ?? "");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(headers.cookie ? { cookies: headers.cookie.split("; ") } : {}),
    headers,
    ...(parameters.length > 0 ? { queryStringParameters: Object.fromEntries(parameters) } : {}),
    requestContext: contextOf(request, url.pathname, now),
    ...(body.length > 0 ? { body: body.toString(isBase64Encoded ? "base64" : "utf8") } : {}),
    isBase64Encoded,
  };
}

function contextOf({ headers, method = "GET", socket }: IncomingMessage, path: string, now: number): unknown {
  const { host = "", "user-agent": userAgent = "" } = headers;
  return {
    accountId: "anonymous",
    apiId: "local",
    domainName: host,
    domainPrefix: host.split(".")[0] ?? "",
    http: { method, path, protocol: "HTTP/1.1", sourceIp: socket.remoteAddress ?? "", userAgent },
    requestId: randomUUID(),
    routeKey: "$default",
    stage: "$default",
    time: commonLogTime(now),
    timeEpoch: now,
  };
}

function commonLogTime(now: number): string {
  const [, day, month, year, time] = /^\w+, (\d\d) (\w+) (\d+) ([\d:]+) GMT$/.exec(new Date(now).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string | Buffer;
}

const answerSchema = z.object({
  statusCode: z.number().int().min(100).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
  cookies: z.array(z.string()).optional(),
  body: z.string().default(""),
  isBase64Encoded: z.boolean().default(false),
});

/** An answer without `statusCode` is taken as the body itself, in JSON; a failed function is 502, without details. */
function answerOf(end: FunctionEnd): Answer {
  const json = { "content-type": "application/json" };
  if (!end.ok) return { status: 502, headers: json, body: "Internal Server Error" };
  const parsed = answerSchema.safeParse(end.payload);
  if (!parsed.success) {
    const body = typeof end.payload === "string" ? end.payload : JSON.stringify(end.payload);
    return { status: 200, headers: json, body };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  return {
    status: statusCode,
    headers: { ...json, ...lowerCased(headers), ...(cookies ? { "set-cookie": cookies } : {}) },
    body: isBase64Encoded ? Buffer.from(body, "base64") : body,
  };
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function write(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}
