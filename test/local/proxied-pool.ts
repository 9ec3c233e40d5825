/** CloudFront, edge function and Cognito put together in this process, without templates. */

import { parseDeployment } from "../../functions/domain/deployment.ts";
import { cachedSecrets } from "../../functions/edge/cached-secrets.ts";
import { readEvent } from "../../functions/edge/origin-request.ts";
import type { ClientSecrets, CognitoEndpoint } from "../../functions/edge/ports.ts";
import { createProxy } from "../../functions/edge/proxy.ts";
import { createCloudFront } from "../../local/cloudfront.ts";
import { type Cognito, type CognitoOptions, createCognito } from "../../local/cognito/cognito.ts";
import { serveCognito } from "../../local/cognito/server.ts";
import type { Clock, Functions, InspectedRequest, Inspection, MetricDatum, WebAcls } from "../../local/ports.ts";
import type { Resource } from "../../local/template.ts";
import { aSecretDocument, CLIENT_ID, ORIGIN, SECRET_ARN, secretsOf } from "../edge/builders.ts";

export const POOL_ID = "eu-west-1_Ab12Cd34E";

export const deployment = parseDeployment(
  { account: "111122223333", userPool: { id: POOL_ID, clientIds: [CLIENT_ID] } },
  "test",
);

const clock = {
  now: () => Date.now(),
  at: () => () => undefined,
  during: (work) => work(),
} satisfies Clock;

/** Remembers what the stand-ins tell the rest of the world. */
export function aWitness() {
  const trail: Record<string, unknown>[] = [];
  const edgeLog: Record<string, string>[] = [];
  const metrics: MetricDatum[] = [];
  const inspected: { arn: string; request: InspectedRequest }[] = [];
  return {
    trail,
    edgeLog,
    metrics,
    inspected,
    logs: {
      cloudTrail: (_region: string, record: object) => void trail.push({ ...record }),
      cloudFront: (_id: string, record: object) => void edgeLog.push({ ...record }),
      waf: () => undefined,
    },
  };
}

export const allowAll: Inspection = { action: "ALLOW", rule: "Default_Action", response: null };

interface PoolOptions {
  readonly judge?: (arn: string, request: InspectedRequest) => Inspection;
  readonly functions?: Functions;
  readonly distribution?: Resource;
  readonly cognito?: Partial<CognitoOptions>;
  /** More configuration of the edge function: headers of its origin. */
  readonly edge?: Readonly<Record<string, string>>;
  readonly secrets?: ClientSecrets;
}

export function aCognito(witness: ReturnType<typeof aWitness>, options: Partial<CognitoOptions> = {}, webAcls = none) {
  return createCognito({
    clock,
    deployment,
    clients: aSecretDocument().clients,
    metrics: { put: (_region, datum) => void witness.metrics.push(datum) },
    logs: witness.logs,
    webAcls,
    ...options,
  });
}
const none: WebAcls = { inspect: () => allowAll };

export async function aProxiedPool({
  judge = () => allowAll,
  functions,
  distribution,
  cognito,
  edge = {},
  secrets = secretsOf(),
}: PoolOptions = {}) {
  const witness = aWitness();
  const webAcls: WebAcls = {
    inspect(arn, request) {
      witness.inspected.push({ arn, request });
      return judge(arn, request);
    },
  };
  const pool = aCognito(witness, cognito, webAcls);
  const direct = await serveCognito(pool, clock);
  const viewers = await createCloudFront({
    distribution: distribution ?? aDistribution({}, edge),
    clock,
    webAcls,
    functions: functions ?? edgeInProcess(pool, secrets),
    logs: witness.logs,
    origins: { [ORIGIN]: (request) => pool.handle(request) },
  });
  return {
    ...witness,
    users: pool.users,
    viewerUrl: `${viewers.url}/`,
    poolUrl: `${direct.url}/`,
    stop: () => Promise.all([viewers.stop(), direct.stop()]),
  };
}

/** The edge function as the handler composes it, but for its two adapters. */
function edgeInProcess(pool: Cognito, secrets: ClientSecrets): Functions {
  const proxy = createProxy({
    secrets: cachedSecrets(secrets, Date.now),
    cognito: endpointOf(pool),
    region: "us-east-1",
  });
  return {
    async invoke(_arn, event) {
      const read = readEvent(event);
      if (read.kind === "other") return { ok: true, payload: read.unchanged };
      const { result } = await proxy(read);
      return { ok: true, payload: JSON.parse(JSON.stringify(result)) };
    },
  };
}

/** Calls of the edge's own, by the door for AWS credentials. */
function endpointOf(pool: Cognito): CognitoEndpoint {
  return {
    async send({ headers, body, signed }) {
      const {
        status,
        headers: told = {},
        body: answer = "",
      } = await pool.service.call({
        service: "cognito-idp",
        region: "eu-west-1",
        accessKeyId: signed ? "role.edge" : "",
        method: "POST",
        path: "/",
        query: new URLSearchParams(),
        headers,
        body: Buffer.from(body),
      });
      return { status, headers: told, body: String(answer) };
    },
  };
}

export function aDistribution(
  behavior: Readonly<Record<string, unknown>> = {},
  edge: Readonly<Record<string, string>> = {},
): Resource {
  return {
    stack: "portcullis-edge",
    region: "us-east-1",
    account: "111122223333",
    logicalId: "Distribution",
    type: "AWS::CloudFront::Distribution",
    metadata: {},
    name: "EDFDVBD6EXAMPLE",
    physicalId: "EDFDVBD6EXAMPLE",
    arn: "arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE",
    properties: {
      DistributionConfig: {
        Enabled: true,
        Origins: [
          {
            Id: "cognito",
            DomainName: ORIGIN,
            CustomOriginConfig: { OriginProtocolPolicy: "https-only", OriginSSLProtocols: ["TLSv1.2"] },
            OriginCustomHeaders: Object.entries({
              "x-portcullis-secret": SECRET_ARN,
              "x-portcullis-clients": CLIENT_ID,
              "x-portcullis-refresh": "rewrite",
              ...edge,
            }).map(([HeaderName, HeaderValue]) => ({ HeaderName, HeaderValue })),
          },
        ],
        DefaultCacheBehavior: {
          TargetOriginId: "cognito",
          AllowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
          CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
          OriginRequestPolicyId: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
          LambdaFunctionAssociations: [
            {
              EventType: "origin-request",
              IncludeBody: true,
              LambdaFunctionARN: "arn:aws:lambda:us-east-1:111122223333:function:portcullis-edge:1",
            },
          ],
          ...behavior,
        },
      },
    },
  };
}

/** One call of the Cognito API over HTTP, from a given viewer. */
export async function call(
  url: string,
  operation: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityProviderService.${operation}`,
      "x-portcullis-viewer": "203.0.113.7",
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: safeJson(text) };
}

function safeJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
