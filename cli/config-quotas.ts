/** `portcullis config quotas`: what Cognito grants, as the config's `quotas` wants it. */
import { setTimeout } from "node:timers/promises";

import type { Command } from "commander";

import { type DeskFlags, deskOptions } from "./desk-options.ts";
import type { QuotaReading } from "./doctor/sensor-checks.ts";
import { printJson } from "./output.ts";

export function registerConfigQuotas(config: Command): void {
  deskOptions(
    config.command("quotas").description("the quotas that Cognito enforces at present, to put into the config"),
  ).action(quotas);
}

async function quotas(flags: DeskFlags): Promise<void> {
  const { openDesk } = await import("./desk.ts");
  const { readQuotas } = await import("./aws/user-pool.ts");
  const { deployment } = await openDesk(flags);
  const readings = await readQuotas(deployment, (milliseconds) => setTimeout(milliseconds));
  await printJson({ quotas: asConfig(readings) });
}

/** Where Cognito names no limit, what the config says stays. */
export function asConfig(readings: readonly QuotaReading[]): Record<string, number> {
  return Object.fromEntries(
    readings.map(({ category, configured, provisioned }) => [category, provisioned ?? configured]),
  );
}
