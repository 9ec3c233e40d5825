/** The story's attack: one attempt of one offender at a time; how often is the director's business. */
import { type Lines, sendAttempt } from "./attempt.ts";
import type { Attacker, Cast, Offender, Person } from "./cast.ts";
import { type Answer, isRefusal } from "./cognito-call.ts";
import { type Script, scriptOf, tryNames } from "./offences.ts";
import type { Random } from "./random.ts";

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

export function planAttack(cast: Cast, lines: Lines, random: Random): Attack {
  const names = guessedNames(cast.people, random);
  const scripts: Readonly<Record<Offender["kind"], Script>> = {
    spray: tryNames(names),
    "sign-up": scriptOf("sign-up-farm", "story", random),
    direct: scriptOf("direct-bypass", "story", random),
  };
  let count = 0;
  return {
    async attempt(offender) {
      count += 1;
      return attemptOf(offender, scripts[offender.kind], count, lines);
    },
  };
}

/** The `nth` attempt of a script, from wherever the offender is just now. */
export async function attemptOf<T extends Attacker>(
  offender: T,
  script: Script,
  nth: number,
  lines: Lines,
): Promise<{ readonly offender: T; readonly answer: Answer; readonly refused: boolean }> {
  const { ja4 } = offender;
  const caller = { ip: offender.address(), ...(ja4 !== undefined && { ja4 }) };
  const answer = await sendAttempt(script(caller, lines.now(), nth), lines);
  return { offender, answer, refused: isRefusal(answer) };
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
