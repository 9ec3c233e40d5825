import type { Deployment } from "../../functions/domain/deployment.ts";
import type { AwsServer } from "../aws-server.ts";
import type { WorldClock } from "../clock.ts";
import type { AppClientsSettings } from "../cognito/app-clients.ts";
import type { PoolSurroundings } from "../cognito/endpoint.ts";
import type { SignInSettings } from "../cognito/settings.ts";
import type { Iam } from "../iam.ts";
import type { Assembly } from "../template.ts";
import type { WorldEvents } from "./events.ts";

/** Something that has to be ended, in the reverse order of its start. */
export type Stop = () => void | Promise<void>;

/** What the user pool is like, where it is not like a new one with a secret for each app client. */
export interface PoolOptions {
  /** Both stand in the secret document. */
  readonly secretsPerClient?: 1 | 2;
  /** Whether an operator has filled the secret document, as in a deployment at work; false: as CloudFormation made it. */
  readonly secretFilled?: boolean;
  /** `EnablePropagateAdditionalUserContextData` of every app client; on where the config needs it. */
  readonly propagatesContext?: boolean;
  readonly signIn?: Partial<SignInSettings>;
  /** `PreventUserExistenceErrors: ENABLED`, as by default. */
  readonly hidesUsers?: boolean;
  /** App clients that the config does not name. */
  readonly otherClients?: AppClientsSettings;
  readonly around?: PoolSurroundings;
}

/** What every part of the world is made from. */
export interface Context {
  readonly seed: number;
  readonly deployment: Deployment;
  readonly pool: PoolOptions;
  /** See `WorldOptions`. */
  readonly trailEventDelay: number | undefined;
  readonly events: WorldEvents;
  readonly folder: string;
  readonly clock: WorldClock;
  readonly assembly: Assembly;
  readonly iam: Iam;
  readonly server: AwsServer;
  readonly onFault: (error: unknown) => void;
  readonly onStop: (stop: Stop) => void;
}
