/** `portcullis config quotas`: what Cognito grants and how CloudWatch counts it, as the config wants them. */
import { setTimeout } from "node:timers/promises";

import { readUsageService } from "./aws/service-quotas.ts";
import { readQuotas } from "./aws/user-pool.ts";
import type { DeskFlags } from "./commands/options.ts";
import { openDesk } from "./desk.ts";
import type { QuotaReading } from "./doctor/sensor-checks.ts";
import { printJson } from "./output.ts";

export async function quotas(flags: DeskFlags): Promise<void> {
  const { deployment } = await openDesk(flags);
  const usageService = await readUsageService(deployment);
  const readings = await readQuotas(deployment, (milliseconds) => setTimeout(milliseconds));
  await printJson({ quotas: asConfig(readings), ...(usageService !== null && { usageService }) });
}

/** Where Cognito names no limit, what the config says stays. */
export function asConfig(readings: readonly QuotaReading[]): Record<string, number> {
  return Object.fromEntries(
    readings.map(({ category, configured, provisioned }) => [category, provisioned ?? configured]),
  );
}
