/** One call, whoever may make it: the quota first, then the operation; CloudTrail and CloudWatch are told of either. */
import { textMember } from "../../functions/edge/json-object.ts";
import { AwsError } from "../aws-wire.ts";
import type { AppClient } from "./app-clients.ts";
import type { Call, Endpoint } from "./endpoint.ts";
import { checkFlow } from "./flows.ts";
import { type Answer, answerError, answerJson, headerOf } from "./http.ts";
import { putMetrics } from "./metrics.ts";
import type { Charge } from "./quotas.ts";
import { randomUuid } from "./random.ts";
import { trailRecord } from "./trail.ts";
import { readContext, type UserContext } from "./user-context.ts";
import type { User } from "./users.ts";

/** Gives a request its id; what is thrown before there is a call becomes the answer. */
export function answering(endpoint: Endpoint, answer: (requestId: string) => Answer): Answer {
  const requestId = randomUuid(endpoint.random);
  try {
    return answer(requestId);
  } catch (error) {
    if (error instanceof AwsError) return answerError(requestId, error);
    throw error;
  }
}

export function answerCall(call: Call, endpoint: Endpoint): Answer {
  const charge = endpoint.quotas.charge(call.operation, call.now);
  const ending = run(call, charge, endpoint);
  remember(call, ending, endpoint);
  record(call, ending, endpoint);
  measure(call, charge, ending, endpoint);
  return ending.error ? answerError(call.requestId, ending.error) : answerJson(call.requestId, ending.output);
}

/** What became known on the way; it stays known if the operation fails. */
interface Known {
  user: User | null;
  context: UserContext | null;
}
interface Ending extends Readonly<Known> {
  readonly output: Record<string, unknown>;
  readonly error: AwsError | null;
}

function run(call: Call, charge: Charge, endpoint: Endpoint): Ending {
  const known: Known = { user: null, context: null };
  try {
    if (charge.throttled) throw new AwsError("TooManyRequestsException", "Rate exceeded");
    const output = perform(call, known, endpoint);
    return { ...known, output, error: null };
  } catch (error) {
    if (error instanceof AwsError) return { ...known, output: {}, error };
    throw error;
  }
}

function perform(call: Call, known: Known, { pool, variants }: Endpoint): Record<string, unknown> {
  const { operation, input, now } = call;
  const client = clientOf(call, { pool });
  if (client) {
    checkFlow(operation, input["AuthFlow"], client);
    known.context = readContext(operation, input, client);
  }
  variants.check(operation, input);
  const about = (user: User) => {
    known.user = user;
  };
  const output = call.run(input, { pool, now, about });
  variants.note(operation, input, output, now);
  return output;
}

/** Undefined where the call names no client, or one that is not in the pool. */
function clientOf({ input }: Call, { pool }: Pick<Endpoint, "pool">): AppClient | undefined {
  return pool.clients.find(textMember(input, "ClientId") ?? "");
}

function remember(call: Call, { context, user }: Ending, endpoint: Endpoint): void {
  const client = clientOf(call, endpoint);
  if (!context || !client) return;
  const { operation, input, request } = call;
  endpoint.contexts.add(context, { operation, clientId: client.id, input, user, sourceIp: request.sourceIp });
}

function record({ request, ...call }: Call, { error, user }: Ending, endpoint: Endpoint): void {
  const { region, random, deployment } = endpoint;
  const trail = {
    ...call,
    region,
    account: deployment.account,
    sourceIp: request.sourceIp,
    userAgent: headerOf(request, "user-agent") || headerOf(request, "x-amz-user-agent"),
    host: headerOf(request, "host"),
    error,
    sub: user?.sub ?? null,
  };
  endpoint.logs.cloudTrail(region, trailRecord(trail, random));
}

function measure(call: Call, charge: Charge, { error }: Ending, endpoint: Endpoint): void {
  const { operation, input, now } = call;
  const clientId = clientOf(call, endpoint)?.id ?? null;
  const measured = { operation, flow: textMember(input, "AuthFlow"), charge, clientId, succeeded: error === null, now };
  putMetrics(endpoint.metrics, endpoint.region, endpoint.deployment.userPool.id, measured);
}
