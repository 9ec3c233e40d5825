/** The users of the pool. Passwords are kept as SRP verifiers only; user names are case-insensitive as in new pools. */
import { HOUR, type Instant } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";
import { checkAttempts, failed, succeeded } from "./attempts.ts";
import { type RandomBytes, randomCode, randomUuid } from "./random.ts";
import { toBigInt, verifierOf } from "./srp.ts";
import { type Code, type CodePurpose, newUser, type User } from "./user.ts";

export type { CodePurpose, User } from "./user.ts";

export interface UserOptions {
  readonly confirmed?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
  /** The password must be replaced at the first sign-in (FORCE_CHANGE_PASSWORD), and before this instant if it is one. */
  readonly temporary?: boolean | Instant;
}

const CODES_PER_HOUR = 5;

export class UserStore {
  readonly #users = new Map<string, User>();
  readonly #poolName: string;
  readonly #random: RandomBytes;

  constructor(poolName: string, random: RandomBytes) {
    this.#poolName = poolName;
    this.#random = random;
  }

  /** Throws UsernameExistsException if the name is taken. */
  addUser(username: string, password: string, options: UserOptions = {}): User {
    if (this.find(username)) throw new AwsError("UsernameExistsException", "User already exists");
    const { confirmed = true, attributes = {}, temporary = false } = options;
    const sub = randomUuid(this.#random);
    const user = newUser({ sub, username, confirmed, attributes, ...this.#credentials(sub, password) });
    user.temporaryUntil = temporary === true ? Number.POSITIVE_INFINITY : temporary || null;
    this.#users.set(username.toLowerCase(), user);
    this.#users.set(sub, user);
    return user;
  }

  /** By the name that the user signs in with, or by the internal one. */
  find(username: string): User | undefined {
    return this.#users.get(username.toLowerCase());
  }

  remove(user: User): void {
    this.#users.delete(user.username.toLowerCase());
    this.#users.delete(user.sub);
  }

  /** For good: a temporary password is one no more. */
  setPassword(user: User, password: string): void {
    Object.assign(user, this.#credentials(user.sub, password));
    user.temporaryUntil = null;
  }

  isPassword(user: User, password: string): boolean {
    return verifierOf({ poolName: this.#poolName, userId: user.sub, password }, user.salt) === user.verifier;
  }

  #credentials(userId: string, password: string): { salt: bigint; verifier: bigint } {
    const salt = toBigInt(this.#random(16));
    return { salt, verifier: verifierOf({ poolName: this.#poolName, userId, password }, salt) };
  }

  /** Sends a code, which here means that a test can read it off the user. Five an hour and user, as Cognito allows. */
  sendCode(user: User, purpose: CodePurpose, now: Instant): void {
    user.codesSent = user.codesSent.filter((at) => at > now - HOUR);
    if (user.codesSent.length >= CODES_PER_HOUR)
      throw new AwsError("LimitExceededException", "Attempt limit exceeded, please try after some time.");
    user.codesSent.push(now);
    const until = now + (purpose === "password" ? 1 : 24) * HOUR;
    user.codes.set(purpose, this.#deliver(user, { text: randomCode(this.#random), purpose, until }));
  }

  /** Sends a code that a sign-in waits for. Whoever opens the challenge keeps it and says how long it is good. */
  sendSignInCode(user: User, digits: number, until: Instant): string {
    return this.#deliver(user, { text: randomCode(this.#random, digits), purpose: "sign-in", until }).text;
  }

  #deliver(user: User, code: Code): Code {
    user.code = code;
    return code;
  }

  /** Throws unless `text` is the code that was sent last for this purpose; a right code is used up. */
  useCode(user: User, purpose: CodePurpose, text: string, now: Instant): void {
    const code = user.codes.get(purpose);
    if (!code || code.until <= now)
      throw new AwsError("ExpiredCodeException", "Invalid code provided, please request a code again.");
    if (code.text !== text)
      throw new AwsError("CodeMismatchException", "Invalid verification code provided, please try again.");
    user.codes.delete(purpose);
    if (user.code === code) user.code = null;
  }

  /** Throws while a user is locked out after wrong passwords. */
  checkLock(user: User, now: Instant): void {
    checkAttempts(user, now);
  }

  passwordFailed(user: User, now: Instant): void {
    failed(user, now);
  }

  passwordProved(user: User): void {
    succeeded(user);
  }
}
