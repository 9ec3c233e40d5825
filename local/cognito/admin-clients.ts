/** What an operator reads and changes about the pool and its app clients. */
import * as z from "zod";

import { publicCategories } from "../../functions/domain/deployment.ts";
import { namesOf } from "../../functions/domain/names.ts";
import { AwsError } from "../aws-wire.ts";
import type { AppClient, ClientSecret } from "./app-clients.ts";
import type { CognitoOptions } from "./endpoint.ts";
import { readInput, text } from "./input.ts";
import type { PoolOperation } from "./pool.ts";
import type { SignInSettings } from "./settings.ts";

const ofClient = z.object({ ClientId: text.max(128) });

/** The list tells no values; only AddUserPoolClientSecret does, and only of a secret that Cognito made up. */
const describeSecret = ({ id, createdAt }: ClientSecret) => ({
  ClientSecretId: id,
  ClientSecretCreateDate: createdAt / 1000,
});

const addSecret = ofClient.extend({
  ClientSecret: z
    .string()
    .regex(/^[\w+]{24,64}$/, "must be 24 to 64 letters, digits, underscores or plus signs")
    .optional(),
});

export const AddUserPoolClientSecret: PoolOperation = (input, { pool, now }) => {
  const { ClientId, ClientSecret } = readInput(addSecret, input);
  const secret = pool.clients.addSecret(ClientId, ClientSecret, now);
  const value = ClientSecret === undefined ? { ClientSecretValue: secret.value } : {};
  return { ClientSecretDescriptor: { ...describeSecret(secret), ...value } };
};

export const ListUserPoolClientSecrets: PoolOperation = (input, { pool }) => ({
  ClientSecrets: pool.clients.get(readInput(ofClient, input).ClientId).secrets.map(describeSecret),
});

const deleteSecret = ofClient.extend({ ClientSecretId: text });

export const DeleteUserPoolClientSecret: PoolOperation = (input, { pool }) => {
  const { ClientId, ClientSecretId } = readInput(deleteSecret, input);
  pool.clients.deleteSecret(ClientId, ClientSecretId);
  return {};
};

/** With rotation on, a client cannot have the older way of refreshing. */
function explicitFlows({ flows }: AppClient, { rotation }: SignInSettings): readonly string[] {
  return rotation ? flows.filter((flow) => flow !== "ALLOW_REFRESH_TOKEN_AUTH") : flows;
}

const mfaConfigurations = { off: "OFF", optional: "OPTIONAL", required: "ON" } as const;

const limitQuestion = z.object({
  LimitDefinition: z.object({ LimitClass: z.literal("API_CATEGORY"), Attributes: z.object({ Category: text }) }),
});

/** The categories whose limits an account may raise ("Quotas in Amazon Cognito", 2026). What AWS says of others is not documented. */
const adjustable = ["UserAuthentication", "UserCreation", "UserToken", "UserResourceRead"] as const;

/** The operations that describe. What the stand-in does not have is described as the options say, by default as absent. */
export function describingOperations({ deployment, hidesUsers = true, around = {} }: CognitoOptions) {
  const { id } = deployment.userPool;

  const describeClient = (client: AppClient, settings: SignInSettings) => ({
    UserPoolId: id,
    ClientId: client.id,
    ClientName: client.id,
    // Which of two secrets Cognito shows here is not documented; here it is the older.
    ...(client.secrets[0] && { ClientSecret: client.secrets[0].value }),
    CreationDate: client.createdAt / 1000,
    LastModifiedDate: client.createdAt / 1000,
    RefreshTokenValidity: 30,
    ExplicitAuthFlows: explicitFlows(client, settings),
    AllowedOAuthFlowsUserPoolClient: around.domain !== undefined,
    PreventUserExistenceErrors: hidesUsers ? "ENABLED" : "LEGACY",
    EnableTokenRevocation: true,
    EnablePropagateAdditionalUserContextData: client.propagatesContext,
    AuthSessionValidity: settings.sessionMinutes,
    ...(settings.rotation && {
      RefreshTokenRotation: { Feature: "ENABLED", RetryGracePeriodSeconds: settings.rotation.graceSeconds },
    }),
  });

  const DescribeUserPoolClient: PoolOperation = (input, { pool }) => ({
    UserPoolClient: describeClient(pool.clients.get(readInput(ofClient, input).ClientId), pool.signIns.settings),
  });

  const ListUserPoolClients: PoolOperation = (_input, { pool }) => ({
    UserPoolClients: pool.clients.all.map((client) => ({
      ClientId: client.id,
      UserPoolId: id,
      ClientName: client.id,
    })),
  });

  const DescribeUserPool: PoolOperation = (_input, { pool }) => ({
    UserPool: {
      Id: id,
      Name: pool.name,
      Arn: namesOf(deployment).poolArn,
      MfaConfiguration: mfaConfigurations[pool.signIns.settings.mfa],
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
      UserPoolTier: "ESSENTIALS",
      UserPoolAddOns: { AdvancedSecurityMode: "OFF" },
      ...(around.domain !== undefined && { Domain: around.domain }),
      ...(around.dynamicRegistration && {
        DcrConfiguration: { EnableStatus: "Enabled", OpenDcrEnabled: around.dynamicRegistration === "open" },
      }),
    },
  });

  const ListUserPoolReplicas: PoolOperation = () => ({
    UserPoolReplicas: (around.replicas ?? []).map((RegionName) => ({
      RegionName,
      Status: "ACTIVE",
      Role: "SECONDARY",
    })),
  });

  /** Of the account, not of the pool. */
  const GetProvisionedLimit: PoolOperation = (input) => {
    const { LimitDefinition } = readInput(limitQuestion, input);
    const category = adjustable.find((name) => name === LimitDefinition.Attributes.Category);
    if (!category) throw new AwsError("InvalidParameterException", "The limit of this category cannot be provisioned.");
    const ProvisionedLimitValue = around.provisioned?.[category] ?? deployment.quotas[category];
    return { Limit: { LimitDefinition, ProvisionedLimitValue, FreeLimitValue: publicCategories[category] } };
  };

  return { DescribeUserPoolClient, ListUserPoolClients, DescribeUserPool, ListUserPoolReplicas, GetProvisionedLimit };
}
