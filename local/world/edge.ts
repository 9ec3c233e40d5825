import { poolRegion } from "../../functions/domain/deployment.ts";
import { NotFoundError } from "../../functions/domain/errors.ts";
import { cloudFrontService } from "../cloudfront/api.ts";
import { createCloudFront } from "../cloudfront.ts";
import { type Cognito, createCognito } from "../cognito/cognito.ts";
import { serveCognito } from "../cognito/server.ts";
import type { Functions } from "../ports.ts";
import type { Account } from "./account.ts";
import type { Context } from "./context.ts";
import { seededBytes } from "./seeded-bytes.ts";

/** The user pool and the distribution before it. */
export async function startEdge(context: Context, account: Account, functions: Functions, viewerPort: number) {
  const { clock, assembly, server, onFault, onStop } = context;
  const cognito = createPool(context, account);
  server.add("cognito-idp", cognito.service);
  const { logs, webAcls } = account;
  const pool = await serveCognito(cognito, clock, { onFault });
  onStop(pool.stop);
  const [distribution] = assembly.ofType("AWS::CloudFront::Distribution");
  if (!distribution) throw new NotFoundError("The templates hold no distribution");
  const viewer = await createCloudFront({
    distribution,
    clock,
    webAcls,
    functions,
    logs,
    origins: { [`cognito-idp.${poolRegion(context.deployment)}.amazonaws.com`]: cognito.handle },
    port: viewerPort,
    onFault,
  });
  onStop(viewer.stop);
  server.add("cloudfront", cloudFrontService(distribution));
  return { cognito, viewerUrl: viewer.url, poolUrl: pool.url };
}

function createPool(
  { seed, deployment, pool, clock, iam }: Context,
  { clients, logs, webAcls, shown }: Account,
): Cognito {
  // The operator switches the flag on before the config says that addresses are passed on.
  const { propagatesContext = deployment.clientAddress === "userContext", signIn = {}, otherClients = {} } = pool;
  return createCognito({
    clock,
    deployment,
    clients: {
      ...Object.fromEntries(Object.entries(clients).map(([id, { secrets }]) => [id, { secrets, propagatesContext }])),
      ...otherClients,
    },
    metrics: shown.metrics,
    logs,
    webAcls,
    roleOf: iam.roleOf,
    random: seededBytes(seed, "cognito"),
    signIn,
    ...(pool.hidesUsers !== undefined && { hidesUsers: pool.hidesUsers }),
    ...(pool.around && { around: pool.around }),
  });
}
