/** Commands for who deploys, and for who points clients at a deployment. */
import { type Command, Option } from "commander";

import { snippetKinds } from "../config-snippets-texts.ts";
import { type DeskFlags, deskOptions, jsonOption } from "./options.ts";
import { countOf } from "./values.ts";

export interface SnippetFlags extends DeskFlags {
  readonly domain?: string;
  readonly client?: string;
  readonly for?: readonly string[];
}

export interface CostFlags {
  readonly callsPerMonth: number;
  readonly config: string;
  readonly json?: true;
}

export function registerConfig(program: Command): void {
  const config = program.command("config").description("how clients are pointed at the proxy, and what to configure");
  deskOptions(
    config
      .command("quotas")
      .description(
        "the quotas that Cognito enforces at present, and how the account spells its usage metrics, for the config",
      ),
  ).action(async (flags: DeskFlags) => (await import("../config-quotas.ts")).quotas(flags));
  const kinds = new Option("--for <client...>", "only these").choices(snippetKinds.map(({ id }) => id));
  deskOptions(config.command("snippets").description("configuration for each kind of client, ready to paste"))
    .option("--domain <name>", "the host name that clients call (default: the stack's DistributionDomainName)")
    .option("--client <id>", "the app client, where the config names several")
    .addOption(kinds)
    .action(async (flags: SnippetFlags) => (await import("../config-snippets.ts")).snippets(flags));
}

export function registerSecret(program: Command): void {
  const secret = program.command("secret").description("the app clients' secrets, as the edge reads them");
  deskOptions(secret.command("fill").description("copy them from the user pool into Secrets Manager")).action(
    async (flags: DeskFlags) => (await import("../secret.ts")).fill(flags),
  );
}

export function registerCost(program: Command): void {
  jsonOption(
    program
      .command("cost")
      .description("estimate what a deployment costs a month")
      .requiredOption("--calls-per-month <number>", "calls of clients through the proxy", countOf)
      .option("--config <file>", "config of the deployment", "portcullis.config.json"),
  ).action(async (flags: CostFlags) => (await import("../cost.ts")).cost(flags));
}
