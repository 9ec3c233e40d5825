/** Makes the calls of a probe and waits until CloudTrail has them. The only thing in doctor that is not a reading. */
import { randomBytes } from "node:crypto";

import { HOUR, type Instant, MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { EDGE_REGION } from "../../functions/domain/names.ts";
import { queryText } from "../analysis.ts";
import { runQuery } from "../aws/athena.ts";
import { readGateHashes } from "../aws/secret-copies.ts";
import { readStackOutput } from "../aws/stack-outputs.ts";
import type { Desk } from "../desk.ts";
import { askAsUser, type GateReading } from "./gate-probe.ts";
import { callsParameters, type ProbeAnswer, type ProbeReading, type ProbeRequest, probeRequests } from "./probe.ts";

const ANSWER_MS = 40 * SECOND;
/** Quotas are per second, and a small one need not be spent on doctor. */
const BETWEEN_CALLS_MS = 1100;
const BETWEEN_LOOKS_MS = 30 * SECOND;

/** @param tell Says what is being waited for. */
export async function probe(desk: Desk, waitMinutes: number, tell: (text: string) => void): Promise<ProbeReading> {
  const { deployment, ports } = desk;
  const url = await distributionUrl(desk);
  const [clientId = ""] = deployment.userPool.clientIds;
  const began = ports.timing.now();
  const answers: ProbeAnswer[] = [];
  const sendApart = async (request: ProbeRequest) => {
    if (answers.length > 0) await ports.timing.pause(BETWEEN_CALLS_MS);
    return send(url, request);
  };
  for (const request of probeRequests(clientId, deployment.allowedOrigins?.[0], randomBytes(128).toString("hex")))
    answers.push(await sendApart(request));
  const ids = answers.map(({ requestId }) => requestId).filter((id) => id !== "");
  tell(`waiting for CloudTrail to show ${ids.length} calls, up to ${waitMinutes} minutes`);
  const end = began + waitMinutes * MINUTE;
  let userAgents = await look(desk, ids, began);
  // Each call has an id of its own, so each has a user agent of its own.
  while (userAgents.length < ids.length && ports.timing.now() < end) {
    await ports.timing.pause(BETWEEN_LOOKS_MS);
    userAgents = await look(desk, ids, began);
  }
  const waitedMinutes = Math.round((ports.timing.now() - began) / MINUTE);
  return { answers, userAgents, gateHashes: await readGateHashes(deployment), waitedMinutes };
}

/** What a user can see of the gates. @param accessToken Of a user who signed in through the distribution. */
export async function readGates(desk: Desk, accessToken: string): Promise<GateReading> {
  const { deployment } = desk;
  const [answers, gateHashes] = await Promise.all([
    askAsUser(await distributionUrl(desk), accessToken, deployment.allowedOrigins?.[0]),
    readGateHashes(deployment),
  ]);
  return { answers, gateHashes };
}

async function distributionUrl({ viewerUrl, names }: Desk): Promise<string> {
  return viewerUrl ?? `https://${await readStackOutput(EDGE_REGION, names.edgeStack, "DistributionDomainName")}/`;
}

async function send(url: string, { kind, headers, body }: ProbeRequest): Promise<ProbeAnswer> {
  const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(ANSWER_MS) });
  const text = await answer.text();
  return {
    kind,
    status: answer.status,
    error: answer.ok ? "" : errorIn(text),
    requestId: answer.headers.get("x-amz-cf-id") ?? "",
  };
}

/** Type and message where Cognito or the edge answered; of a page of CloudFront's nothing. */
function errorIn(text: string): string {
  try {
    const { __type = "", message = "" }: { __type?: unknown; message?: unknown } = JSON.parse(text);
    return `${String(__type)} ${String(message)}`.trim();
  } catch {
    return "";
  }
}

/** The user agents that CloudTrail holds with one of the request ids. */
async function look({ names, ports }: Desk, ids: readonly string[], began: Instant): Promise<string[]> {
  if (ids.length === 0) return [];
  const text = queryText("doctor-calls");
  const parameters = callsParameters({ from: began - 5 * MINUTE, to: began + HOUR }, ids);
  const query = { database: names.database, workGroup: names.workGroup, text, parameters };
  const rows = await runQuery(query, ports.timing.pause);
  return [...new Set(rows.flatMap((row) => row["useragent"] ?? []))];
}
