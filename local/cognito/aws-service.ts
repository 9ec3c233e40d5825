/**
 * Cognito at the endpoint of all AWS APIs: the Admin operations, which want a signature, and the public ones, when
 * the edge function calls them itself. Both answer in the same form.
 */
import { namesOf } from "../../functions/domain/names.ts";
import { parseJsonObject, textMember } from "../../functions/edge/json-object.ts";
import { operationOf } from "../../functions/edge/operations.ts";
import { AwsError } from "../aws-wire.ts";
import type { AwsCall, AwsService, Permission } from "../ports.ts";
import { AdminInitiateAuth, AdminRespondToAuthChallenge } from "./admin.ts";
import {
  AddUserPoolClientSecret,
  DeleteUserPoolClientSecret,
  describingOperations,
  ListUserPoolClientSecrets,
} from "./admin-clients.ts";
import { answerCall, answering } from "./calls.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Answer, Exchange } from "./http.ts";
import type { PoolOperation } from "./pool.ts";
import { answerPublic, operationIn, readJson } from "./public-api.ts";

/**
 * Where the edge function's own calls come from: Lambda connects from EC2's addresses (3.80.0.0/12 is theirs in
 * us-east-1, by ip-ranges.json), not from CloudFront's. People at a command line get the same one.
 */
const LAMBDA_ADDRESS = "3.80.0.10";

export function cognitoService(endpoint: Endpoint): AwsService {
  const operations: ReadonlyMap<string, PoolOperation> = new Map(
    Object.entries({
      AdminInitiateAuth,
      AdminRespondToAuthChallenge,
      AddUserPoolClientSecret,
      ListUserPoolClientSecrets,
      DeleteUserPoolClientSecret,
      ...describingOperations(endpoint),
    }),
  );

  return {
    call(call) {
      const request = exchangeOf(call);
      // Who signs a public operation is not asked for its permissions, and stays subject to the web ACL.
      if (operationOf(operationIn(request))) return answerPublic(request, endpoint);
      return answerSigned(call, request, operations, endpoint);
    },
    needs: (call) => permissionsFor(call, endpoint),
  };
}

function exchangeOf({ method, path, query, headers, body }: AwsCall): Exchange {
  return {
    sourceIp: LAMBDA_ADDRESS,
    method,
    path,
    query: query.toString(),
    headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    body,
  };
}

/** IAM is asked about the pool that the call names, so that a policy for ours opens no other. */
function permissionsFor(call: AwsCall, { deployment }: Endpoint): readonly Permission[] {
  const operation = operationIn(exchangeOf(call));
  if (operationOf(operation)) return [];
  const asked = textMember(parseJsonObject(call.body) ?? {}, "UserPoolId");
  const { poolArn } = namesOf(deployment);
  const resource = asked === null ? null : poolArn.replace(deployment.userPool.id, asked);
  return [{ action: `cognito-idp:${operation}`, resource }];
}

function answerSigned(
  { accessKeyId, region }: AwsCall,
  request: Exchange,
  operations: ReadonlyMap<string, PoolOperation>,
  endpoint: Endpoint,
): Answer {
  return answering(endpoint, (requestId) => {
    checkSignature(accessKeyId, region, endpoint);
    const operation = operationIn(request);
    const implemented = operations.get(operation);
    if (!implemented)
      throw new AwsError("UnknownOperationException", `The local Cognito has no ${operation || "such operation"}`);
    const input = readJson(request);
    const run: PoolOperation = (given, call) => {
      if (operation !== "GetProvisionedLimit") checkPool(input, endpoint);
      return implemented(given, call);
    };
    const caller = { accessKeyId, roleArn: endpoint.roleOf?.(accessKeyId) ?? null };
    return answerCall({ request, requestId, now: endpoint.clock.now(), operation, input, run, caller }, endpoint);
  });
}

/** As far as signatures are looked at here: there is one, and it is for the pool's Region. */
function checkSignature(accessKeyId: string, region: string, endpoint: Endpoint): void {
  if (accessKeyId === "")
    throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", { status: 403 });
  if (region !== endpoint.region)
    throw new AwsError("InvalidSignatureException", `Credential should be scoped to a valid region, not '${region}'.`);
}

/** Every one of these operations names the pool, but for limits: they are the account's. */
function checkPool(input: Readonly<Record<string, unknown>>, { deployment }: Endpoint): void {
  const asked = textMember(input, "UserPoolId");
  if (asked === null) throw new AwsError("InvalidParameterException", "Missing required parameter UserPoolId");
  if (asked !== deployment.userPool.id)
    throw new AwsError("ResourceNotFoundException", `User pool ${asked} does not exist.`);
}
