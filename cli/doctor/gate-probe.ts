/** Whether a user can read back the gate that the edge puts into the user agent of each call: sessions tell of devices. */
import { createHash } from "node:crypto";

import { SECOND } from "../../functions/domain/instant.ts";
import { type Check, type Flaw, problem } from "./check.ts";

/** What a user may ask about own sign-ins. The first one exists for every user; the others may be refused. */
const operations = ["ListUserSessions", "ListDevices", "GetUser"] as const;

export interface GateAnswer {
  readonly operation: string;
  readonly status: number;
  readonly text: string;
}

export interface GateReading {
  readonly answers: readonly GateAnswer[];
  /** SHA-256 of each valid gate, in hexadecimal digits. */
  readonly gateHashes: readonly string[];
}

export const gateChecks: readonly Check<GateReading>[] = [
  {
    id: "gate-hidden",
    fine: "what a user can ask about sign-ins shows no gate",
    why: "Who reads a gate can write tokens that are trusted, and passes the rule that keeps direct callers out.",
    flaws: ({ answers, gateHashes }) => [
      ...answers.flatMap(({ operation, text }) => (holdsGate(text, gateHashes) ? [shown(operation)] : [])),
      ...answers.slice(0, 1).flatMap((answer) => (answer.status === 200 ? [] : [unanswered(answer)])),
    ],
  },
];

function shown(operation: string): Flaw {
  return problem(
    `${operation} shows users a valid gate`,
    "Keep gate at off or count, stay in approve, and report it to the project.",
  );
}

function unanswered({ operation, status, text }: GateAnswer): Flaw {
  return problem(
    `${operation} got ${status} ${text.slice(0, 200)}`,
    "Sign in as a test user through the distribution, and give the access token before it expires.",
  );
}

const GATE_LENGTH = 22;

/** Every run of as many characters as a gate has is tried, for what stands around it is not known. */
function holdsGate(text: string, gateHashes: readonly string[]): boolean {
  for (const [run] of text.matchAll(/[A-Za-z0-9_-]{22,}/g))
    for (let from = 0; from + GATE_LENGTH <= run.length; from += 1) {
      const digest = createHash("sha256")
        .update(run.slice(from, from + GATE_LENGTH))
        .digest("hex");
      if (gateHashes.includes(digest)) return true;
    }
  return false;
}

/** Asks through the distribution, as the user whose access token it is. */
export async function askAsUser(url: string, accessToken: string, origin: string | undefined): Promise<GateAnswer[]> {
  return await Promise.all(
    operations.map(async (operation) => {
      const answer = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/x-amz-json-1.1",
          "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
          ...(origin !== undefined && { origin }),
        },
        body: JSON.stringify({ AccessToken: accessToken }),
        signal: AbortSignal.timeout(40 * SECOND),
      });
      return { operation, status: answer.status, text: await answer.text() };
    }),
  );
}
