/**
 * What the stand-ins of the local world offer one another inside the process. Everything the handlers use goes
 * over the wire instead (`AwsService`); these are the connections that AWS has behind its own walls.
 */
import type { Instant } from "../functions/domain/instant.ts";

/** One AWS API call as it arrived: service and Region are read from the SigV4 credential scope. */
export interface AwsCall {
  readonly service: string;
  readonly region: string;
  /** Tells which role calls; see `local/lambda.ts`. */
  readonly accessKeyId: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface AwsAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** What IAM has to allow for a call; `resource` is null where only the action can be told. */
export interface Permission {
  readonly action: string;
  readonly resource: string | null;
  /** What the call says of condition keys. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
}

/** A stand-in for one AWS service on the wire. */
export interface AwsService {
  call(call: AwsCall): AwsAnswer | Promise<AwsAnswer>;
  /** The permissions that a call needs; a service without this one lets every caller in. */
  needs?(call: AwsCall): readonly Permission[];
}

/** The one clock of the local world. It never runs backwards; it may run faster than the wall. */
export interface Clock {
  now(): Instant;
  /** Calls back once at or after `at`; returns a cancel function. Timers fire in order of their instants. */
  at(at: Instant, callback: () => void | Promise<void>): () => void;
  /** Runs `work` at wall speed: while anything is in flight the clock does not race. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

/** CloudWatch as the other stand-ins feed it. */
export interface Metrics {
  put(region: string, datum: MetricDatum): void;
}
export interface MetricDatum {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  readonly at: Instant;
}

/** An event on the default bus of a Region, in EventBridge's envelope. */
export interface BusEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}
export interface EventBus {
  put(region: string, event: BusEvent): void;
}

/** Log records on their way to S3; the delivery adds AWS's delay, object names and formats. */
export interface LogSink {
  waf(webAclArn: string, record: Readonly<Record<string, unknown>>): void;
  cloudFront(distributionId: string, record: Readonly<Record<string, string>>): void;
  cloudTrail(region: string, record: Readonly<Record<string, unknown>>): void;
}

/** A request as AWS WAF inspects it. Header names keep the caller's case. */
export interface InspectedRequest {
  readonly clientIp: string;
  readonly country: string | null;
  readonly method: string;
  readonly uri: string;
  readonly args: string;
  readonly httpVersion: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: Buffer;
  readonly requestId: string;
  readonly ja4: string | null;
  /** The caller's autonomous system; absent where nobody knows it. */
  readonly asn?: number;
}
export interface Inspection {
  readonly action: "ALLOW" | "BLOCK";
  readonly rule: string;
  /** Answer of a Block rule: the custom response, or WAF's plain 403. */
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  } | null;
}
export interface WebAcls {
  /** Evaluates the web ACL of a resource (distribution or user pool ARN); writes its log and metrics. */
  inspect(resourceArn: string, request: InspectedRequest): Inspection;
}

/** Runs a function of the templates by physical name or ARN, as Lambda would. */
export interface Functions {
  invoke(functionArn: string, payload: unknown): Promise<FunctionEnd>;
}
export type FunctionEnd =
  | { readonly ok: true; readonly payload: unknown }
  | {
      readonly ok: false;
      readonly errorType: string;
      readonly errorMessage: string;
      readonly trace: readonly string[];
    };
