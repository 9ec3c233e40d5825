import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-cognito-identity-provider";

import { NotFoundError } from "../../functions/domain/errors.ts";

/** The secret of an app client, null if it has none. The caller needs cognito-idp:DescribeUserPoolClient on the pool. */
export async function readClientSecret(region: string, poolId: string, clientId: string): Promise<string | null> {
  const client = new CognitoIdentityProviderClient({ region });
  const command = new DescribeUserPoolClientCommand({ UserPoolId: poolId, ClientId: clientId });
  const { UserPoolClient } = await client.send(command).catch((error: unknown) => {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new NotFoundError(`The user pool ${poolId} has no app client ${clientId}; mend the config.`, {
      cause: error,
    });
  });
  return UserPoolClient?.ClientSecret ?? null;
}
