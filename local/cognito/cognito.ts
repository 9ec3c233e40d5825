/**
 * The user pool as the Region's endpoint offers it, with two doors: `handle` for anyone, who needs no AWS credentials
 * but the secret hash, and `service` for what arrives at the AWS endpoint, where the Admin operations want a signature.
 */
import { randomBytes } from "node:crypto";

import { poolRegion } from "../../functions/domain/deployment.ts";
import type { AwsService } from "../ports.ts";
import { AppClients } from "./app-clients.ts";
import { cognitoService } from "./aws-service.ts";
import type { CognitoOptions, Endpoint } from "./endpoint.ts";
import type { Answer, Exchange } from "./http.ts";
import type { Pool } from "./pool.ts";
import { answerPublic } from "./public-api.ts";
import { Quotas } from "./quotas.ts";
import type { RandomBytes } from "./random.ts";
import { createSignIns } from "./sign-ins.ts";
import { SrpSessions } from "./srp-sessions.ts";
import { Tokens } from "./tokens.ts";
import type { Triggers } from "./triggers.ts";
import { type SeenContext, SeenContexts } from "./user-context.ts";
import { UserStore } from "./users.ts";
import { Variants } from "./variants.ts";

export type { CognitoOptions } from "./endpoint.ts";

export interface Cognito {
  /** One request at the regional endpoint. */
  handle(request: Exchange): Answer;
  readonly users: UserStore;
  /** What callers told of their users' devices in the last calls, oldest first. */
  readonly contexts: readonly SeenContext[];
  /** Gives an app client exactly these secrets from now on. */
  setSecrets(clientId: string, secrets: readonly string[]): void;
  /** The pool's Lambda triggers, none at first. */
  readonly triggers: Triggers;
  /** All operations, as they arrive at the endpoint of all AWS APIs. */
  readonly service: AwsService;
}

export function createCognito(options: CognitoOptions): Cognito {
  const random = options.random ?? randomBytes;
  const region = poolRegion(options.deployment);
  const pool = poolOf(options, region, random);
  const endpoint: Endpoint = {
    ...options,
    pool,
    quotas: new Quotas(options.deployment.quotas),
    contexts: new SeenContexts(),
    variants: new Variants(),
    region,
    random,
  };
  return {
    handle: (request) => answerPublic(request, endpoint),
    users: pool.users,
    contexts: endpoint.contexts.list,
    setSecrets: (clientId, secrets) => pool.clients.setSecrets(clientId, secrets, options.clock.now()),
    triggers: pool.triggers,
    service: cognitoService(endpoint),
  };
}

function poolOf(
  { deployment, clients, clock, hidesUsers = true, signIn = {} }: CognitoOptions,
  region: string,
  random: RandomBytes,
): Pool {
  const { id } = deployment.userPool;
  const name = id.slice(id.indexOf("_") + 1);
  return {
    name,
    clients: new AppClients(clients, clock.now(), random),
    users: new UserStore(name, random),
    tokens: new Tokens(`https://cognito-idp.${region}.amazonaws.com/${id}`, random),
    sessions: new SrpSessions(random),
    signIns: createSignIns(signIn, region, random),
    hidesUsers,
    triggers: new Map(),
  };
}
