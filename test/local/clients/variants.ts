/** The proxy in each of its variants, with the edge's own calls on the wire: signed by the real adapter where they must be. */
import { parseDeployment, publicCategories } from "../../../functions/domain/deployment.ts";
import { edgeHeaders } from "../../../functions/domain/edge-config.ts";
import { cognitoEndpoint } from "../../../functions/edge/aws/cognito-endpoint.ts";
import { cachedSecrets } from "../../../functions/edge/cached-secrets.ts";
import { readEvent } from "../../../functions/edge/origin-request.ts";
import type { ClientSecrets } from "../../../functions/edge/ports.ts";
import { createProxy } from "../../../functions/edge/proxy.ts";
import { createCloudFront } from "../../../local/cloudfront.ts";
import type { SignInSettings } from "../../../local/cognito/settings.ts";
import { CLIENT_ID, CLIENT_SECRET, ORIGIN, secretsOf } from "../../edge/builders.ts";
import { plainClock } from "../builders.ts";
import { aCognitoService } from "../cognito-service.ts";
import { aDistribution, allowAll, deployment, POOL_ID } from "../proxied-pool.ts";
import { ALICE } from "./builders.ts";

export interface Variant {
  readonly variant: string;
  /** More configuration of the edge function. */
  readonly edge: Readonly<Record<string, string>>;
  /** The operations that Cognito sees of a sign-in with SRP. */
  readonly signIn: readonly string[];
  /** The address that Cognito takes for the user's: null where the proxy tells none. */
  readonly address: string | null;
}

const publicSignIn = ["InitiateAuth", "RespondToAuthChallenge"];
const loopback = "127.0.0.1";

export const variants: readonly Variant[] = [
  { variant: "pass-through", edge: {}, signIn: publicSignIn, address: null },
  {
    variant: "clientAddress: userContext",
    edge: { [edgeHeaders.clientAddress]: "userContext" },
    ...{ signIn: publicSignIn, address: loopback },
  },
  {
    variant: "AdvancedSecurityEnabled",
    edge: { [edgeHeaders.adminPool]: POOL_ID },
    ...{ signIn: ["AdminInitiateAuth", "AdminRespondToAuthChallenge"], address: loopback },
  },
];

export type VariantPool = Awaited<ReturnType<typeof aPoolBehind>>;

interface PoolBehind {
  readonly edge?: Variant["edge"];
  readonly signIn?: Partial<SignInSettings>;
  readonly secrets?: ClientSecrets;
  /** The clock of the edge's cache. */
  readonly now?: () => number;
}

// Quotas are for the tests of quotas.
const quotas = Object.fromEntries(Object.keys(publicCategories).map((category) => [category, 100_000]));
const unlimited = parseDeployment(
  { account: deployment.account, userPool: deployment.userPool, quotas },
  "without quotas",
);

/** A pool in which Alice may sign in, behind the proxy as configured. */
export async function aPoolBehind({ edge = {}, signIn = {}, secrets = secretsOf(), now = Date.now }: PoolBehind) {
  // The access key of the function's role, as Lambda gives it.
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "edge", AWS_SECRET_ACCESS_KEY: "local" });
  const clients = { [CLIENT_ID]: { secrets: [CLIENT_SECRET], propagatesContext: true } };
  const service = await aCognitoService({ cognito: { clients, signIn, deployment: unlimited } });
  const { cognito } = service;
  cognito.users.addUser(ALICE.username, ALICE.password);
  const proxy = createProxy({
    secrets: cachedSecrets(secrets, now),
    cognito: cognitoEndpoint({ endpoint: service.url }),
    region: "us-east-1",
  });
  const deployed: { stop(): Promise<unknown> }[] = [];
  /** Where clients call the proxy in a configuration; the pool behind it stays the same. */
  const deploy = async (configuration: Variant["edge"]) => {
    const viewers = await createCloudFront({
      distribution: aDistribution({}, configuration),
      clock: plainClock,
      webAcls: { inspect: () => allowAll },
      functions: {
        async invoke(_arn, event) {
          const read = readEvent(event);
          const payload = read.kind === "other" ? read.unchanged : (await proxy(read)).result;
          return { ok: true, payload: JSON.parse(JSON.stringify(payload)) };
        },
      },
      logs: service.logs,
      origins: { [ORIGIN]: (request) => cognito.handle(request) },
    });
    deployed.push(viewers);
    return `${viewers.url}/`;
  };
  return {
    ...service,
    users: cognito.users,
    deploy,
    viewerUrl: await deploy(edge),
    stop: () => Promise.all([...deployed.map((viewers) => viewers.stop()), service.stop()]),
  };
}
