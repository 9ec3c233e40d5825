/** The users of the pool. Passwords are kept as SRP verifiers only; user names are case-insensitive as in new pools. */
import { HOUR, type Instant, SECOND } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";
import { type RandomBytes, randomCode, randomUuid } from "./random.ts";
import { toBigInt, verifierOf } from "./srp.ts";

export interface User {
  /** Also the internal user name, as in a pool that signs in by e-mail address. */
  readonly sub: string;
  readonly username: string;
  readonly attributes: Record<string, string>;
  salt: bigint;
  verifier: bigint;
  confirmed: boolean;
  code: { readonly text: string; readonly purpose: CodePurpose; readonly until: Instant } | null;
  codesSent: Instant[];
  failures: number;
  lockedUntil: Instant;
}
export type CodePurpose = "sign-up" | "password";

export interface UserOptions {
  readonly confirmed?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
}

const CODES_PER_HOUR = 5;
const FAILURES_BEFORE_LOCK = 5;

export class UserStore {
  readonly #users = new Map<string, User>();
  readonly #poolName: string;
  readonly #random: RandomBytes;

  constructor(poolName: string, random: RandomBytes) {
    this.#poolName = poolName;
    this.#random = random;
  }

  /** Throws UsernameExistsException if the name is taken. */
  addUser(username: string, password: string, { confirmed = true, attributes = {} }: UserOptions = {}): User {
    if (this.find(username)) throw new AwsError("UsernameExistsException", "User already exists");
    const sub = randomUuid(this.#random);
    const user: User = {
      sub,
      username,
      attributes: { sub, ...attributes },
      ...this.#credentials(sub, password),
      confirmed,
      code: null,
      codesSent: [],
      failures: 0,
      lockedUntil: 0,
    };
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

  setPassword(user: User, password: string): void {
    Object.assign(user, this.#credentials(user.sub, password));
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
    user.code = { text: randomCode(this.#random), purpose, until: now + (purpose === "sign-up" ? 24 : 1) * HOUR };
  }

  /** Throws unless `text` is the code that was sent last for this purpose; a right code is used up. */
  useCode(user: User, purpose: CodePurpose, text: string, now: Instant): void {
    if (user.code?.purpose !== purpose || user.code.until <= now)
      throw new AwsError("ExpiredCodeException", "Invalid code provided, please request a code again.");
    if (user.code.text !== text)
      throw new AwsError("CodeMismatchException", "Invalid verification code provided, please try again.");
    user.code = null;
  }

  /** Throws while a user is locked out after wrong passwords. */
  checkLock(user: User, now: Instant): void {
    if (user.lockedUntil > now) throw new AwsError("NotAuthorizedException", "Password attempts exceeded");
  }

  /** Five wrong passwords lock the user out for a second, each further one for twice as long, up to 15 minutes. */
  passwordFailed(user: User, now: Instant): void {
    user.failures += 1;
    const over = user.failures - FAILURES_BEFORE_LOCK;
    if (over >= 0) user.lockedUntil = now + Math.min(2 ** over, 900) * SECOND;
  }

  passwordProved(user: User): void {
    user.failures = 0;
    user.lockedUntil = 0;
  }
}
