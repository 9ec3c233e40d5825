/** People who use the app: they sign in with SRP, look at their profile, refresh, and sign out after a while. */
import { randomBytes } from "node:crypto";

import { SECOND } from "../../functions/domain/instant.ts";
import { createSrpClient } from "../cognito/srp-client.ts";
import { textsOf } from "./attempt.ts";
import type { Person } from "./cast.ts";
import type { Answer, CognitoCall } from "./cognito-call.ts";
import type { Random } from "./random.ts";
import type { Fate } from "./tally.ts";

export interface AppUse {
  readonly clientId: string;
  readonly poolName: string;
  readonly call: CognitoCall;
  readonly random: Random;
  /** Instant of the demo's clock; the SRP proof carries it. */
  now(): number;
  wait(ms: number): Promise<void>;
  /** How a call ended, retries done; `what` names it. */
  count(fate: Fate, what: string): void;
  /** Each proved sign-in, by the person's name. */
  signedIn?(person: Person): void;
}

/** One person's app. `act` does the next thing that this person would do; a second `act` at a time is ignored. */
export interface Visitor {
  readonly person: Person;
  act(): Promise<void>;
}

interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

const TRIES = 6;
/** Everybody mistypes now and then; that must never look like an attack. */
const MISTYPE_SHARE = 0.04;

export function openApp(person: Person, use: AppUse): Visitor {
  let tokens: Tokens | null = null;
  let actionsLeft = 0;
  let busy = false;

  async function next(): Promise<void> {
    if (!tokens) {
      tokens = await signIn(person, use);
      actionsLeft = use.random.int(2, 8);
    } else if (actionsLeft > 0) {
      actionsLeft -= 1;
      tokens = await visit(person, use, tokens);
    } else {
      const token = tokens.refresh;
      tokens = null;
      await request(use, person, "RevokeToken", { ClientId: use.clientId, Token: token });
    }
  }
  return {
    person,
    async act() {
      if (busy) return;
      busy = true;
      try {
        await next();
      } finally {
        busy = false;
      }
    },
  };
}

async function signIn(person: Person, use: AppUse): Promise<Tokens | null> {
  const mistyped = use.random.next() < MISTYPE_SHARE;
  if (mistyped) await proveSrp(person, `${person.password}x`, use);
  const tokens = await proveSrp(person, person.password, use);
  if (tokens) use.signedIn?.(person);
  return tokens;
}

async function proveSrp(person: Person, password: string, use: AppUse): Promise<Tokens | null> {
  const srp = createSrpClient(use.poolName, randomBytes);
  const challenge = await request(use, person, "InitiateAuth", {
    AuthFlow: "USER_SRP_AUTH",
    ClientId: use.clientId,
    AuthParameters: { USERNAME: person.name, SRP_A: srp.srpA },
  });
  const parameters = textsOf(challenge.body?.["ChallengeParameters"]);
  if (challenge.body?.["ChallengeName"] !== "PASSWORD_VERIFIER" || !parameters["SRP_B"]) return null;
  const answer = await request(use, person, "RespondToAuthChallenge", {
    ChallengeName: "PASSWORD_VERIFIER",
    ClientId: use.clientId,
    ChallengeResponses: srp.answer(parameters, password, new Date(use.now())),
    ...(challenge.body["Session"] ? { Session: challenge.body["Session"] } : {}),
  });
  return tokensOf(answer, null);
}

/** Two times in three a look at the profile, else a refresh; half of the people run an old client library. */
async function visit(person: Person, use: AppUse, tokens: Tokens): Promise<Tokens | null> {
  if (use.random.next() < 0.66) {
    await request(use, person, "GetUser", { AccessToken: tokens.access });
    return tokens;
  }
  const oldLibrary = person.name.length % 2 === 0;
  const answer = oldLibrary
    ? await request(use, person, "InitiateAuth", {
        AuthFlow: "REFRESH_TOKEN_AUTH",
        ClientId: use.clientId,
        AuthParameters: { REFRESH_TOKEN: tokens.refresh },
      })
    : await request(use, person, "GetTokensFromRefreshToken", {
        ClientId: use.clientId,
        RefreshToken: tokens.refresh,
      });
  return tokensOf(answer, tokens.refresh);
}

function tokensOf(answer: Answer, oldRefresh: string | null): Tokens | null {
  const result = textsOf(answer.body?.["AuthenticationResult"]);
  const refresh = result["RefreshToken"] ?? oldRefresh;
  return result["AccessToken"] && refresh ? { access: result["AccessToken"], refresh } : null;
}

/** Repeats a throttled or broken call after a moment, as every Cognito SDK does. */
async function request(use: AppUse, person: Person, operation: string, body: object): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await use.call(operation, body, person.address);
    const fate = benignFate(answer);
    if (fate === "answered" || fate === "refused" || attempt === TRIES) {
      use.count(fate, `${operation} from ${person.address}: ${answer.status} ${answer.errorType ?? ""}`.trim());
      return answer;
    }
    await use.wait(untilEarly(use.now() + (0.5 + use.random.next()) * attempt * SECOND) - use.now());
  }
}

/** Early in a second, before the attack's calls have used up what Cognito allows in it. */
function untilEarly(instant: number): number {
  return Math.ceil(instant / SECOND) * SECOND + 20;
}

function benignFate(answer: Answer): Fate {
  if (answer.status === 403) return "refused";
  if (answer.errorType === "TooManyRequestsException") return "throttled";
  return answer.status >= 500 || answer.body === null ? "broken" : "answered";
}
