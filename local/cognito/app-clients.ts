/** The app clients of the pool, live: an operator adds and deletes secrets while users sign in. */
import { InvalidInputError } from "../../functions/domain/errors.ts";
import type { Instant } from "../../functions/domain/instant.ts";
import { AwsError } from "../aws-wire.ts";
import { everyFlow } from "./flows.ts";
import type { RandomBytes } from "./random.ts";

/** An app client as the pool starts with it. */
export interface AppClientSettings {
  /** None for a public client, two while one is being replaced. */
  readonly secrets: readonly string[];
  /** `EnablePropagateAdditionalUserContextData`: the client may say which address its user has. */
  readonly propagatesContext?: boolean;
  /** `ExplicitAuthFlows`; every flow by default. */
  readonly flows?: readonly string[];
}
export type AppClientsSettings = Readonly<Record<string, AppClientSettings>>;

export interface ClientSecret {
  readonly id: string;
  readonly value: string;
  readonly createdAt: Instant;
}

export interface AppClient {
  readonly id: string;
  readonly createdAt: Instant;
  readonly propagatesContext: boolean;
  readonly flows: readonly string[];
  secrets: readonly ClientSecret[];
}

const MOST_SECRETS = 2;
export class AppClients {
  readonly #clients = new Map<string, AppClient>();
  readonly #random: RandomBytes;

  constructor(settings: AppClientsSettings, now: Instant, random: RandomBytes) {
    this.#random = random;
    for (const [id, { secrets, propagatesContext = false, flows = everyFlow }] of Object.entries(settings)) {
      if (propagatesContext && secrets.length === 0)
        throw new InvalidInputError(id, ["EnablePropagateAdditionalUserContextData wants a client with a secret"]);
      this.#clients.set(id, { id, createdAt: now, propagatesContext, flows, secrets: [] });
      this.setSecrets(id, secrets, now);
    }
  }

  get all(): readonly AppClient[] {
    return [...this.#clients.values()];
  }

  find(clientId: string): AppClient | undefined {
    return this.#clients.get(clientId);
  }

  /** Throws as Cognito does for a client that is not in the pool. */
  get(clientId: string): AppClient {
    const client = this.#clients.get(clientId);
    if (!client) throw new AwsError("ResourceNotFoundException", `User pool client ${clientId} does not exist.`);
    return client;
  }

  /** Gives a client exactly these secrets, as no API can: for the start, and for tests. */
  setSecrets(clientId: string, values: readonly string[], now: Instant): void {
    const client = this.get(clientId);
    client.secrets = [];
    for (const value of values) append(client, value, now);
  }

  /** Adds a second secret; one is made up unless the operator brings it. */
  addSecret(clientId: string, value: string | undefined, now: Instant): ClientSecret {
    const client = this.get(clientId);
    if (client.secrets.length === 0)
      throw new AwsError("InvalidParameterException", `Client ${clientId} is not configured for secret`);
    if (client.secrets.length >= MOST_SECRETS)
      throw new AwsError("LimitExceededException", `Client ${clientId} has ${MOST_SECRETS} secrets already`);
    return append(client, value ?? newSecret(this.#random), now);
  }

  deleteSecret(clientId: string, secretId: string): void {
    const client = this.get(clientId);
    const rest = client.secrets.filter(({ id }) => id !== secretId);
    if (rest.length === client.secrets.length)
      throw new AwsError("ResourceNotFoundException", `Client secret ${secretId} does not exist.`);
    if (rest.length === 0) throw new AwsError("InvalidParameterException", "The only client secret cannot be deleted");
    client.secrets = rest;
  }
}

/** Ids are `<client id>--<epoch>`; two secrets of one instant would share one. */
function append(client: AppClient, value: string, now: Instant): ClientSecret {
  const last = client.secrets.at(-1);
  const createdAt = last && last.createdAt >= now ? last.createdAt + 1 : now;
  const secret = { id: `${client.id}--${createdAt}`, value, createdAt };
  client.secrets = [...client.secrets, secret];
  return secret;
}

/** Letters and digits, as many as Cognito's own secrets have. */
function newSecret(random: RandomBytes): string {
  return random(26).toString("hex").slice(0, 51);
}
