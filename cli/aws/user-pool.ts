/** Reads what Cognito and WAF know of the user pool. Never writes. */
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolCommand,
  GetProvisionedLimitCommand,
  ListUserPoolReplicasCommand,
  paginateListUserPoolClients,
  type UserPoolClientType,
  type UserPoolType,
} from "@aws-sdk/client-cognito-identity-provider";
import { GetWebACLForResourceCommand, WAFV2Client } from "@aws-sdk/client-wafv2";

import { type Category, type Deployment, poolRegion, publicCategories } from "../../functions/domain/deployment.ts";
import { namesOf } from "../../functions/domain/names.ts";
import type { AppClientReading, PoolReading } from "../doctor/pool-checks.ts";
import type { QuotaReading } from "../doctor/sensor-checks.ts";
import { describeClient } from "./pool-clients.ts";

export interface UserPool {
  readonly reading: PoolReading;
  /** The secret that Cognito shows for an app client; of two it shows one. */
  readonly secrets: ReadonlyMap<string, string>;
}

export async function readUserPool(deployment: Deployment): Promise<UserPool> {
  const region = poolRegion(deployment);
  const cognito = new CognitoIdentityProviderClient({ region });
  const UserPoolId = deployment.userPool.id;
  const [{ UserPool: pool = {} }, clients, replicas, acl] = await Promise.all([
    cognito.send(new DescribeUserPoolCommand({ UserPoolId })),
    readClients(cognito, UserPoolId),
    readReplicas(cognito, UserPoolId, region),
    new WAFV2Client({ region }).send(new GetWebACLForResourceCommand({ ResourceArn: namesOf(deployment).poolArn })),
  ]);
  return {
    reading: {
      deployment,
      hasDomain: pool.Domain !== undefined || pool.CustomDomain !== undefined,
      dynamicRegistration: registrationOf(pool),
      selfSignUp: pool.AdminCreateUserConfig?.AllowAdminCreateUserOnly !== true,
      clients: clients.map(clientOf),
      replicas,
      webAcl: acl.WebACL?.Name ?? null,
    },
    secrets: new Map(
      clients.flatMap(({ ClientId, ClientSecret }) => (ClientId && ClientSecret ? [[ClientId, ClientSecret]] : [])),
    ),
  };
}

/** One after the other: Cognito takes 15 of these a second for the whole account. */
async function readClients(client: CognitoIdentityProviderClient, UserPoolId: string): Promise<UserPoolClientType[]> {
  const clients: UserPoolClientType[] = [];
  for await (const page of paginateListUserPoolClients({ client }, { UserPoolId, MaxResults: 60 }))
    for (const { ClientId } of page.UserPoolClients ?? []) {
      const described = await describeClient(client, UserPoolId, ClientId);
      if (described) clients.push(described);
    }
  return clients;
}

/** Regions with a replica that answers, or will. */
async function readReplicas(
  client: CognitoIdentityProviderClient,
  UserPoolId: string,
  home: string,
): Promise<string[]> {
  const regions: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListUserPoolReplicasCommand({ UserPoolId, ...(NextToken && { NextToken }) }));
    for (const { RegionName, Status } of page.UserPoolReplicas ?? [])
      if (RegionName !== undefined && RegionName !== home && Status !== "DELETING") regions.push(RegionName);
    NextToken = page.NextToken;
  } while (NextToken);
  return regions;
}

function registrationOf({ DcrConfiguration }: UserPoolType): PoolReading["dynamicRegistration"] {
  // Cognito takes a configuration that does not say so for one that is switched on.
  if (DcrConfiguration === undefined || DcrConfiguration.EnableStatus === "Disabled") return "off";
  return DcrConfiguration.OpenDcrEnabled === true ? "open" : "authenticated";
}

function clientOf(client: UserPoolClientType): AppClientReading {
  return {
    id: client.ClientId ?? "",
    name: client.ClientName ?? "",
    hasSecret: client.ClientSecret !== undefined,
    usesOAuth: client.AllowedOAuthFlowsUserPoolClient === true,
    flows: client.ExplicitAuthFlows ?? [],
    hidesUsers: client.PreventUserExistenceErrors === "ENABLED",
    revokesTokens: client.EnableTokenRevocation === true,
    propagatesContext: client.EnablePropagateAdditionalUserContextData === true,
    rotatesRefreshTokens: client.RefreshTokenRotation?.Feature === "ENABLED",
  };
}

/** Cognito takes one question about limits a second ("Quotas in Amazon Cognito", category LimitManagement). */
const BETWEEN_LIMITS_MS = 1100;
/** Not adjustable (the same page): its rate is the default one, and Cognito is not asked. */
const FIXED: readonly Category[] = ["UserAccountRecovery"];

/** The rates that Cognito enforces, category by category. @param pause Waits so many milliseconds. */
export async function readQuotas(
  deployment: Deployment,
  pause: (milliseconds: number) => Promise<unknown>,
): Promise<QuotaReading[]> {
  const client = new CognitoIdentityProviderClient({ region: poolRegion(deployment) });
  const quotas: QuotaReading[] = [];
  for (const category of Object.keys(publicCategories) as Category[]) {
    const isFixed = FIXED.includes(category);
    if (!isFixed && quotas.length > 0) await pause(BETWEEN_LIMITS_MS);
    const provisioned = isFixed ? publicCategories[category] : await readProvisioned(client, category);
    quotas.push({ category, configured: deployment.quotas[category], provisioned });
  }
  return quotas;
}

async function readProvisioned(client: CognitoIdentityProviderClient, Category: Category): Promise<number | null> {
  const LimitDefinition = { LimitClass: "API_CATEGORY" as const, Attributes: { Category } };
  const { Limit } = await client.send(new GetProvisionedLimitCommand({ LimitDefinition }));
  return Limit?.ProvisionedLimitValue ?? Limit?.FreeLimitValue ?? null;
}
