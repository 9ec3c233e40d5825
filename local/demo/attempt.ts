/** Sends what an offender's script says: real requests, whose answers come from the world and not from the script. */
import { randomBytes } from "node:crypto";

import { createSrpClient } from "../cognito/srp-client.ts";
import type { Call } from "./calls.ts";
import type { Answer, CognitoCall } from "./cognito-call.ts";

export interface Lines {
  readonly clientId: string;
  readonly poolName: string;
  /** Through the distribution. */
  readonly edge: CognitoCall;
  /** Round it, straight to the regional endpoint. */
  readonly pool: CognitoCall;
  now(): number;
  /** The account that a script means by a user who exists. */
  accountOf(user: string): string | Promise<string>;
}

/** A password that the pool's policy allows and nobody has. */
const GUESS = "Summer-2026!";

/** The calls of one attempt, one after the other; ends early where the next call would make no sense. Gives the last answer. */
export async function sendAttempt(calls: readonly Call[], lines: Lines): Promise<Answer> {
  const srp = calls.some(({ flow }) => flow === "USER_SRP_AUTH") ? createSrpClient(lines.poolName, randomBytes) : null;
  let answer: Answer | null = null;
  for (const call of calls) {
    if (answer && answer.body?.["ChallengeName"] === undefined) break;
    const line = call.path === "direct" ? lines.pool : lines.edge;
    const user = await userOf(call, lines);
    answer = await line(call.operation, requestOf(call, user, { before: answer, srp, lines }), call.ip, call.ja4);
  }
  if (!answer) throw new Error("an attempt is one call at least");
  return answer;
}

async function userOf({ user, known }: Call, { accountOf }: Lines): Promise<string> {
  const name = user ?? "nobody";
  if (name.includes("@")) return name;
  return known === true ? accountOf(name) : `${name}@example.org`;
}

interface Attempting {
  readonly before: Answer | null;
  readonly srp: ReturnType<typeof createSrpClient> | null;
  readonly lines: Lines;
}

function requestOf({ operation, flow }: Call, user: string, { before, srp, lines }: Attempting): object {
  const ClientId = lines.clientId;
  const named = { ClientId, Username: user };
  switch (operation) {
    case "InitiateAuth": {
      const proof = flow === "USER_SRP_AUTH" ? { SRP_A: srp?.srpA } : { PASSWORD: GUESS };
      return { AuthFlow: flow, ClientId, AuthParameters: { USERNAME: user, ...proof } };
    }
    case "RespondToAuthChallenge": {
      const challenge = textsOf(before?.body?.["ChallengeParameters"]);
      const Session = before?.body?.["Session"];
      const ChallengeResponses = srp?.answer(challenge, GUESS, new Date(lines.now()));
      return {
        ChallengeName: "PASSWORD_VERIFIER",
        ClientId,
        ChallengeResponses,
        ...(Session !== undefined && { Session }),
      };
    }
    case "SignUp":
      return { ...named, Password: "Bot-Farm-2026!" };
    case "ConfirmForgotPassword":
      return { ...named, ConfirmationCode: "123456", Password: GUESS };
    default:
      return named;
  }
}

/** The members of an object that are text. */
export function textsOf(value: unknown): Record<string, string> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
