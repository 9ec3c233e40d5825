/** The local Cognito behind the endpoint of all AWS APIs, where SDKs and the edge function reach it. */
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";

import { type AwsServer, startAwsServer } from "../../local/aws-server.ts";
import type { Cognito, CognitoOptions } from "../../local/cognito/cognito.ts";
import type { Permission } from "../../local/ports.ts";
import { plainClock, sdkConfig } from "./builders.ts";
import { aCognito, allowAll, aWitness, call } from "./proxied-pool.ts";

interface ServiceOptions {
  readonly cognito?: Partial<CognitoOptions>;
  readonly authorize?: (accessKeyId: string, needs: readonly Permission[]) => void;
}

export interface CognitoService extends ReturnType<typeof aWitness> {
  readonly cognito: Cognito;
  readonly url: string;
  /** An SDK client with this access key; those of the pool's Region are right. */
  as(accessKeyId: string, region?: string): CognitoIdentityProviderClient;
  /** A call over plain HTTP: `Credential=` as given, or unsigned. */
  post(operation: string, input: unknown, credential?: string): ReturnType<typeof call>;
  stop: AwsServer["stop"];
}

export async function aCognitoService({ cognito: options, authorize }: ServiceOptions = {}): Promise<CognitoService> {
  const witness = aWitness();
  const inspect = (arn: string, request: (typeof witness.inspected)[number]["request"]) => {
    witness.inspected.push({ arn, request });
    return allowAll;
  };
  const cognito = aCognito(witness, options, { inspect });
  const services = { "cognito-idp": cognito.service };
  const server = await startAwsServer({ clock: plainClock, services, ...(authorize && { authorize }) });
  return {
    ...witness,
    cognito,
    url: server.url,
    as: (key, region = "eu-west-1") => new CognitoIdentityProviderClient({ ...sdkConfig(server.url, key), region }),
    post(operation, input, credential) {
      const signature = `AWS4-HMAC-SHA256 Credential=${credential}/cognito-idp/aws4_request`;
      return call(server.url, operation, input, credential === undefined ? {} : { authorization: signature });
    },
    stop: server.stop,
  };
}
