/** Lambda takes 4 KB of environment in all, which long lists of the config may not fit into. */
import type { Deployment } from "./deployment.ts";
import { logFoldersOf, namesOf } from "./names.ts";
import { policyDifference } from "./policy-difference.ts";

const ENVIRONMENT_BYTES = 4_096;
/** Room for the names, ARNs and numbers beside the lists; the tightest function needs less. */
const OTHER_VARIABLES = 800;

/** Which lists of a config are too long for the functions that are told of them. */
export function environmentProblems(deployment: Deployment): string[] {
  const { egress, policy, userPool, allowedOrigins = [] } = deployment;
  return [
    ...problem(
      "egress, policy and autoShards: use wider ranges or fewer shards",
      bytesOf(namesOf(deployment).ipSets, egress, policyDifference(policy)),
    ),
    ...problem(
      "userPool.clientIds and allowedOrigins: name fewer",
      bytesOf(userPool.clientIds, allowedOrigins, logFoldersOf(deployment)),
    ),
  ];
}

function problem(advice: string, bytes: number): string[] {
  const room = ENVIRONMENT_BYTES - OTHER_VARIABLES;
  return bytes > room
    ? [`${advice}; they take ${bytes} bytes of a function's environment, which has room for ${room}`]
    : [];
}

function bytesOf(...values: unknown[]): number {
  return values.reduce<number>((sum, value) => sum + Buffer.byteLength(JSON.stringify(value)), 0);
}
