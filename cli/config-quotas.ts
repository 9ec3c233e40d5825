/** `portcullis config quotas`: what Cognito grants and how CloudWatch counts it, as the config wants them. */
import { setTimeout } from "node:timers/promises";

import type { Command } from "commander";

import { type DeskFlags, deskOptions } from "./desk-options.ts";
import type { QuotaReading } from "./doctor/sensor-checks.ts";
import { printJson } from "./output.ts";

export function registerConfigQuotas(config: Command): void {
  deskOptions(
    config
      .command("quotas")
      .description(
        "the quotas that Cognito enforces at present, and how the account spells its usage metrics, for the config",
      ),
  ).action(quotas);
}

async function quotas(flags: DeskFlags): Promise<void> {
  const { openDesk } = await import("./desk.ts");
  const { readQuotas } = await import("./aws/user-pool.ts");
  const { readUsageService } = await import("./aws/service-quotas.ts");
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
