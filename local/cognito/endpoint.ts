/** What a call of the pool's API is, and what it is answered with. */
import type { Category, Deployment } from "../../functions/domain/deployment.ts";
import type { Instant } from "../../functions/domain/instant.ts";
import type { Clock, LogSink, Metrics, WebAcls } from "../ports.ts";
import type { AppClientsSettings } from "./app-clients.ts";
import type { Exchange } from "./http.ts";
import type { Pool, PoolOperation } from "./pool.ts";
import type { Quotas } from "./quotas.ts";
import type { RandomBytes } from "./random.ts";
import type { SignInSettings } from "./settings.ts";
import type { Caller } from "./trail.ts";
import type { SeenContexts } from "./user-context.ts";
import type { Variants } from "./variants.ts";

/** Told by the operations that describe, and by nothing else: the stand-in has no managed login and no replicas. */
export interface PoolSurroundings {
  /** Prefix of managed login's domain; with one, every app client may use it. */
  readonly domain?: string;
  readonly dynamicRegistration?: "authenticated" | "open";
  /** Regions of replicas. */
  readonly replicas?: readonly string[];
  /** Requests per second that are provisioned, where they are not those of the config. */
  readonly provisioned?: Partial<Record<Category, number>>;
  /** How Service Quotas writes the dimension `Service` of usage metrics, where it is not what the config says. */
  readonly usageService?: string;
}

export interface CognitoOptions {
  readonly clock: Pick<Clock, "now">;
  readonly deployment: Deployment;
  readonly clients: AppClientsSettings;
  readonly metrics: Metrics;
  readonly logs: Pick<LogSink, "cloudTrail">;
  readonly webAcls: WebAcls;
  /** The role behind an access key; null for the operator, who may do everything. */
  readonly roleOf?: (accessKeyId: string) => string | null;
  readonly random?: RandomBytes;
  /** `PreventUserExistenceErrors: ENABLED`. */
  readonly hidesUsers?: boolean;
  /** What stands around the pool that the stand-in itself does not have. */
  readonly around?: PoolSurroundings;
  /** Second factors, devices, rotation and what else deviates from a plain pool. */
  readonly signIn?: Partial<SignInSettings>;
}

export interface Endpoint extends CognitoOptions {
  readonly pool: Pool;
  readonly quotas: Quotas;
  readonly contexts: SeenContexts;
  readonly variants: Variants;
  readonly region: string;
  readonly random: RandomBytes;
}

export interface Call {
  readonly request: Exchange;
  readonly requestId: string;
  readonly now: Instant;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly run: PoolOperation;
  /** Whose AWS credentials authorised the call; null for the public operations, which need none. */
  readonly caller: Caller | null;
}
