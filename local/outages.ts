/** AWS being out of order for a while: calls of some operations are answered with an error of the service's own. */
import { AwsError } from "./aws-wire.ts";
import type { AwsCall } from "./ports.ts";

export interface Outage {
  /** As in the credential scope: `wafv2`, `dynamodb`, … */
  readonly service: string;
  /** `GetIPSet`; every operation of the service without it. */
  readonly operations?: readonly string[];
  readonly error: { readonly code: string; readonly status: number };
}

export interface Outages {
  /** Begins one; returns how to end it. */
  begin(outage: Outage): () => void;
  /** Throws the error of an outage that the call meets. */
  check(call: AwsCall): void;
}

export function createOutages(): Outages {
  const open = new Set<Outage>();
  return {
    begin(outage) {
      open.add(outage);
      return () => void open.delete(outage);
    },
    check(call) {
      const operation = call.headers["x-amz-target"]?.split(".").at(-1) ?? "";
      for (const { service, operations, error } of open)
        if (service === call.service && (operations?.includes(operation) ?? true))
          throw new AwsError(error.code, `${service} is out of order`, { status: error.status });
    },
  };
}
