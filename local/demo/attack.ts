/** The attack: one call of one offender at a time; how often is the director's business. */
import type { Cast, Offender, Person } from "./cast.ts";
import { type Answer, type CognitoCall, isRefusal } from "./cognito-call.ts";
import type { Random } from "./random.ts";

export interface AttackLines {
  readonly clientId: string;
  readonly random: Random;
  /** Through the distribution. */
  readonly edge: CognitoCall;
  /** Round it, straight to the regional endpoint. */
  readonly pool: CognitoCall;
}

export interface Attempt {
  readonly offender: Offender;
  readonly answer: Answer;
  readonly refused: boolean;
}

export interface Attack {
  /** One attempt of this offender. */
  attempt(offender: Offender): Promise<Attempt>;
}

/** A leaked list holds a few addresses of real users among thousands of strangers. Each of these is tried once only. */
const REAL_NAMES = 4;

export function planAttack(cast: Cast, lines: AttackLines): Attack {
  const names = guessedNames(cast.people, lines.random);
  return {
    async attempt(offender) {
      const answer = await send(offender, lines, names);
      return { offender, answer, refused: isRefusal(answer) };
    },
  };
}

function send(offender: Offender, lines: AttackLines, names: () => string): Promise<Answer> {
  const { clientId, random } = lines;
  const from = offender.address();
  if (offender.kind === "sign-up") {
    const name = `bot${random.int(100_000, 999_999)}@example.net`;
    return lines.edge("SignUp", { ClientId: clientId, Username: name, Password: "Bot-Farm-2026!" }, from);
  }
  const guess = {
    AuthFlow: "USER_PASSWORD_AUTH",
    ClientId: clientId,
    AuthParameters: { USERNAME: names(), PASSWORD: random.pick(["Summer2026!", "Password1!", "Welcome-123"]) },
  };
  return (offender.kind === "direct" ? lines.pool : lines.edge)("InitiateAuth", guess, from);
}

/** An endless list of distinct user names, the real ones scattered among the first hundreds. */
function guessedNames(people: readonly Person[], random: Random): () => string {
  const real = random.shuffle(people).slice(0, REAL_NAMES);
  const places = new Map(real.map(({ name }, index) => [index * 60 + random.int(10, 60), name]));
  let count = 0;
  return () => {
    count += 1;
    return places.get(count) ?? `user${count}.${random.int(1000, 9999)}@example.org`;
  };
}
