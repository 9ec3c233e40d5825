/**
 * What callers tell Cognito about the user's device: `UserContextData` of the public operations, `ContextData` of the
 * Admin ones. Threat protection would judge the sign-in by it; here it is checked and remembered.
 */
import { isIP } from "node:net";

import * as z from "zod";

import { operationOf } from "../../functions/edge/operations.ts";
import { AwsError } from "../aws-wire.ts";
import type { AppClient } from "./app-clients.ts";
import { readInput } from "./input.ts";
import type { User } from "./users.ts";

export interface UserContext {
  /** The address that the caller gives for its user; null where it gives none. */
  readonly ipAddress: string | null;
  readonly encodedData: string | null;
}

/** One call as threat protection would see it. */
export interface SeenContext extends UserContext {
  readonly operation: string;
  readonly clientId: string;
  /** As it stood in the call. */
  readonly username: string | null;
  /** Only where the user exists. */
  readonly sub: string | null;
  /** Who connected, which counts where the caller gives no address. */
  readonly sourceIp: string;
}

const address = z.string().refine((text) => isIP(text) !== 0, "is not a valid IP address");
const publicContext = z.object({
  UserContextData: z.object({ IpAddress: z.string().optional(), EncodedData: z.string().optional() }).default({}),
});
const adminContext = z.object({
  ContextData: z
    .object({
      IpAddress: address,
      ServerName: z.string(),
      ServerPath: z.string(),
      HttpHeaders: z.array(z.object({ headerName: z.string().optional(), headerValue: z.string().optional() })),
      EncodedData: z.string().optional(),
    })
    .optional(),
});
const adminOperations: ReadonlySet<string> = new Set(["AdminInitiateAuth", "AdminRespondToAuthChallenge"]);

/** Throws if Cognito would not take the context; null for an operation that has none. */
export function readContext(operation: string, input: unknown, client: AppClient): UserContext | null {
  if (adminOperations.has(operation)) {
    const { ContextData } = readInput(adminContext, input);
    return { ipAddress: ContextData?.IpAddress ?? null, encodedData: ContextData?.EncodedData ?? null };
  }
  if (!operationOf(operation)?.takesContext) return null;
  const { IpAddress, EncodedData } = readInput(publicContext, input).UserContextData;
  if (IpAddress !== undefined) checkAddress(IpAddress, client);
  return { ipAddress: IpAddress ?? null, encodedData: EncodedData ?? null };
}

function checkAddress(ipAddress: string, client: AppClient): void {
  // The guide says that IpAddress "can't" be sent while the client's flag is off; with which error is not documented.
  if (!client.propagatesContext)
    throw new AwsError(
      "InvalidParameterException",
      `UserContextData.IpAddress is not allowed for client ${client.id}: EnablePropagateAdditionalUserContextData is off`,
    );
  if (isIP(ipAddress) === 0)
    throw new AwsError("InvalidParameterException", "UserContextData.IpAddress is not a valid IP address");
}

const named = z.object({
  Username: z.string().optional().catch(undefined),
  AuthParameters: z.object({ USERNAME: z.string() }).optional().catch(undefined),
  ChallengeResponses: z.object({ USERNAME: z.string() }).optional().catch(undefined),
});

function usernameIn(input: unknown): string | null {
  const { Username, AuthParameters, ChallengeResponses } = named.parse(input);
  return Username ?? AuthParameters?.USERNAME ?? ChallengeResponses?.USERNAME ?? null;
}

const MOST_REMEMBERED = 1000;

/** The contexts of the last calls, oldest first. */
export class SeenContexts {
  readonly #seen: SeenContext[] = [];

  get list(): readonly SeenContext[] {
    return this.#seen;
  }

  add(
    context: UserContext,
    call: {
      readonly operation: string;
      readonly clientId: string;
      readonly input: unknown;
      readonly user: User | null;
      readonly sourceIp: string;
    },
  ): void {
    const { operation, clientId, input, user, sourceIp } = call;
    if (this.#seen.length === MOST_REMEMBERED) this.#seen.shift();
    const sub = user?.sub ?? null;
    this.#seen.push({ ...context, operation, clientId, username: usernameIn(input), sub, sourceIp });
  }
}
