import { poolRegion } from "../../functions/domain/deployment.ts";
import { NotFoundError } from "../../functions/domain/errors.ts";
import { createCloudFront } from "../cloudfront.ts";
import { createCognito } from "../cognito/cognito.ts";
import { serveCognito } from "../cognito/server.ts";
import type { Functions } from "../ports.ts";
import type { Account } from "./account.ts";
import type { Context } from "./context.ts";
import { seededBytes } from "./seeded-bytes.ts";

/** The user pool and the distribution before it. */
export async function startEdge(
  context: Context,
  { clients, logs, webAcls, shown }: Account,
  functions: Functions,
  viewerPort: number,
) {
  const { seed, deployment, clock, assembly, server, onFault, onStop } = context;
  const random = seededBytes(seed, "cognito");
  const cognito = createCognito({ clock, deployment, clients, metrics: shown.metrics, logs, webAcls, random });
  server.add("cognito-idp", cognito.service);
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
    origins: { [`cognito-idp.${poolRegion(deployment)}.amazonaws.com`]: cognito.handle },
    port: viewerPort,
    onFault,
  });
  onStop(viewer.stop);
  return { cognito, viewerUrl: viewer.url, poolUrl: pool.url };
}
