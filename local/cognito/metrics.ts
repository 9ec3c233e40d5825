import type { Instant } from "../../functions/domain/instant.ts";
import type { Metrics } from "../ports.ts";
import type { Charge } from "./quotas.ts";

export interface Measured {
  readonly operation: string;
  /** `AuthFlow`, where the call names one. */
  readonly flow: string | null;
  readonly charge: Charge;
  readonly clientId: string | null;
  readonly succeeded: boolean;
  readonly now: Instant;
}

/** Puts what CloudWatch shows of a call: the account's quota use, and the pool's own success metrics. */
export function putMetrics(metrics: Metrics, region: string, poolId: string, call: Measured): void {
  const { charge, now: at } = call;
  if (charge.category !== null) {
    const dimensions = { Type: "API", Resource: charge.category, Service: "Cognito user pool", Class: "None" };
    metrics.put(region, { namespace: "AWS/Usage", name: "CallCount", dimensions, value: 1, at });
    if (charge.throttled)
      metrics.put(region, { namespace: "AWS/Usage", name: "ThrottleCount", dimensions, value: 1, at });
  }
  const kind = kindOf(call);
  if (!kind) return;
  const dimensions = { UserPool: poolId, UserPoolClient: call.clientId ?? "Invalid" };
  const put = (name: string, value: number) =>
    metrics.put(region, { namespace: "AWS/Cognito", name, dimensions, value, at });
  put(`${kind}Throttles`, charge.throttled ? 1 : 0);
  if (!charge.throttled) put(`${kind}Successes`, call.succeeded ? 1 : 0);
}

/** The first step of an SRP sign-in proves nothing yet, so only its failure is a sign-in. */
function kindOf({ operation, flow, succeeded }: Measured): "SignIn" | "SignUp" | "TokenRefresh" | null {
  if (operation === "SignUp") return "SignUp";
  if (operation === "GetTokensFromRefreshToken" || flow?.startsWith("REFRESH_TOKEN")) return "TokenRefresh";
  if (operation.endsWith("RespondToAuthChallenge") || isPasswordFlow(flow)) return "SignIn";
  return operation.endsWith("InitiateAuth") && !succeeded ? "SignIn" : null;
}

function isPasswordFlow(flow: string | null): boolean {
  return flow === "USER_PASSWORD_AUTH" || flow === "ADMIN_USER_PASSWORD_AUTH" || flow === "ADMIN_NO_SRP_AUTH";
}
