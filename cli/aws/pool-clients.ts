import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  ResourceNotFoundException,
  type UserPoolClientType,
} from "@aws-sdk/client-cognito-identity-provider";

import { NotFoundError } from "../../functions/domain/errors.ts";

/** An app client as Cognito shows it, secret included; null if the pool has none of this id (any more). */
export async function describeClient(
  cognito: CognitoIdentityProviderClient,
  UserPoolId: string,
  ClientId: string | undefined,
): Promise<UserPoolClientType | null> {
  try {
    const answer = await cognito.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }));
    return answer.UserPoolClient ?? null;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return null;
    throw error;
  }
}

/** The secret of an app client, null if it has none. The caller needs cognito-idp:DescribeUserPoolClient on the pool. */
export async function readClientSecret(region: string, poolId: string, clientId: string): Promise<string | null> {
  const client = await describeClient(new CognitoIdentityProviderClient({ region }), poolId, clientId);
  if (!client) throw new NotFoundError(`The user pool ${poolId} has no app client ${clientId}; mend the config.`);
  return client.ClientSecret ?? null;
}
