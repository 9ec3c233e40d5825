/** What a flow starts with and what a challenge is answered with, after the secret hash was checked. */
import { AwsError } from "../aws-wire.ts";
import type { Open, ProvedSignIn, SignIn, Step } from "./challenge-sessions.ts";
import { decoyId } from "./decoy.ts";
import type { PoolCall } from "./pool.ts";
import type { User } from "./users.ts";

export type Texts = Readonly<Record<string, string>>;

export interface FlowStart {
  readonly flow: string;
  readonly clientId: string;
  readonly username: string;
  readonly parameters: Texts;
  readonly session: string | undefined;
}

export interface ChallengeAnswer {
  readonly clientId: string;
  readonly username: string;
  readonly answers: Texts;
  readonly session: string | undefined;
}

/** Undefined for an unknown user where the pool hides who exists; else Cognito says so. */
export function findUser(username: string, { pool, about }: PoolCall): User | undefined {
  const user = pool.users.find(username);
  if (user) about(user);
  else if (!pool.hidesUsers) throw new AwsError("UserNotFoundException", "User does not exist.");
  return user;
}

export function newSignIn({ flow, clientId, username, parameters }: FlowStart, call: PoolCall): SignIn {
  return {
    clientId,
    username,
    user: findUser(username, call) ?? null,
    deviceKey: parameters["DEVICE_KEY"] ?? null,
    firstFactor: "password",
    flow,
    results: [],
  };
}

/**
 * The challenge that is answered. Throws unless the session was opened for it, for this client and for this user,
 * whatever name of theirs the client uses.
 */
export function resume<Name extends Step["challenge"]>(
  { clientId, username, answers, session }: ChallengeAnswer,
  names: readonly Name[],
  { pool, now, about }: PoolCall,
): Open<Name> {
  const open = pool.signIns.challenges.find(session, names, now);
  const { signIn } = open;
  if (signIn.clientId !== clientId || !isNameOf(username, signIn, pool.users.find(username), pool.name))
    throw new AwsError("NotAuthorizedException", "Invalid session for the user.");
  if (signIn.user) about(signIn.user);
  return { ...open, signIn: { ...signIn, deviceKey: signIn.deviceKey ?? answers["DEVICE_KEY"] ?? null } };
}

function isNameOf(username: string, signIn: SignIn, found: User | undefined, poolName: string): boolean {
  if (signIn.user) return found === signIn.user;
  return [signIn.username.toLowerCase(), decoyId(signIn.username, poolName)].includes(username.toLowerCase());
}

/** Throws what Cognito says of a user that does not exist, as of a wrong password. */
export function proved(signIn: SignIn): ProvedSignIn {
  const { user } = signIn;
  if (!user) throw new AwsError("NotAuthorizedException", "Incorrect username or password.");
  return { ...signIn, user };
}

/** A challenge as the client gets it. */
export function challenge(
  name: string,
  step: Step,
  signIn: SignIn,
  parameters: Texts,
  { pool, now }: PoolCall,
): Record<string, unknown> {
  const Session = pool.signIns.challenges.open(signIn, step, now);
  return { ChallengeName: name, Session, ChallengeParameters: parameters };
}

/** Parameters that name the user, as the challenges after the first factor have them. */
export function userParameters({ user }: ProvedSignIn): Texts {
  return { USER_ID_FOR_SRP: user.sub };
}
