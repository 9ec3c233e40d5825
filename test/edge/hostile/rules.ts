/** What must hold for every request, whoever sent it. */
import { createHmac } from "node:crypto";

import { canonicalAddress } from "../../../functions/domain/cidr.ts";
import { readEdgeResult } from "../../../local/cloudfront/edge-result.ts";
import { CLIENT_ID, GATE, ORIGIN } from "../builders.ts";
import { type AskedRequest, documents, SECRETS, TAG_KEY } from "./aws.ts";
import type { eventOf, HostileCase } from "./calls.ts";
import {
  expected,
  hashOf,
  type Json,
  must,
  parse,
  readViewer,
  type ViewerCall,
  withoutHttpHeaders,
} from "./expected.ts";
import { isSameJson } from "./json.ts";
import { FORGED, PASSWORD, TOKEN } from "./words.ts";

export interface Outcome {
  /** Through JSON, as Lambda hands it to CloudFront. */
  readonly result: unknown;
  readonly lines: readonly { readonly level: string; readonly text: string }[];
  readonly asked: readonly AskedRequest[];
}

type Event = ReturnType<typeof eventOf>;
type Given = Parameters<typeof readEdgeResult>[1];
type HeaderMap = Readonly<Record<string, readonly { readonly value: string }[]>>;
interface Returned {
  readonly headers: HeaderMap;
  readonly origin: { readonly custom: { readonly customHeaders: HeaderMap } };
  readonly body?: unknown;
}
/** `sent` is the replacing body, null if the viewer's goes on. */
type Forwarded = Returned & { readonly sent: Buffer | null };

/** How it ended, for the statistics. Throws if a rule is broken. */
export function judge(hostile: HostileCase, event: Event, outcome: Outcome): string {
  const request = event.Records[0]?.cf.request as Given & { headers: HeaderMap };
  const call = readViewer(hostile);
  const line = judgeLog(outcome, call);
  must(line["requestId"] === hostile.requestId, "the log names CloudFront's request");
  const read = readEdgeResult(outcome.result, request);
  must(read.kind !== "invalid", `a valid result (${read.kind === "invalid" ? read.problem.slice(0, 300) : ""})`);
  for (const asked of outcome.asked) judgeAsked(asked, hostile, call);
  must(outcome.asked.length <= 4, "at most two tries with each secret");
  if (read.kind === "request") {
    must(line["event"] === "edge.relayed" && outcome.asked.length === 0, "a forwarded call is logged as relayed");
    judgeForwarded({ ...(outcome.result as Returned), sent: read.request.body }, request, hostile, call);
    return "forwarded";
  }
  if (read.kind === "response") judgeAnswer(read, line, outcome, call);
  return line["event"] === "edge.relayed" ? "asked" : `${line["event"]} ${line["reason"] ?? ""}`.trim();
}

/** Texts that may be in no log, and but for the first list's in no answer either. */
function confidential({ username }: ViewerCall): string[] {
  const name = username !== null && username.length >= 8 ? [username, JSON.stringify(username).slice(1, -1)] : [];
  const hashes = username === null ? [] : SECRETS.map((secret) => hashOf(username, secret));
  return [...SECRETS, GATE, TAG_KEY, PASSWORD, TOKEN, ...name, ...hashes];
}

function judgeLog({ lines }: Outcome, call: ViewerCall): Json {
  must(
    lines.length === 1 && lines[0]?.level === "log",
    `exactly one log line, not ${JSON.stringify(lines).slice(0, 300)}`,
  );
  const text = lines[0]?.text ?? "";
  for (const hidden of [...confidential(call), FORGED])
    must(!text.includes(hidden), `nothing confidential in the log: ${text.slice(0, 300)}`);
  const line = parse(Buffer.from(text));
  must(/^edge\.(relayed|refused|preflight)$/.test(String(line?.["event"])), "the line is a decision");
  must(line?.["reason"] !== "fault", `no error that nobody expected: ${text}`);
  return line ?? {};
}

function judgeAnswer(
  { status, headers, body }: { status: number; headers: readonly { name: string; value: string }[]; body: Buffer },
  line: Json,
  { asked }: Outcome,
  call: ViewerCall,
): void {
  const text = body.toString();
  for (const hidden of confidential(call)) must(!text.includes(hidden), "nothing confidential in the answer");
  for (const { value } of headers) must(!confidential(call).some((each) => value.includes(each)), "nor in its headers");
  if (line["event"] === "edge.preflight") {
    must(status === 200 && text === "", "a preflight is an empty 200");
    return;
  }
  const json = parse(body);
  must(json !== null, "the answer is a JSON object");
  must(
    headers.some(({ name, value }) => name === "Content-Type" && value === "application/x-amz-json-1.1"),
    "the answer is Cognito's JSON",
  );
  must(status < 300 || status >= 400, "no redirect");
  if (line["event"] === "edge.relayed") must(asked.length > 0, "an answer that was relayed was asked for");
  else must([403, 404, 413, 422, 503].includes(status) && line["status"] === status, `a refusal, not a ${status}`);
  must(status < 300 || /^[A-Za-z]+$/.test(String(json["__type"])), "an error has a type");
  const signed = asked.at(-1)?.headers.authorization !== undefined;
  must(
    !(signed && /arn:aws|Token|Signature|AccessDenied|Unrecognized/.test(String(status >= 400 && text))),
    "errors about our own credentials stay here",
  );
}

function judgeAsked({ headers, body }: AskedRequest, hostile: HostileCase, call: ViewerCall): void {
  const { row } = call;
  must(row !== undefined && call.body !== null, "only a readable call is asked");
  must(call.body["ClientId"] === CLIENT_ID, "only for an app client that has a secret");
  const secrets = hostile.secret === "two" ? documents.two : documents.one;
  const sent = parse(Buffer.from(body));
  const match = (secrets.clients[CLIENT_ID]?.secrets ?? [])
    .map((secret) => expected(row, call.body ?? {}, secret, hostile))
    .find(({ operation, body: want }) => isSameJson(want, /^Admin/.test(operation) ? withoutHttpHeaders(sent) : sent));
  must(match !== undefined, `an asked call is the viewer's with a right secret: ${body.slice(0, 300)}`);
  must(headers["x-amz-target"] === `AWSCognitoIdentityProviderService.${match.operation}`, "and its operation");
  must(/^Admin/.test(match.operation) === (headers.authorization !== undefined), "Admin operations alone are signed");
  must(headers.cookie === undefined && headers["x-forwarded-for"] === undefined, "no headers of the viewer's");
  judgeAgent([headers["user-agent"], headers["x-amz-user-agent"]], hostile, call);
}

function judgeForwarded(
  result: Forwarded,
  given: { readonly headers: HeaderMap; readonly body?: unknown },
  hostile: HostileCase,
  call: ViewerCall,
): void {
  const { row } = call;
  must(row !== undefined && hostile.method === "POST" && hostile.uri === "/", "only a known operation is forwarded");
  judgeHeaders(result, given, hostile, call);
  const names = Object.keys(result.origin.custom.customHeaders);
  must(!names.some((name) => name.startsWith("x-portcullis")), "the configuration stays here");
  const told = String(result.headers["x-amz-target"]?.map(({ value }) => value));
  if (row.place === "untouched") {
    must(isSameJson(result.body, given.body) && result.sent === null, "a token's call goes on byte for byte");
    must(told === `AWSCognitoIdentityProviderService.${row.name}`, "and its operation");
    return;
  }
  must(hostile.secret === "one", "a call of an app client with two secrets is not forwarded");
  must(call.body?.["ClientId"] === CLIENT_ID, "only for an app client that has a secret");
  const want = expected(row, call.body, SECRETS[0], hostile);
  must(told === `AWSCognitoIdentityProviderService.${want.operation}` && !/Admin/.test(told), "the right operation");
  const sent = result.sent && parse(result.sent);
  must(isSameJson(sent, want.body), `the right body, not ${String(result.sent).slice(0, 300)}`);
}

const REWRITTEN = ["host", "user-agent", "x-amz-user-agent", "x-amz-target"];
const isDropped = (name: string) =>
  /^(authorization|cookie|x-forwarded-for|cloudfront-.*|x-amzn-cognito-.*|__proto__)$/.test(name);

const difference = (some: readonly string[], others: readonly string[]) => [
  ...some.filter((name) => !others.includes(name)),
  ...others.filter((name) => !some.includes(name)),
];

function judgeHeaders(result: Forwarded, given: { headers: HeaderMap }, hostile: HostileCase, call: ViewerCall): void {
  const { headers } = result;
  const kept = Object.keys(given.headers).filter((name) => !REWRITTEN.includes(name) && !isDropped(name));
  const odd = difference(Object.keys(headers), [...kept, ...REWRITTEN]);
  must(odd.length === 0, `the right headers: ${odd}`);
  for (const name of kept) must(isSameJson(headers[name], given.headers[name]), `the header ${name} as it came`);
  must(
    isSameJson(
      headers["host"]?.map(({ value }) => value),
      [ORIGIN],
    ),
    "Cognito's own host name",
  );
  const agents = ["user-agent", "x-amz-user-agent"].map((name) => headers[name]);
  must(
    agents.every((values) => values?.length === 1),
    "one value in each user-agent header",
  );
  judgeAgent(
    agents.map((values) => values?.[0]?.value),
    hostile,
    call,
  );
}

/** Token first, once, in both headers, and all of it right. */
function judgeAgent(agents: readonly (string | string[] | undefined)[], hostile: HostileCase, call: ViewerCall): void {
  const id = /^[A-Za-z0-9_=-]{1,128}$/.test(hostile.requestId) ? hostile.requestId : "-";
  const tagged = createHmac("sha256", TAG_KEY).update(call.username?.trim().toLowerCase() ?? "");
  const tag = call.username === null || call.row?.place === "untouched" ? "-" : tagged.digest("base64url").slice(0, 16);
  const address = canonicalAddress(hostile.clientIp) ?? "-";
  const token = `portcullis/1 (${GATE}; ${id}; ${call.row?.name}; ${address}; ${tag})`;
  for (const agent of agents) {
    must(
      typeof agent === "string" && /^[\x20-\x7e]{1,1024}$/.test(agent),
      "a user agent of plain characters, under 1 KB",
    );
    must(agent === token || agent.startsWith(`${token} `), `the token stands first: ${agent.slice(0, 300)}`);
    must(agent.match(/portcullis\//gi)?.length === 1, `the token stands once: ${agent.slice(0, 600)}`);
  }
  must(agents[0] === agents[1], "both user-agent headers say the same");
}
