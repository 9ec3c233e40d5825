/** The ways round the proxy that a user pool leaves open. Rules: Cognito Developer Guide, "User pool app clients". */
import type { Deployment } from "../../functions/domain/deployment.ts";
import { advice, type Check, type Flaw, problem } from "./check.ts";

export interface PoolReading {
  readonly deployment: Deployment;
  /** Whether managed login has a domain. */
  readonly hasDomain: boolean;
  readonly dynamicRegistration: "off" | "authenticated" | "open";
  readonly selfSignUp: boolean;
  readonly clients: readonly AppClientReading[];
  /** Regions with a replica that answers, or will. */
  readonly replicas: readonly string[];
  /** Name of the web ACL on the pool. */
  readonly webAcl: string | null;
}

export interface AppClientReading {
  readonly id: string;
  readonly name: string;
  readonly hasSecret: boolean;
  /** Whether managed login and the OAuth endpoints take it. */
  readonly usesOAuth: boolean;
  readonly flows: readonly string[];
  readonly hidesUsers: boolean;
  readonly revokesTokens: boolean;
  readonly propagatesContext: boolean;
  readonly rotatesRefreshTokens: boolean;
}

function ours({ deployment, clients }: PoolReading): AppClientReading[] {
  return clients.filter(({ id }) => deployment.userPool.clientIds.includes(id));
}

const each = (reading: PoolReading, flaw: (client: AppClientReading) => Flaw | null): Flaw[] =>
  ours(reading)
    .map(flaw)
    .filter((found) => found !== null);

const named = ({ id, name }: AppClientReading) => (name === "" || name === id ? id : `${id} (${name})`);

export const poolChecks: readonly Check<PoolReading>[] = [
  {
    id: "app-clients",
    fine: "every app client of the config is in the pool and has a secret",
    why: "A client without a secret needs no hash: whoever knows its id calls Cognito directly.",
    flaws: (reading) => [
      ...reading.deployment.userPool.clientIds
        .filter((id) => !reading.clients.some((client) => client.id === id))
        .map((id) => problem(`app client ${id} is not in the pool`, "Correct userPool.clientIds in the config.")),
      ...each(reading, (client) =>
        client.hasSecret
          ? null
          : problem(
              `app client ${named(client)} has no secret`,
              "Make an app client with a secret, move the app to it and name it in userPool.clientIds; a secret cannot be added to a client that was made without one.",
            ),
      ),
    ],
  },
  {
    id: "other-app-clients",
    fine: "no other app client of the pool is without a secret",
    why: "The users of a pool are the same for all its app clients: one without a secret is an open door beside the proxy.",
    flaws: ({ deployment, clients }) =>
      clients
        .filter(({ id, hasSecret }) => !hasSecret && !deployment.userPool.clientIds.includes(id))
        .map((client) =>
          problem(
            `app client ${named(client)}, which the config does not name, has no secret`,
            "Delete it, or replace it by one with a secret and name that in userPool.clientIds.",
          ),
        ),
  },
  {
    id: "managed-login",
    fine: "managed login does not take the app clients of the config",
    why: "Managed login signs users in without the proxy and without a hash from the browser.",
    flaws: (reading) =>
      reading.hasDomain
        ? each(reading, (client) =>
            client.usesOAuth
              ? advice(
                  `app client ${named(client)} may use managed login, and the pool has a domain`,
                  "Switch OAuth flows off for this client, or keep the web ACL on the pool, which inspects managed login too.",
                )
              : null,
          )
        : [],
  },
  {
    id: "dynamic-registration",
    fine: "nobody can register app clients",
    why: "A registered app client reaches the same users past the proxy.",
    flaws: ({ dynamicRegistration }) => {
      if (dynamicRegistration === "off") return [];
      const mend = "Switch dynamic client registration off in the user pool.";
      return dynamicRegistration === "open"
        ? [problem("anybody may register app clients (OpenDcrEnabled)", mend)]
        : [advice("applications with a token may register app clients", mend)];
    },
  },
  {
    id: "replicas",
    fine: "the pool has no replica in another Region",
    why: "A replica answers for the same users at an endpoint that has no web ACL, no alarm and no log here.",
    flaws: ({ replicas }) =>
      replicas.map((region) =>
        problem(`a replica of the pool answers in ${region}`, "Delete the replica, or protect its endpoint yourself."),
      ),
  },
  {
    id: "pool-protection",
    fine: "a web ACL stands before the pool",
    why: "The distribution's web ACL does not see callers who go straight to the regional endpoint; their calls use the quota.",
    flaws: ({ deployment, webAcl }) => {
      if (webAcl !== null) return [];
      return deployment.poolProtection === "none"
        ? [advice("the pool has no web ACL", "Set poolProtection in the config, and deploy.")]
        : [problem("the pool has no web ACL, though the config asks for one", "Deploy the pool stack again.")];
    },
  },
  {
    id: "user-existence",
    fine: "answers do not tell which users exist",
    why: "With PreventUserExistenceErrors LEGACY, the default, each sign-in tells an attacker whether the name exists.",
    flaws: (reading) =>
      each(reading, (client) =>
        client.hidesUsers
          ? null
          : problem(
              `app client ${named(client)} tells which users exist`,
              "Set PreventUserExistenceErrors to ENABLED; check first that the app does not rely on UserNotFoundException.",
            ),
      ),
  },
  {
    id: "sign-in-flows",
    fine: "no app client takes plain passwords or flows of the old kind",
    why: "A plain password is one call a guess instead of two, and passes through everything on the way.",
    flaws: (reading) =>
      each(reading, (client) => {
        const weak = client.flows.filter((flow) => flow === "ALLOW_USER_PASSWORD_AUTH" || !flow.startsWith("ALLOW_"));
        return weak.length === 0
          ? null
          : advice(
              `app client ${named(client)} allows ${weak.join(", ")}`,
              "Allow ALLOW_USER_SRP_AUTH or ALLOW_USER_AUTH only, unless users are being migrated.",
            );
      }),
  },
  {
    id: "client-address",
    fine: "the config and the app clients agree on who tells the user's address",
    why: "Without the flag Cognito refuses a call that carries the user's address.",
    flaws: (reading) =>
      reading.deployment.clientAddress === "none"
        ? []
        : each(reading, (client) =>
            client.propagatesContext
              ? null
              : problem(
                  `app client ${named(client)} has EnablePropagateAdditionalUserContextData off, and the config says clientAddress: userContext`,
                  "Switch the flag on, or set clientAddress to none, and deploy.",
                ),
          ),
  },
  {
    id: "refresh-tokens",
    fine: "the refresh strategy fits the app clients",
    why: "With refresh token rotation Cognito refuses REFRESH_TOKEN_AUTH, so users are signed out when their tokens end.",
    flaws: (reading) =>
      reading.deployment.refreshStrategy === "rewrite"
        ? []
        : each(reading, (client) =>
            client.rotatesRefreshTokens
              ? problem(
                  `app client ${named(client)} rotates refresh tokens, and the config says refreshStrategy: ${reading.deployment.refreshStrategy}`,
                  "Set refreshStrategy to rewrite, and deploy.",
                )
              : null,
          ),
  },
  {
    id: "token-revocation",
    fine: "tokens can be revoked",
    why: "An account that was taken over can only be signed out if its tokens can be revoked.",
    flaws: (reading) =>
      each(reading, (client) =>
        client.revokesTokens
          ? null
          : advice(`app client ${named(client)} has token revocation off`, "Set EnableTokenRevocation to true."),
      ),
  },
  {
    id: "self-sign-up",
    fine: "only administrators make users",
    why: "Whoever signs up makes Cognito send a message that you pay for.",
    flaws: ({ selfSignUp }) =>
      selfSignUp
        ? [advice("anybody may sign up", "If users are made by you, set AllowAdminCreateUserOnly to true.")]
        : [],
  },
];
