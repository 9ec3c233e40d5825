/** The users of a soak as their apps know them: by which name and password, and with which tokens. */
import type { Instant } from "../../functions/domain/instant.ts";
import { textsOf } from "../../local/demo/attempt.ts";
import type { Call } from "../../local/demo/calls.ts";
import type { Answer } from "../../local/demo/cognito-call.ts";
import type { World } from "../../local/world.ts";

export interface Person {
  readonly name: string;
  password: string;
  tokens: { readonly access: string; readonly refresh: string; readonly at: Instant } | null;
}

/** What Cognito would have sent them by mail. */
export type CodeKind = "sign-up" | "password";

export const PASSWORD = "Right-Horse-7!";

export class PeopleRegister {
  readonly #users: World["cognito"]["users"];
  readonly #persons = new Map<string, Person>();
  /** Whose account is made by their own sign-up, or not at all. */
  readonly #newcomers = new Set<string>();

  constructor({ cognito }: Pick<World, "cognito">) {
    this.#users = cognito.users;
  }

  /** Makes the account of who is met for the first time and ought to have one. */
  personOf({ user, operation, known: exists = true }: Call): Person {
    const key = user ?? "nobody";
    if (!exists || operation === "SignUp") this.#newcomers.add(key);
    const person = this.#persons.get(key) ?? { name: `${key}@example.com`, password: PASSWORD, tokens: null };
    this.#persons.set(key, person);
    if (!this.#newcomers.has(key) && !this.#users.find(person.name)) this.#users.addUser(person.name, person.password);
    return person;
  }

  /** The code that was sent, or another one. */
  codeOf({ name }: Person, kind: CodeKind, isRight: boolean): string {
    const code = this.#users.find(name)?.codes.get(kind)?.text ?? "123456";
    if (isRight) return code;
    return code === "000000" ? "000001" : "000000";
  }

  forgetTokens(): void {
    for (const person of this.#persons.values()) person.tokens = null;
  }
}

/** Keeps the tokens of an answer, if it has any. */
export function keepTokens(person: Person, answer: Answer, now: Instant): void {
  const result = textsOf(answer.body?.["AuthenticationResult"]);
  const refresh = result["RefreshToken"] ?? person.tokens?.refresh;
  if (result["AccessToken"] && refresh) person.tokens = { access: result["AccessToken"], refresh, at: now };
}
