/**
 * Three sign-ins of nobody through the distribution, and what became of them: whether Cognito took the hash, and whether
 * CloudTrail kept the token that tells whose call it was. Nothing documents that it does.
 */
import { createHash } from "node:crypto";

import { dayPartition, literals } from "../../functions/detect/evidence-query.ts";
import { readToken } from "../../functions/detect/token.ts";
import { type Instant, toIso, type Window } from "../../functions/domain/instant.ts";
import { type Check, type Flaw, problem } from "./check.ts";

/** The ways in which a call may look that must not change its token. */
export const probeKinds = ["plain", "long user agent", "forged headers"] as const;
export type ProbeKind = (typeof probeKinds)[number];

/** Nobody's address (RFC 5737), which the forged headers claim. */
export const FORGED_ADDRESS = "192.0.2.66";
const FORGED_TOKEN = `portcullis/1 (${"A".repeat(22)}; forged; SignUp; ${FORGED_ADDRESS}; -)`;

export interface ProbeRequest {
  readonly kind: ProbeKind;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ProbeAnswer {
  readonly kind: ProbeKind;
  readonly status: number;
  /** `__type` and `message` of an error, or empty. */
  readonly error: string;
  /** CloudFront's id of the request; empty where the answer names none. */
  readonly requestId: string;
}

export interface ProbeReading {
  readonly answers: readonly ProbeAnswer[];
  /** User agents that CloudTrail holds with one of the request ids. */
  readonly userAgents: readonly string[];
  readonly gateHashes: readonly string[];
  readonly waitedMinutes: number;
}

/** @param random Hexadecimal digits of chance: nobody has such a name, and no SRP value is sent twice. */
export function probeRequests(clientId: string, origin: string | undefined, random: string): ProbeRequest[] {
  const AuthParameters = { USERNAME: `doctor-${random.slice(0, 16)}@example.com`, SRP_A: random };
  const body = JSON.stringify({ ClientId: clientId, AuthFlow: "USER_SRP_AUTH", AuthParameters });
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "AWSCognitoIdentityProviderService.InitiateAuth",
    "user-agent": "portcullis-doctor",
    ...(origin !== undefined && { origin }),
  };
  const further: Record<ProbeKind, Record<string, string>> = {
    plain: {},
    "long user agent": { "user-agent": "d".repeat(4096) },
    "forged headers": {
      "user-agent": FORGED_TOKEN,
      "x-amz-user-agent": FORGED_TOKEN,
      "x-forwarded-for": FORGED_ADDRESS,
    },
  };
  return probeKinds.map((kind) => ({ kind, headers: { ...headers, ...further[kind] }, body }));
}

/** The parameters of queries/doctor-calls.sql, in the order of its `?`. */
export function callsParameters({ from, to }: Window, ids: readonly string[]): string[] {
  const second = (at: Instant) => `${toIso(at).slice(0, 19)}Z`;
  const three = probeKinds.map((_kind, index) => ids[index] ?? ids[0] ?? "");
  return literals([dayPartition(from), dayPartition(to), second(from), second(to), ...three]);
}

export const probeChecks: readonly Check<ProbeReading>[] = [
  {
    id: "sign-in",
    fine: "sign-ins reach Cognito through the distribution, with a hash that it takes",
    why: "What fails for doctor fails for users.",
    flaws: ({ answers }) =>
      answers
        .filter((answer) => !isFromCognito(answer))
        .map(({ kind, status, error }) =>
          problem(`the call with ${kind} got ${status} ${error}`.trimEnd(), mendOf(status, error)),
        ),
  },
  {
    id: "correlation",
    fine: "CloudTrail keeps the token of every call, and forged headers change nothing in it",
    why: "Without the token nobody knows whose call failed: only rates and direct calls can be judged.",
    flaws: (reading) => reading.answers.flatMap((answer) => tokenFlaws(answer, reading)),
  },
];

/** A refusal of Cognito's own is as good as a challenge: the user does not exist. */
function isFromCognito({ status, error }: ProbeAnswer): boolean {
  if (status === 200) return true;
  return status === 400 && !/secret ?hash/i.test(error) && !THROTTLED.test(error);
}

const THROTTLED = /^TooManyRequestsException/;

function mendOf(status: number, error: string): string {
  if (THROTTLED.test(error))
    return "The quota is used up at this moment: see `portcullis status`, and run doctor again.";
  if (/secret ?hash/i.test(error)) return "See secret-current: the edge and Cognito do not have the same secret.";
  if (status === 403)
    return "Look at the web ACL's rules, and whether this address is banned (`portcullis bans list`).";
  if (status === 404 || status === 422)
    return "Look at userPool.clientIds and allowedOrigins in the config, and deploy.";
  return "See secret-readable, and docs/runbook.md, edge-errors.";
}

function tokenFlaws({ kind, requestId }: ProbeAnswer, { userAgents, gateHashes, waitedMinutes }: ProbeReading): Flaw[] {
  const tokens = userAgents.map(readToken).filter((token) => token !== null && token.requestId === requestId);
  const [token] = tokens;
  const mend =
    "Outcomes then come from CloudFront's log alone, later and without the kind of error. Please report it to the project.";
  if (!token)
    return [problem(`CloudTrail shows no token of the call with ${kind} after ${waitedMinutes} minutes`, mend)];
  if (token.address === FORGED_ADDRESS)
    return [
      problem(
        `the token of the call with ${kind} carries a forged address`,
        "Do not enforce; report it as a vulnerability.",
      ),
    ];
  const gate = createHash("sha256").update(token.gate).digest("hex");
  if (gateHashes.includes(gate)) return [];
  return [
    problem(
      `the token of the call with ${kind} has a gate that the client secret does not know`,
      "Run it again in 15 minutes: the edge may still remember an older secret.",
    ),
  ];
}
