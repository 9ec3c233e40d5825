import { AwsError } from "../aws-wire.ts";
import type { AppClient } from "./app-clients.ts";

/** A flow as a call names it → what the app client's `ExplicitAuthFlows` must hold. */
const settings: ReadonlyMap<unknown, string> = new Map([
  ["USER_SRP_AUTH", "ALLOW_USER_SRP_AUTH"],
  ["USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
  ["CUSTOM_AUTH", "ALLOW_CUSTOM_AUTH"],
  ["USER_AUTH", "ALLOW_USER_AUTH"],
  ["REFRESH_TOKEN_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
  ["REFRESH_TOKEN", "ALLOW_REFRESH_TOKEN_AUTH"],
  ["ADMIN_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"],
  ["ADMIN_NO_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"],
]);

export const everyFlow: readonly string[] = [...new Set(settings.values())];

/** Throws if the app client does not allow the flow; a flow that the operation does not have is left to it. */
export function checkFlow(operation: string, flow: unknown, client: AppClient): void {
  const setting = settings.get(flow);
  if (setting === undefined || client.flows.includes(setting)) return;
  if (operation === "InitiateAuth")
    throw new AwsError("InvalidParameterException", `${flow} flow not enabled for this client`);
  if (operation === "AdminInitiateAuth")
    throw new AwsError("InvalidParameterException", "Auth flow not enabled for this client");
}
