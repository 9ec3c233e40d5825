/** What people's apps do, for real: a drawn call tells who wants what and whether they mistype; tokens, codes and proofs are the world's. */
import { randomBytes } from "node:crypto";

import { MINUTE, SECOND } from "../../functions/domain/instant.ts";
import { createSrpClient } from "../../local/cognito/srp-client.ts";
import { textsOf } from "../../local/demo/attempt.ts";
import type { Call } from "../../local/demo/calls.ts";
import type { Answer, CognitoCall } from "../../local/demo/cognito-call.ts";
import type { Random } from "../../local/demo/random.ts";
import type { World } from "../../local/world.ts";
import { keepTokens, PASSWORD, PeopleRegister, type Person } from "./people-register.ts";

export interface AppsOptions {
  readonly world: World;
  readonly appClient: string;
  readonly partnerClient: string;
  readonly edge: CognitoCall;
  readonly pool: CognitoCall;
  readonly random: Random;
  /** Every answer that somebody gets. */
  readonly onAnswer: (call: Call, answer: Answer) => void;
}

type Act = (call: Call, person: Person) => Promise<unknown>;

const ACCESS_LASTS = 55 * MINUTE;
const TRIES = 3;

export class Apps {
  readonly #options: AppsOptions;
  readonly #people: PeopleRegister;
  #wrongClient: string | null = null;

  constructor(options: AppsOptions) {
    this.#options = options;
    this.#people = new PeopleRegister(options.world);
  }

  /** Does what the call says, or what an app has to do before it can. */
  async play(call: Call): Promise<void> {
    const person = this.#people.personOf(call);
    const act = this.#acts[call.operation];
    if (act) await act(call, person);
    else await this.#send(call, call.operation, { ClientId: this.#clientOf(call), Username: person.name });
  }

  /** A new version of the app: nobody is signed in any more. */
  forgetTokens(): void {
    this.#people.forgetTokens();
  }

  /** The app client that apps name from now on; null: the right one. */
  setClient(clientId: string | null): void {
    this.#wrongClient = clientId;
  }

  readonly #acts: Readonly<Record<string, Act>> = {
    GetUser: async (call, person) => {
      if (call.error) return this.#send(call, "GetUser", { AccessToken: "gone" }, true);
      const AccessToken = await this.#ready(call, person);
      return AccessToken && this.#send(call, "GetUser", { AccessToken });
    },
    GetTokensFromRefreshToken: (call, person) => this.#goOn(call, person),
    RevokeToken: async (call, person) => {
      const Token = person.tokens?.refresh;
      person.tokens = null;
      return Token && this.#send(call, "RevokeToken", { ClientId: this.#clientOf(call), Token });
    },
    SignUp: (call, { name, password }) =>
      this.#send(call, "SignUp", { ClientId: this.#clientOf(call), Username: name, Password: password }),
    ConfirmSignUp: (call, person) => {
      const ConfirmationCode = this.#people.codeOf(person, "sign-up", call.error === null);
      const body = { ClientId: this.#clientOf(call), Username: person.name, ConfirmationCode };
      return this.#send(call, "ConfirmSignUp", body, call.error !== null);
    },
    ConfirmForgotPassword: (call, person) => this.#replacePassword(call, person),
    // The second half of a sign-in stands for the whole.
    RespondToAuthChallenge: (call, person) => this.#signIn(call, person),
    InitiateAuth: async (call, person) => {
      if (call.flow === "USER_SRP_AUTH") return;
      if (call.flow !== "REFRESH_TOKEN_AUTH") return this.#signIn(call, person);
      const dead = this.#byRefreshToken(call, "gone");
      return call.error ? this.#send(call, "InitiateAuth", dead, true) : this.#goOn(call, person);
    },
  };

  #clientOf({ path }: Call): string {
    const { appClient, partnerClient } = this.#options;
    return path === "direct" ? partnerClient : (this.#wrongClient ?? appClient);
  }

  /** Tries again what was throttled or broken, as every SDK does, and what failed for no reason of the user's, as people do. */
  async #send(call: Call, operation: string, body: object, mayFail = false): Promise<Answer> {
    const { edge, pool, random, onAnswer, world } = this.#options;
    const line = call.path === "direct" ? pool : edge;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await world.clock.during(() => line(operation, body, call.ip));
      onAnswer(call, answer);
      const isOver = answer.status === 200 || answer.status === 403 || mayFail || attempt === TRIES;
      if (isOver) return answer;
      await world.clock.wait(random.int(2, 6) * attempt * SECOND);
    }
  }

  async #signIn(call: Call, person: Person): Promise<void> {
    const password = call.error === null ? person.password : `${person.password}x`;
    // A quarter of the apps proves passwords, the others send them.
    const proves = call.path === "proxied" && person.name.length % 4 === 0;
    const answer = await (proves ? this.#prove(call, person, password) : this.#show(call, person, password));
    keepTokens(person, answer, this.#options.world.clock.now());
  }

  #show(call: Call, { name }: Person, password: string): Promise<Answer> {
    const AuthParameters = { USERNAME: name, PASSWORD: password };
    const body = { AuthFlow: "USER_PASSWORD_AUTH", ClientId: this.#clientOf(call), AuthParameters };
    return this.#send(call, "InitiateAuth", body, call.error !== null);
  }

  async #prove(call: Call, { name }: Person, password: string): Promise<Answer> {
    const { clock, deployment } = this.#options.world;
    const srp = createSrpClient(deployment.userPool.id.split("_")[1] ?? "", randomBytes);
    const ClientId = this.#clientOf(call);
    const AuthParameters = { USERNAME: name, SRP_A: srp.srpA };
    const challenge = await this.#send(call, "InitiateAuth", { AuthFlow: "USER_SRP_AUTH", ClientId, AuthParameters });
    if (challenge.body?.["ChallengeName"] !== "PASSWORD_VERIFIER") return challenge;
    const parameters = textsOf(challenge.body["ChallengeParameters"]);
    const ChallengeResponses = srp.answer(parameters, password, new Date(clock.now()));
    const { Session } = challenge.body;
    const body = { ChallengeName: "PASSWORD_VERIFIER", ClientId, ChallengeResponses, ...(Session ? { Session } : {}) };
    return this.#send(call, "RespondToAuthChallenge", body, call.error !== null);
  }

  #byRefreshToken(call: Call, token: string): object {
    const ClientId = this.#clientOf(call);
    return { AuthFlow: "REFRESH_TOKEN_AUTH", ClientId, AuthParameters: { REFRESH_TOKEN: token } };
  }

  /** With the tokens that there are, else by signing in. */
  #goOn(call: Call, person: Person): Promise<void> {
    return person.tokens ? this.#refresh(call, person) : this.#signIn(call, person);
  }

  async #refresh(call: Call, person: Person): Promise<void> {
    const RefreshToken = person.tokens?.refresh ?? "";
    const answer =
      call.operation === "GetTokensFromRefreshToken"
        ? await this.#send(call, "GetTokensFromRefreshToken", { ClientId: this.#clientOf(call), RefreshToken })
        : await this.#send(call, "InitiateAuth", this.#byRefreshToken(call, RefreshToken));
    if (answer.status === 200) keepTokens(person, answer, this.#options.world.clock.now());
    else person.tokens = null;
  }

  /** Signed in, with an access token that is still good. */
  async #ready(call: Call, person: Person): Promise<string | null> {
    if (!person.tokens) await this.#signIn({ ...call, error: null }, person);
    else if (this.#options.world.clock.now() > person.tokens.at + ACCESS_LASTS) await this.#refresh(call, person);
    return person.tokens?.access ?? null;
  }

  async #replacePassword(call: Call, person: Person): Promise<void> {
    const ConfirmationCode = this.#people.codeOf(person, "password", call.error === null);
    const Password = `${PASSWORD}${this.#options.random.int(10, 99)}`;
    const body = { ClientId: this.#clientOf(call), Username: person.name, ConfirmationCode, Password };
    const answer = await this.#send(call, "ConfirmForgotPassword", body, call.error !== null);
    if (answer.status === 200) person.password = Password;
  }
}
